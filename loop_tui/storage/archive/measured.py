"""What statistics take from archived runs, kept beside their rows in the index: a run is read for them once.

As archives are not changed once written, neither is this; where the index forgets a run, it goes with it.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem

from .filters import Filters, read_filters
from .listing import asked, list_runs
from .named import runs_folder

if TYPE_CHECKING:
    import sqlite3

    from .index_refresh import Progress

MOST_GROUPS = 500
"""So many loops on systems are told of, those that ran last."""
_MOST_SCANNED = 5_000
"""Without an index so many of the newest runs are looked through."""
_Answer = TypeVar("_Answer")


class GroupedRuns(NamedTuple):
    """The newest runs of each loop on each system, those of the group that ran last first."""

    groups: list[list[ArchivedRun]]
    problems: list[Problem]


def newest_of_each(home: Path, filters: Filters, each: int, progress: "Progress | None") -> GroupedRuns:
    """At most so many of each loop on a system, newest first. `progress` and errors are as `list_runs` has them."""
    runs, wanted = runs_folder(home), read_filters(filters)
    problems: list[Problem] = []

    def question(index: "sqlite3.Connection") -> GroupedRuns:
        from .index_rows import newest_in_groups, problems_in

        told = problems_in(index, runs, float("-inf") if wanted.since is None else wanted.since)
        return GroupedRuns([*newest_in_groups(index, runs, wanted, each, MOST_GROUPS)], [*told])

    found = asked(runs, question, None, progress, problems) if runs.is_dir() else GroupedRuns([], [])
    if found is not None:
        return GroupedRuns(found.groups, [*problems, *found.problems])
    listed = list_runs(home, filters, _MOST_SCANNED)
    groups: dict[tuple[str, str], list[ArchivedRun]] = {}
    for run in listed.runs:
        groups.setdefault((run.loop, run.system), []).append(run)
    return GroupedRuns([rows[:each] for rows in groups.values()], listed.problems)


def kept_measures(home: Path, rows: Sequence[ArchivedRun]) -> dict[str, bytes]:
    """What is kept of these runs, by their `where`, as it was given to `keep_measures`; nothing without an index."""
    places = {_place(run): run.where for run in rows}

    def question(index: "sqlite3.Connection") -> dict[str, bytes]:
        from .index_rows import measures_at

        return {places[place]: told for place, told in measures_at(index, places)}

    return _asked_as_it_is(home, question) or {}


def keep_measures(home: Path, told: Mapping[str, bytes]) -> None:
    """Keep what these runs, by their `where`, tell; where there can be no index, or another one writes, nothing is."""
    values = [(*_place_of(where), told[where]) for where in told]

    def question(index: "sqlite3.Connection") -> bool:
        from .index_rows import keep_measures_in

        keep_measures_in(index, values)
        return True

    if values:
        _asked_as_it_is(home, question)


def _asked_as_it_is(home: Path, question: "Callable[[sqlite3.Connection], _Answer]") -> _Answer | None:
    """The answer of the index of the runs as it stands, which a question before has brought up to date."""
    from loop_tui.fs.read_only_look import leaves_nothing

    try:
        from .index_file import ask_index
        from .index_rows import RUN_INDEX
    except ImportError:
        return None  # A Python without SQLite.
    return None if leaves_nothing() else ask_index(runs_folder(home), RUN_INDEX, question)


def _place(run: ArchivedRun) -> tuple[str, bytes]:
    return _place_of(run.where)


def _place_of(where: str) -> tuple[str, bytes]:
    month, name = where.rsplit("/", 2)[1:]
    return month, os.fsencode(name)
