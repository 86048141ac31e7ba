"""Reading the archive itself, file by file: what every answer about it is measured by, and what the index is made of.

It takes as long as there are files; `query` asks the index first.
"""

import heapq
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.limits import ARCHIVE
from loop_tui.fs.plain import read_plain
from loop_tui.fs.present import is_there
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunSummary

from .entries import ArchiveEntry, entries, months
from .filters import WantedRuns, ended_at
from .named import MARKER
from .reader import JsonObject, read_body, read_folder, read_json
from .told import released_in, targets_in


def scan(runs: Path, wanted: WantedRuns, limit: int | None) -> tuple[list[RunSummary], list[Problem]]:
    """The newest runs that are wanted, with their states, and a Problem for each entry met that cannot be read.

    Only as many files are read as it takes to be sure: a run cannot have ended long after its file was last written or
    after the time in its name.
    """
    best: list[tuple[float, str, int, RunSummary]] = []
    problems: list[Problem] = []
    found = [entry for month in months(runs, problems) for entry in entries(month.path, problems)]
    dated = sorted(((entry.latest, entry) for entry in found), key=lambda each: each[0], reverse=True)
    for number, (latest, entry) in enumerate(dated):
        if limit is not None and len(best) == limit and latest < best[0][0]:
            break
        if wanted.since is not None and latest < wanted.since:
            break
        try:
            run = load(entry, wanted)
        except Problem as problem:
            problems.append(problem)
            continue
        if run is None or not wanted.holds(row_of(run)):
            continue
        place = (ended_at(run.completed_at), run.path or run.folder, number, run)
        if limit is None or len(best) < limit:
            heapq.heappush(best, place)
        else:
            heapq.heappushpop(best, place)
    return [run for *_, run in sorted(best, reverse=True, key=lambda e: e[:3])], problems


def load(entry: ArchiveEntry, wanted: WantedRuns | None = None) -> RunSummary | None:
    """The run of an entry; None for one that is still being archived, or is plainly not wanted. Raises Problem."""
    path = entry.path
    if entry.is_folder:
        return None if is_there(path / MARKER) else read_folder(path, _when(entry.touched))
    data = _bytes(path)
    if wanted is not None and not wanted.may_hold(data, path.name):
        return None
    return read_body(read_json(data, str(path)), path, _when(entry.touched))


def read_file(path: Path) -> JsonObject:
    """The JSON of an archived run. Raises Problem when it cannot be read."""
    return read_json(_bytes(path), str(path))


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path, ARCHIVE)
    except OSError as error:
        raise Problem(
            f"cannot be read: {error.strerror}", str(path), "it is not listed", code=Code.ARCHIVE_UNREADABLE
        ) from None


def row_of(run: RunSummary) -> ArchivedRun:
    """The run as lists show it and filters ask for it."""
    decided = (("passed", run.gates_passed), ("failed", run.gates_failed), ("skipped", run.gates_skipped))
    skills = dict.fromkeys((*run.durations, *(each.skill for each in run.skipped_skills)))
    return ArchivedRun(
        path=run.path,
        folder=run.folder,
        project=run.project,
        run=run.run,
        loop=run.loop,
        system=run.system,
        module=run.module,
        version=run.version,
        release=released_in(run.told),
        started_at=run.started_at,
        completed_at=run.completed_at,
        duration_ms=run.duration_ms,
        working_ms=run.working_ms,
        outcome=run.outcome,
        phases_count=run.phases_completed_count,
        gates_count=run.gates_passed_count,
        durations=run.durations,
        gates=tuple(f"{name}:{word}" for word, names in decided for name in names),
        skills=tuple(skills),
        targets=tuple(target.id for target in targets_in(run.told)),
    )


def _when(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
