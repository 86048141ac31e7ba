"""Statistics of archived runs for screen and commands: which runs are looked at, and what they tell (SPEC 7)."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.stats.facts import RunMeasures, facts_of
from loop_tui.model.stats.measures import stats_of
from loop_tui.model.stats.values import LoopStats
from loop_tui.storage.archive.filters import Filters as Filters
from loop_tui.storage.archive.measured import keep_measures, kept_measures, newest_of_each
from loop_tui.storage.archive.query import read_measured
from loop_tui.storage.context.memory import read_memory
from loop_tui.storage.dream.places import FOLDER, find_places
from loop_tui.storage.memory import MemoryEdit as MemoryEdit
from loop_tui.storage.memory import memory_edits, write_memory
from loop_tui.storage.state.dialects import load

MOST_RUNS = 100
"""So many of the newest runs of a loop on a system are read."""
_TOGETHER = 200


class ReadStats(Struct, frozen=True):
    """The statistics, those of the loop that ran last first, and what cannot be read."""

    loops: tuple[LoopStats, ...]
    problems: tuple[Problem, ...]


def read_stats(home: Path, filters: Filters, progress: Callable[[int, int], None] | None = None) -> ReadStats:
    """The statistics of each loop on each system of the archive below a home, as far as the filters hold.

    What a run tells is kept in the index: it is read for this once. `progress` is told of the entries that are read
    for an index that misses them, then of the runs. Raises Problem for a filter that cannot be read.
    """
    found = newest_of_each(home, filters, MOST_RUNS, progress)
    problems = [*found.problems]
    told = _measured(home, [run for rows in found.groups for run in rows], problems, progress)
    loops = []
    for rows in found.groups:
        facts = [told[run.where] for run in reversed(rows) if run.where in told]
        if facts:
            loops.append(stats_of(rows[0].loop, rows[0].system, facts))
    return ReadStats(tuple(loops), tuple(problems))


def _measured(
    home: Path, rows: Sequence[ArchivedRun], problems: list[Problem], progress: Callable[[int, int], None] | None
) -> dict[str, RunMeasures]:
    """What these runs tell, by their `where`: as it is kept, else read, and kept some at a time."""
    told: dict[str, RunMeasures] = {}
    for where, kept in kept_measures(home, rows).items():
        with contextlib.suppress(msgspec.MsgspecError):
            told[where] = msgspec.json.decode(kept, type=RunMeasures)
    missing = [run for run in rows if run.where not in told]
    for start in range(0, len(missing), _TOGETHER):
        if progress is not None:
            progress(start, len(missing))
        some = missing[start : start + _TOGETHER]
        read = {run.where: facts for run in some if (facts := _facts(run, problems)) is not None}
        keep_measures(home, {where: msgspec.json.encode(facts) for where, facts in read.items()})
        told |= read
    return told


def _facts(run: ArchivedRun, problems: list[Problem]) -> RunMeasures | None:
    try:
        parts = read_measured(run)
    except Problem as problem:
        problems.append(problem)  # It was changed or removed since it was listed.
        return None
    return facts_of(run, parts.evidence, _state_of(parts.state))


def _state_of(document: JsonValue) -> RunState | None:
    """The state as it was archived; None where there is none that reads: its summary still tells something."""
    try:
        return load(document) if isinstance(document, dict) else None
    except (Problem, RecursionError, ValueError):
        return None


def remembered(project: Path) -> tuple[str, ...]:
    """The patterns in the memory of all tiers of a project, a line each. What cannot be read says nothing."""
    places = find_places(project)
    tiers = {"organization": places.organization.parent}
    if places.system is not None:
        tiers["system"] = places.top / FOLDER
    tiers |= {path.parent.parent.name: path.parent for path in places.modules if path.parent.name == FOLDER}
    lines = (line for section in read_memory(tiers, []) for line in section.lines)
    return tuple(line.text for line in lines if line.text.startswith("Pattern"))


class MemoryPlace(Struct, frozen=True):
    """Where the memory of a tier is: its `.claude` folder, and the folder that it may not lead out of."""

    folder: Path
    within: Path
    is_organization: bool


def memory_place(project: Path, *, organization: bool) -> MemoryPlace:
    """The memory of a project, or of the organization. Raises Problem where the project's is the organization's."""
    places = find_places(project)
    if organization:
        return MemoryPlace(places.organization.parent, places.organization.parent, is_organization=True)
    if places.system is None:
        todo = "use --organization, or go to a project"
        raise Problem("this folder is the organization's", str(places.top), todo, code=Code.NOT_ALLOWED)
    return MemoryPlace(places.top / FOLDER, places.top, is_organization=False)


def edits_of(place: MemoryPlace, found: ReadStats) -> tuple[MemoryEdit, ...]:
    """What writing the statistics there would change. Raises Problem for a file that has another shape."""
    return memory_edits(place.folder, found.loops, by_system=place.is_organization)


def write_edit(place: MemoryPlace, edit: MemoryEdit) -> None:
    """Write it. Raises Problem."""
    write_memory(edit, place.within)
