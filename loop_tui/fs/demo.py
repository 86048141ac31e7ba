"""The folder of a demo: what it is known by, who made it, and the home that lies in it.

A demo keeps everything to itself: archive, key, settings, hints, crash files, and what npm, node, git and gh would
write into the person's home. Only `loop-tui demo` and the environment that it makes lead there. A marker in a folder
says nothing by itself: were it believed, a clone could bring a key and trust of its own, and whoever may write to a
folder above ours could keep us from working. Only a demo that this person made here is one.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean

from .atomic import write_new, write_problem
from .homes import DEMO_VARIABLE
from .limits import RECORD
from .plain import folder_handle, read_json, read_text

MARKER = ".loop-tui-sample"
HOME = "home"
MAKING, READY = "making", "ready"
_BIRTH = "made"
_MACHINE = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_PRIVATE = 0o700


def demo_of(place: Path) -> Path | None:
    """The demo of this person that a place is in, or None. A marker that somebody else brought makes no demo."""
    place = Path(os.path.realpath(place))
    return next((folder for folder in (place, *place.parents) if is_made_here(folder)), None)


def refuse_demo(project: Path) -> None:
    """Raises Problem for a project of a demo, unless this process is about that demo."""
    demo = demo_of(project)
    if demo is None or not is_other_demo(demo):
        return
    shown = clean(str(demo))
    raise Problem(
        "this is a demo, which has its own home folder",
        clean(str(project)),
        f"`loop-tui demo {shown}` opens it, `loop-tui demo {shown} status` runs "
        "a command in it; do not put your own project into it",
        code=Code.DEMO,
    )


def is_other_demo(folder: Path) -> bool:
    """True for the folder of a demo that this process is not about."""
    ours = os.environ.get(DEMO_VARIABLE, "")
    return not Path(ours).is_absolute() or os.path.realpath(folder) != os.path.realpath(ours)


def demo_environment(folder: Path) -> dict[str, str]:
    """What has to be in the environment for everything to stay in a demo, also what programs that we start write."""
    home = folder.absolute() / HOME
    return {
        DEMO_VARIABLE: str(folder.absolute()),
        "TMPDIR": str(home / "tmp"),
        # npm keeps its logs, and when it last asked for a newer npm, in its cache; the sample needs nothing of it.
        "NPM_CONFIG_CACHE": str(home / "npm"),
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "NODE_COMPILE_CACHE": str(home / "node"),
        "GH_CONFIG_DIR": str(home / "gh"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def make_home(folder: Path) -> None:
    """Make the home of a demo. Raises OSError, and Problem."""
    for place in (folder / HOME, folder / HOME / "tmp"):
        place.mkdir(mode=_PRIVATE, exist_ok=True)
    write_new(folder / HOME / _BIRTH, b"", mode=0o600)


def marked(folder: Path) -> dict[str, object]:
    """What the marker of a folder says; empty when there is none that can be read."""
    try:
        said = read_json(folder / MARKER, RECORD)
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def mark_demo(folder: Path, name: str, status: str) -> str:
    """The text of the marker of a demo that is being made, or is ready. Raises OSError."""
    proof = {"made": _proof(folder)} if status == READY else {}
    return json.dumps({"sample": name, "status": status, **proof}) + "\n"


def is_made_here(folder: Path) -> bool:
    """True for a demo that this person made on this machine, in this very folder.

    A clone, an unpacked archive or a copy is none: the proof is of a file's number and of the time when it was made.
    """
    try:
        owners = {(folder / name).lstat().st_uid for name in ("", MARKER, HOME)}
        return owners == {os.getuid()} and marked(folder).get("made") == _proof(folder)
    except OSError:
        return False


def _proof(folder: Path) -> str:
    """What nobody can know who does not make files here. Raises OSError."""
    birth = (folder / HOME / _BIRTH).lstat()
    facts = [_machine(), os.path.realpath(folder), os.getuid(), birth.st_uid, birth.st_ino, birth.st_ctime_ns]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _machine() -> str:
    for place in _MACHINE:
        with contextlib.suppress(OSError, ValueError):
            return read_text(Path(place), RECORD, follow=True).strip()
    return ""


@contextlib.contextmanager
def making(folder: Path) -> Iterator[None]:
    """Be the only one who makes this demo, until the process ends. Raises Problem while somebody else does."""
    try:
        handle = folder_handle(folder)
    except OSError as error:
        raise write_problem(error, folder) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Problem(
                "another `loop-tui demo` is making it",
                clean(str(folder)),
                "try again in a moment",
                code=Code.LEASE_HELD,
            ) from error
        yield
    finally:
        os.close(handle)
