"""Where things lie (SPEC section 3): state files, run folders, the archive's home, our own configuration and data."""

import os
from pathlib import Path

from loop_tui.model.names import canonical_id, short_name
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .atomic import write_atomic, write_new
from .homes import claude_home as claude_home
from .homes import config_dir as config_dir
from .homes import data_dir as data_dir
from .limits import RECORD
from .plain import RUNS as RUNS
from .plain import read_plain
from .present import is_file
from .run_tree import check_run_folder

SENT_BACK = "sent-back"
STATE_SUFFIX = "-state.json"

# Names in the run folder that several packages use.
DRIVER_LOG = "driver.log"
NOTIFIED = "notified.json"
"""What a person was told last, so that a restart does not tell it again."""

# The controller and the engineering loop share one name (SPEC section 3).
_STATE_STEMS = {"engineering-loop": "loop"}
_SAFE_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def project_name(project: Path) -> str:
    """What a project is called where its run names no system: its folder, on one line; never empty."""
    return one_line(project.resolve().name) or "project"


def project_state_path(project: Path, loop: str) -> Path:
    """The state file of a loop in a project folder. Raises Problem for an id that cannot name a file."""
    loop = safe_id(loop)
    return project / f"{_STATE_STEMS.get(loop, short_name(loop))}{STATE_SUFFIX}"


def run_folder(project: Path, loop: str) -> Path:
    """The folder of a live run. It need not exist. Raises Problem for an id that cannot name a folder."""
    return project / RUNS / safe_id(loop)


def sent_back_folder(project: Path, loop: str) -> Path:
    """Where the documents lie that were sent back with changes asked for. It need not exist."""
    return run_folder(project, loop) / SENT_BACK


def ensure_run_folder(project: Path, loop: str) -> Path:
    """The folder of a live run, made when missing together with the `.gitignore` that hides it from git.

    Raises Problem when it cannot be made.
    """
    folder = run_folder(project, loop)
    if not project.is_dir():
        raise Problem("there is no such folder", str(project), code=Code.FOLDER_MISSING)
    check_run_folder(folder)
    ignore = folder.parent / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"the run folder cannot be created: {error.strerror}", str(folder), code=Code.NOT_WRITABLE
        ) from error
    if not os.path.lexists(ignore):
        write_new(ignore, b"*\n", temp_folder=folder)
    elif not _says_something(ignore):
        write_atomic(ignore, b"*\n")
    return folder


def _says_something(ignore: Path) -> bool:
    """False for a file that is not there, or that a power cut took the content of."""
    try:
        return bool(read_plain(ignore, RECORD).strip(b"\0\n "))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def safe_id(loop: str) -> str:
    """The canonical id of a loop, refused with a Problem when it could lead out of its folder."""
    if not _SAFE_ID.fullmatch(loop):
        raise Problem(
            f"{loop[:80]!r} cannot be the id of a loop",
            todo="use letters, digits, '.', '_' and '-'",
            code=Code.PATH_UNSAFE,
        )
    return canonical_id(loop)


def name_below(path: Path, top: Path) -> str:
    """What a file is called from a folder that it has to stay in, links followed: `packages/a/package.json`.

    Raises Problem when a link leads out of the folder, or in a circle.
    """
    try:
        return path.resolve().relative_to(top.resolve()).as_posix()
    except (OSError, RuntimeError, ValueError):
        what = f"is, or is behind, a link that leads out of {one_line(top.name)}"
        todo = "replace the link with the file itself"
        raise Problem(what, one_line(str(path)), todo, code=Code.PATH_UNSAFE) from None


def find_state_files(project: Path) -> list[Path]:
    """Files that may hold the state of a loop, directly in the project folder, by name."""
    try:
        entries = sorted(project.iterdir())
    except OSError:
        return []
    return [entry for entry in entries if is_state_name(entry.name) and is_file(entry)]


def is_state_name(name: str) -> bool:
    """True for the name of a file that may hold the state of a loop."""
    return name == "state.json" or (name.endswith(STATE_SUFFIX) and not name.startswith("."))
