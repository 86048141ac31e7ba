"""Taking a run out of the archive for good, so that no half of it is listed whenever this is cut short.

A file goes in one step, a folder by getting a name that nothing lists. Where there are both, the folder is marked first
as a folder is that is being written: it is then no run by itself when its file is gone. What a removal that was cut
short left is never listed, and goes with the next one.
"""

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from loop_tui.fs.plain import kind_of
from loop_tui.fs.within import folder_within, read_within, write_within
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .entries import entries, entry_at, months
from .named import MARKER, is_month
from .scan import load, row_of

REMOVED = ".loop-tui-removed-"
"""How a folder is called that is on its way out."""
_GOING = b"loop-tui runs prune\n"
"""What the marker says of a run that goes. That of a run which is being written says its id, and is never empty."""
_MOST_MARKER_BYTES = 4096


def size_of(run: ArchivedRun) -> int:
    """The bytes of a run's file and folder; what cannot be looked at counts as none. Links are not followed."""
    return sum(_sizes(Path(place)) for place in (run.path, run.folder) if place)


def remove_run(runs: Path, run: ArchivedRun) -> None:
    """Remove an archived run, which cannot be undone.

    Raises Problem when it is not what it was listed as, is a link, lies behind one, or cannot be removed.
    """
    path = Path(run.where)
    if path.parent.parent != runs or not is_month(path.parent.name):
        raise Problem("is not in the archive", str(path), code=Code.PATH_UNSAFE)
    try:
        with folder_within(path.parent.name, runs) as month:
            _refuse_links(path, month)
            found = load(entry_at(path))
            if found is None or row_of(found) != run:
                what, todo = "changed since it was indexed: it stays", "`loop-tui runs reindex` reads it again"
                raise Problem(what, str(path), todo, code=Code.ARCHIVE_UNREADABLE)
            if run.path:
                _refuse_unfinished(path.with_suffix(""), month)
            _remove(month, path.name if run.path else "", path.stem if run.path else path.name)
    except OSError as error:
        raise Problem(f"cannot be removed: {error.strerror}", str(path), code=Code.NOT_WRITABLE) from error


def finish_removals(runs: Path) -> None:
    """Remove what removals left that were cut short. What cannot be removed stays: it is not listed."""
    for found in months(runs, []):
        with contextlib.suppress(OSError), folder_within(found.name, runs) as month:
            for name in os.listdir(month):  # noqa: PTH208 (of a descriptor)
                if name.startswith(REMOVED):
                    shutil.rmtree(name, dir_fd=month, ignore_errors=True)
            for entry in entries(found.path, []):
                if entry.is_folder and _marker(entry.path.name, month) == _GOING:
                    _remove(month, "", entry.path.name)


def _refuse_links(path: Path, month: int) -> None:
    for name in {path.name, path.stem}:
        with contextlib.suppress(FileNotFoundError):
            mode = os.stat(name, dir_fd=month, follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise Problem(f"is {kind_of(mode)}: it stays", str(path.with_name(name)), code=Code.PATH_UNSAFE)


def _refuse_unfinished(folder: Path, month: int) -> None:
    if _is_folder(folder.name, month) and _marker(folder.name, month) not in (None, b"", _GOING):
        raise Problem("is being archived: it stays", str(folder), code=Code.NOT_ALLOWED)


def _remove(month: int, file: str, folder: str) -> None:
    """Remove a file with the folder beside it, or either alone. Raises OSError."""
    is_there = _is_folder(folder, month)
    if is_there and file:
        with folder_within(folder, month) as inside:
            write_within(MARKER, inside, _GOING)
    if file:
        os.unlink(file, dir_fd=month)
    if is_there:
        aside = f"{REMOVED}{secrets.token_hex(6)}"
        os.rename(folder, aside, src_dir_fd=month, dst_dir_fd=month)
        shutil.rmtree(aside, dir_fd=month)


def _marker(folder: str, month: int) -> bytes | None:
    """What the marker in a folder says; None where there is none. Raises OSError."""
    with folder_within(folder, month) as inside:
        return read_within(MARKER, inside, _MOST_MARKER_BYTES)


def _is_folder(name: str, month: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=month, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _sizes(place: Path) -> int:
    try:
        total = place.lstat().st_size
        if not stat.S_ISDIR(place.lstat().st_mode):
            return total
    except OSError:
        return 0
    for folder, _, names in os.walk(place):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total
