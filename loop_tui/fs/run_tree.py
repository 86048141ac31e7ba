"""Whether a run folder is one: a folder of plain files and folders, with nothing in it that leads elsewhere."""

import contextlib
import os
import stat
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .plain import is_private_pipe, kind_of

_FILES = (".json", ".jsonl", ".log", ".lock")
"""What is called so in a run folder is a file."""
PIPE_NAME = regex(r"\.secret-[0-9a-f]{16}\.tmp")
"""What may be a pipe in a run folder: the one that takes a secret to a driver (`secret_pipe`)."""


def check_run_folder(run_dir: Path) -> None:
    """Refuse a run folder that is, or holds, what is no plain file or folder of its own (SPEC section 3, "Links").

    A file that is missing is none of its business. Raises Problem with the one line that names what is in the way.
    """
    for folder in (run_dir.parent, run_dir):
        try:
            mode = folder.lstat().st_mode
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise Problem(what, str(folder), code=Code.FILE_UNREADABLE) from error
        if not stat.S_ISDIR(mode):
            raise _in_the_way(folder, kind_of(mode) or "a file", "a run folder is expected")
    try:
        with os.scandir(run_dir) as entries:
            for entry in entries:
                _check_entry(run_dir, entry)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(run_dir), code=Code.FILE_UNREADABLE) from error
    ignore = run_dir.parent / ".gitignore"
    with contextlib.suppress(FileNotFoundError):
        if kind := kind_of(ignore.lstat().st_mode):
            raise _in_the_way(ignore, kind, "a file is expected")


def _check_entry(run_dir: Path, entry: os.DirEntry[str]) -> None:
    if entry.is_file(follow_symlinks=False):
        return
    if entry.is_dir(follow_symlinks=False):
        if entry.name.endswith(_FILES):
            raise _in_the_way(run_dir / entry.name, "a folder", "a file is expected")
        return
    with contextlib.suppress(FileNotFoundError):
        found = os.lstat(run_dir / entry.name)
        if PIPE_NAME.fullmatch(entry.name) and is_private_pipe(found):
            return  # A driver asks for a secret.
        if kind := kind_of(found.st_mode):
            raise _in_the_way(run_dir / entry.name, kind, "a file of the run is expected")


def _in_the_way(path: Path, kind: str, due: str) -> Problem:
    todo = "remove it; if it was a link to the files of the run, put those there"
    return Problem(f"is {kind} where {due}", one_line(str(path)), todo, code=Code.PATH_UNSAFE)
