"""What lies in the archive, before anything of it is read: months, and in them files and folders that may be runs."""

import os
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.present import is_folder
from loop_tui.fs.within import folder_to_ask
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .named import is_month, month_end, named_run

# How far the clock of whoever archived a run, or the zone he wrote its name in, may be off.
_SLACK_S = 86_400.0
_WITH_FOLDER = "+"
"""How the stamp of a file with a folder beside it ends."""


class Month(NamedTuple):
    """The folder of a month. `stamp` changes whenever something in it comes, goes or gets another name.

    `changed` is when the system last saw such a change, in seconds since 1970.
    """

    name: str
    path: str
    stamp: str
    changed: float


class ArchiveEntry(NamedTuple):
    """A JSON file, or a folder without one beside it. `stamp` changes whenever it is written, or its folder comes.

    `touched` is its own time, `changed` that of the system, which nobody can set; both in seconds since 1970.
    """

    path: Path
    is_folder: bool
    touched: float
    changed: float
    stamp: str

    @property
    def has_folder(self) -> bool:
        """True for a file with a folder beside it."""
        return self.stamp.endswith(_WITH_FOLDER)

    @property
    def latest(self) -> float:
        """The latest moment at which its run can have ended, in seconds since 1970."""
        when = named_run(self.path).when
        named = when.timestamp() if when else month_end(self.path.parent.name)
        return max(self.touched, named) + _SLACK_S


def months(runs: Path, problems: list[Problem]) -> list[Month]:
    """The months of the archive, newest first; what cannot be listed is added to the problems."""
    found = []
    with folder_to_ask(runs) as within:
        for entry in _scan(runs, problems):
            if is_month(entry.name) and _is_folder(entry):
                told = _stat(entry.name, within)
                found.append(Month(entry.name, entry.path, _stamp(told), told.st_ctime if told else 0.0))
    return sorted(found, reverse=True)


def entries(month: str, problems: list[Problem]) -> list[ArchiveEntry]:
    """Everything in a month that may be a run, in no order; what cannot be listed is added to the problems."""
    listed = [e for e in _scan(month, problems) if not e.name.startswith(".")]
    folders = {e.name for e in listed if _is_folder(e)}
    beside = {e.name.removesuffix(".json") for e in listed if e.name.endswith(".json")}
    found = []
    for each in listed:
        is_real_folder = each.is_dir(follow_symlinks=False)
        if (is_real_folder and each.name in beside) or not (is_real_folder or _is_json(each)):
            continue
        path = Path(each.path)
        found.append(_entry(path, is_real_folder, has_folder=each.name.removesuffix(".json") in folders))
    return found


def entry_at(path: Path) -> ArchiveEntry:
    """The entry at a path that `entries` gave, as it is now."""
    real = is_folder(path) and not path.is_symlink()
    return _entry(path, real, has_folder=not real and is_folder(path.with_suffix("")))


def is_as_it_was(place: str, stamp: str, within: int | None) -> bool:
    """True when the entry at a place in a folder has still that stamp, leaving aside whether it has a folder."""
    return _stamp(_stat(place, within)) == stamp.removesuffix(_WITH_FOLDER)


def _entry(path: Path, is_real_folder: bool, *, has_folder: bool) -> ArchiveEntry:
    told = _stat(path)
    # A dangling link has no time of its own: reading it says so.
    return ArchiveEntry(
        path,
        is_real_folder,
        told.st_mtime if told else 0.0,
        told.st_ctime if told else 0.0,
        f"{_stamp(told)}{_WITH_FOLDER if has_folder else ''}",
    )


def _stat(path: Path | str, within: int | None = None) -> os.stat_result | None:
    try:
        return os.stat(path, dir_fd=within)
    except (OSError, ValueError):
        return None


def _stamp(told: os.stat_result | None) -> str:
    """What changes with every change. The time of a file can be set, that of its last change (ctime) cannot."""
    return f"{told.st_dev}:{told.st_ino}:{told.st_size}:{told.st_mtime_ns}:{told.st_ctime_ns}" if told else ""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_json(entry: os.DirEntry[str]) -> bool:
    # Neither pipes nor devices nor folders: what is called so and is none of ours is passed over.
    return entry.name.endswith(".json") and (entry.is_file(follow_symlinks=False) or entry.is_symlink())


def _scan(folder: Path | str, problems: list[Problem]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except FileNotFoundError:
        if Path(folder).is_symlink():  # Such as to a disk that is not there now.
            what = "cannot be read: it is a link that leads nowhere"
            problems.append(Problem(what, str(folder), code=Code.ARCHIVE_UNREADABLE))
        return []
    except OSError as error:
        problems.append(Problem(f"cannot be read: {error.strerror}", str(folder), code=Code.ARCHIVE_UNREADABLE))
        return []
