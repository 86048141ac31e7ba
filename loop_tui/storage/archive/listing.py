"""Lists of archived runs, from the index, or from the archive where there is none. Nothing heavy is imported here."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from loop_tui.fs.read_only_look import leaves_nothing
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem

from .filters import Filters, WantedRuns, ended_at, read_filters
from .named import runs_folder

if TYPE_CHECKING:
    import sqlite3

    from .index_refresh import Progress

_Answer = TypeVar("_Answer")
FEW = 300
"""So many entries are read for the index by the way; more of them only for whoever can wait, and says so."""


class Listed(NamedTuple):
    """Runs, newest first, and what is wrong with entries that could be among them."""

    runs: Sequence[ArchivedRun]
    problems: list[Problem]


def list_runs(
    home: Path,
    filters: Filters | None = None,
    limit: int | None = 10,
    *,
    most: int | None = FEW,
    progress: "Progress | None" = None,
) -> Listed:
    """The newest runs by completion time. Raises Problem for an unknown outcome or an unreadable date.

    At most so many entries are read for an index that misses some (None: all of them, with `progress` told of it);
    where more are missing, or there can be no index, the answer comes from the archive itself.
    """
    runs, wanted = runs_folder(home), read_filters(filters or Filters())
    if limit is not None and limit <= 0:
        return Listed([], [])
    return indexed(runs, wanted, limit, most, progress) or _scanned(runs, wanted, limit)


def runs_called(home: Path, name: str) -> Sequence[ArchivedRun]:
    """The runs whose id begins so, or whose file or folder has that name, with its ending or without; newest first."""
    runs = runs_folder(home)

    def question(index: "sqlite3.Connection") -> Sequence[ArchivedRun]:
        from .index_rows import runs_called

        return runs_called(index, runs, name)

    found = asked(runs, question, FEW, None)
    if found is None:
        every = _scanned(runs, read_filters(Filters()), None).runs
        names = (name, f"{name}.json")
        found = [run for run in every if run.run.startswith(name) or Path(run.where).name in names]
    return found


def count_runs(home: Path, filters: Filters | None = None) -> int:
    """How many runs are archived, or how many of them are wanted. Raises Problem as `list_runs`."""
    runs, wanted = runs_folder(home), read_filters(filters or Filters())

    def question(index: "sqlite3.Connection") -> int:
        from .index_rows import count_in

        return count_in(index, wanted)

    found = asked(runs, question, FEW, None)
    return len(_scanned(runs, wanted, None).runs) if found is None else found


def reindex(home: Path, progress: "Progress | None" = None) -> Listed:
    """Make the index anew, for whoever changed archives in place; gives all there is. Raises OSError."""
    runs = runs_folder(home)
    try:
        from .index_file import forget_index
    except ImportError:
        pass  # A Python without SQLite.
    else:
        forget_index(runs)
    return list_runs(home, None, None, most=None, progress=progress)


def indexed(
    runs: Path, wanted: WantedRuns, limit: int | None, most: int | None, progress: "Progress | None" = None
) -> Listed | None:
    """What the index says, brought up to date; None when there can be none now."""
    if not os.path.lexists(runs):
        return Listed([], [])

    def question(index: "sqlite3.Connection") -> Listed:
        from .index_rows import problems_in, rows_of

        found = rows_of(index, runs, wanted, limit)
        since = ended_at(found[-1].completed_at) if limit is not None and len(found) == limit else float("-inf")
        return Listed(found, [*problems_in(index, runs, max(since, wanted.since or since))])

    problems: list[Problem] = []
    listed = asked(runs, question, most, progress, problems)
    return listed and Listed(listed.runs, [*problems, *listed.problems])


def asked(
    runs: Path,
    question: Callable[["sqlite3.Connection"], _Answer],
    most: int | None,
    progress: "Progress | None",
    problems: list[Problem] | None = None,
    *,
    of_texts: bool = False,
) -> _Answer | None:
    """The answer of an index, brought up to date; None when there can be no usable one now.

    That of the runs is meant, or that `of_texts`. What is wrong with folders that cannot be listed is added to the
    problems. What only looks asks no index: that is made, or brought up to date, by the question.
    """
    if leaves_nothing():
        return None
    try:
        from .index_file import DamagedIndex, ask_index
        from .index_refresh import RUN_ROWS, refresh
        from .index_rows import RUN_INDEX
    except ImportError:
        return None  # A Python without SQLite.
    kind, kept = RUN_INDEX, RUN_ROWS
    if of_texts:
        from .text_rows import TEXT_INDEX, TEXT_ROWS

        kind, kept = TEXT_INDEX, TEXT_ROWS

    def asked_now(index: "sqlite3.Connection") -> _Answer:
        found = refresh(index, kept, runs, most, progress)
        if problems is not None:
            problems[:] = found
        try:
            return question(index)
        except UnicodeEncodeError:
            raise  # The question is no text that a row could hold.
        except ValueError as error:
            raise DamagedIndex from error

    return ask_index(runs, kind, asked_now)


def _scanned(runs: Path, wanted: WantedRuns, limit: int | None) -> Listed:
    from .scan import row_of, scan

    found, problems = scan(runs, wanted, limit)
    return Listed([row_of(run) for run in found], problems)
