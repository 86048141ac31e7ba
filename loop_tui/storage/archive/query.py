"""Asking the archive: which runs there were, newest first, and how long their skills usually take (SPEC section 7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.evidence import Check
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunSummary
from loop_tui.model.stats.usual import Usual, usual_of

from .entries import entry_at
from .filters import Filters, read_filters
from .listing import FEW, indexed
from .named import runs_folder
from .reader import read_evidence
from .scan import load, read_file, row_of, scan


def read_runs(
    home: Path,
    *,
    loop: str | None = None,
    system: str | None = None,
    module: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    outcome: RunOutcome | str | None = None,
    limit: int | None = 10,
    include_state: bool = False,
) -> tuple[list[RunSummary], list[Problem]]:
    """The newest runs by completion time, read from their files, and a Problem for each entry that cannot be read.

    See `Filters`; `limit` None gives all. Problems of entries that are too old to be among these runs are not given.
    Raises Problem for an unknown outcome or an unreadable date.
    """
    filters = Filters(loop=loop, system=system, module=module, since=since, until=until, outcome=outcome)
    return read_wanted(home, filters, limit, include_state=include_state)


def read_wanted(
    home: Path, filters: Filters, limit: int | None = 10, *, include_state: bool = False
) -> tuple[list[RunSummary], list[Problem]]:
    """As `read_runs`, with every filter."""
    runs, wanted = runs_folder(home), read_filters(filters)
    if limit is not None and limit <= 0:
        return [], []
    known = indexed(runs, wanted, limit, FEW)
    found: Sequence[RunSummary] | None = None
    if known is not None:
        problems = known.problems
        found = _loaded([row.where for row in known.runs])
        if found is not None and any(row_of(run) != row for run, row in zip(found, known.runs, strict=True)):
            found = None  # They were changed in place: the files count.
    if found is None:
        found, problems = scan(runs, wanted, limit)
    return [run if include_state else run.model_copy(update={"state": None}) for run in found], problems


def _loaded(places: Sequence[str]) -> list[RunSummary] | None:
    """The runs at these places; None when one of them is not a run any more."""
    found: list[RunSummary] = []
    for place in places:
        try:
            run = load(entry_at(Path(place)))
        except Problem:
            return None
        if run is None:
            return None
        found.append(run)
    return found


def read_run(place: str) -> RunSummary:
    """The archived run at a path, file or folder, with its state. Raises Problem when it cannot be read."""
    run = load(entry_at(Path(place)))
    if run is None:
        raise Problem("is still being archived", place, code=Code.ARCHIVE_UNREADABLE)
    return run


class MeasuredParts(NamedTuple):
    """Of an archived run what its row in the index does not have and statistics need."""

    state: JsonValue
    evidence: Mapping[str, tuple[Check, ...]]


def read_measured(run: ArchivedRun) -> MeasuredParts:
    """These parts of a listed run, read from its file. Raises Problem when it cannot be read."""
    if not run.path:
        whole = read_run(run.where)
        return MeasuredParts(whole.state, whole.evidence)
    document = read_file(Path(run.path))
    return MeasuredParts(document.get("state"), read_evidence(document) if run.targets else {})


class ArchiveFiles:
    """The archive below a home. Implements `ports.ArchiveQuery`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        """The newest runs (see `ArchiveQuery.runs`)."""
        return read_runs(self._home, loop=loop, system=system, limit=limit, include_state=include_state)


def usual_durations(home: Path, loop: str, system: str | None = None, limit: int = 10) -> Usual:
    """What usually happens, going by the last runs of a loop."""
    return usual_of(read_runs(home, loop=loop, system=system, limit=limit)[0])
