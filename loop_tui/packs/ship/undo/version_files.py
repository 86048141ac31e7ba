"""What package.json and npm's lock were before a version was written into them, and whether they may go back to that.

They may when they hold exactly what we wrote. That is found out by writing it once more, into copies.
"""

import errno
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loop_tui.fs.atomic import sync_folder, write_atomic, write_problem
from loop_tui.fs.jsonedit.document import Edit, edit, parse
from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_plain
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

PACKAGE = "package.json"
LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
NAMES = (PACKAGE, *LOCKS)
_SETTINGS = ".npmrc"


@dataclass(frozen=True)
class Written:
    """The version write to take back: the version before it and the one that it wrote."""

    before: str
    after: str


async def files_before(project: Path, root: Path, revision: str, written: Written) -> dict[str, bytes]:
    """What has to be written back, by file name: as it stands in `revision`, else with only the version put back.

    Empty when nothing is left to put back. Raises Problem when a file is no longer what we wrote.
    """
    inner = project.resolve().relative_to(root.resolve()).as_posix()
    start = "" if inner == "." else f"{inner}/"
    now = {name: data for name in NAMES if (data := _read(project / name)) is not None}
    base = {name: data for name in now if (data := await _blob(root, revision, f"{start}{name}")) is not None}
    left = {name: data for name, data in now.items() if data != base.get(name) and _is_touched(name, data, written)}
    if not left:
        return {}
    again = await _write_again(project, base, written)
    found = {name: base[name] for name, data in left.items() if name in base and again.get(name) == data}
    rest = {name: data for name, data in left.items() if name not in found}
    if rest:
        # What was uncommitted in these files before the run is the person's, and stays.
        older = {name: _with_version(data, written.before) for name, data in rest.items()}
        whole = older if PACKAGE in older else {PACKAGE: base.get(PACKAGE, now.get(PACKAGE, b"{}")), **older}
        again = await _write_again(project, whole, written)
        for name, data in rest.items():
            if again.get(name) != data:
                raise changed(project / name, written)
            found[name] = older[name]
    return found


def put_back(path: Path, data: bytes, aside: Path) -> None:
    """Give a file its old content, whole or not at all; the new text is made in the folder `aside`.

    Made beside the file, as elsewhere, it would stay in the person's tree when we are killed. Raises Problem.
    """
    target = Path(os.path.realpath(path))
    made = aside / f".{path.name}.before"
    write_atomic(made, data)
    try:
        made.chmod(stat.S_IMODE(target.stat().st_mode))
        made.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise write_problem(error, path) from error
        # The run folder lies on another disk.
        write_atomic(path, data)
        made.unlink(missing_ok=True)


def changed(path: Path, written: Written) -> Problem:
    """The refusal for a file that somebody changed after we wrote it."""
    todo = f"put the version back to {one_line(written.before)} by hand, and keep what else changed"
    return Problem(
        f"changed since {one_line(written.after)} was written into it: nothing was taken back",
        str(path),
        todo,
        code=Code.TREE_CHANGED,
    )


def _is_touched(name: str, data: bytes, written: Written) -> bool:
    """True when the file holds the version that we wrote. Raises Problem when package.json holds neither version."""
    versions = _versions(data)
    if written.after in versions:
        return True
    if name == PACKAGE and written.before not in versions:
        raise changed(Path(name), written)
    return False


def _versions(data: bytes) -> tuple[str, ...]:
    """The project's own version, and the second place where a lock has it."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(document, dict):
        return ()
    packages = document.get("packages")
    inner = packages.get("") if isinstance(packages, dict) else None
    found = (document.get("version"), inner.get("version") if isinstance(inner, dict) else None)
    return tuple(version for version in found if isinstance(version, str))


def _with_version(data: bytes, version: str) -> bytes:
    """The file with another version in it, every other byte as it was. Raises Problem when it is no JSON."""
    text = data.decode("utf-8")
    document = parse(text)
    assert isinstance(document, dict)  # a version was read from it
    edits = [Edit(("version",), version)] if "version" in document else []
    packages = document.get("packages")
    inner = packages.get("") if isinstance(packages, dict) else None
    if isinstance(inner, dict) and "version" in inner:
        edits.append(Edit(("packages", "", "version"), version))
    return edit(text, edits).encode("utf-8")


async def _write_again(project: Path, files: Mapping[str, bytes], written: Written) -> dict[str, bytes]:
    """What npm makes of these files when it writes the version, in a folder of their own."""
    if PACKAGE not in files:
        return {}
    with temporary_folder("undo") as place:
        for name, data in files.items():
            write_atomic(place / name, data, durable=False)
        if (settings := _read(project / _SETTINGS)) is not None:
            write_atomic(place / _SETTINGS, settings, durable=False)
        package = npm.read_package(place)
        assert package is not None  # it was written above
        await npm.write_version(package, written.after)
        return {name: read_plain(place / name, MANIFEST) for name in files}


async def _blob(root: Path, revision: str, path: str) -> bytes | None:
    """The file as a checkout of that commit would write it, or None when it is not there."""
    done = await git.plain(root, "cat-file", "--filters", git.END_OF_OPTIONS, f"{revision}:{path}")
    return done.raw if done.exit_code == 0 else None


def _read(path: Path) -> bytes | None:
    try:
        return read_plain(path, MANIFEST, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
