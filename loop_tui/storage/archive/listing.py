"""Lists of archived runs, from the index, or from the archive where there is none. Nothing heavy is imported here."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem

from .filters import Filters, WantedRuns, ended_at, read_filters
from .named import runs_folder

if TYPE_CHECKING:
    import sqlite3

    from .index_refresh import Progress

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


def indexed(
    runs: Path, wanted: WantedRuns, limit: int | None, most: int | None, progress: "Progress | None" = None
) -> Listed | None:
    """What the index says, brought up to date; None when there can be none now."""
    if not os.path.lexists(runs):
        return Listed([], [])
    try:
        from .index_file import DamagedIndex, ask_index
        from .index_refresh import refresh
        from .index_rows import problems_in, rows_of
    except ImportError:
        return None  # A Python without SQLite.

    def question(index: "sqlite3.Connection") -> Listed:
        problems = refresh(index, runs, most, progress)
        try:
            found = rows_of(index, runs, wanted, limit)
            since = ended_at(found[-1].completed_at) if limit is not None and len(found) == limit else float("-inf")
            bad = problems_in(index, runs, max(since, wanted.since or since))
            return Listed(found, [*problems, *bad])
        except UnicodeEncodeError:
            raise
        except ValueError as error:
            raise DamagedIndex from error

    return ask_index(runs, question)


def _scanned(runs: Path, wanted: WantedRuns, limit: int | None) -> Listed:
    from .scan import row_of, scan

    found, problems = scan(runs, wanted, limit)
    return Listed([row_of(run) for run in found], problems)
