"""Which archived runs a person may do without, by a rule of theirs, and which are kept whatever it says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.limits import STATE
from loop_tui.fs.paths import project_state_path
from loop_tui.fs.plain import read_plain
from loop_tui.fs.present import is_there
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem

from .filters import WantedRuns, ended_at

NEWEST = "the newest of its system and loop"
NEWEST_DONE = "the newest that is done"
NEWEST_RELEASE = "the newest release"
NEWEST_AT_TARGET = "the newest release at a target"
NOT_RELEASED = "aborted, and nothing was released since"
ACTIVE = "its state file is still there"


class PruneRule(NamedTuple):
    """Of the runs of a system and loop the newest `keep` stay, and what ended at or after `before` (since 1970)."""

    keep: int | None
    before: float | None


class PrunePlan(NamedTuple):
    """The runs that go, newest first; and those that the rule names too, but that are needed, each with why."""

    going: list[ArchivedRun]
    needed: list[tuple[ArchivedRun, str]]


def prune_plan(runs: Sequence[ArchivedRun], wanted: WantedRuns, rule: PruneRule) -> PrunePlan:
    """What becomes of the wanted ones of these runs, which are all there are, newest first."""
    needed = needed_runs(runs)
    counts: dict[tuple[str, str], int] = {}
    plan = PrunePlan([], [])
    for run in runs:
        if not wanted.holds(run):
            continue
        place = (run.system, run.loop)
        counts[place] = counts.get(place, 0) + 1
        is_kept = rule.keep is not None and counts[place] <= rule.keep
        if is_kept or (rule.before is not None and ended_at(run.completed_at) >= rule.before):
            continue
        if why := needed.get(run.where) or (ACTIVE if _is_active(run) else ""):
            plan.needed.append((run, why))
        else:
            plan.going.append(run)
    return plan


def needed_runs(runs: Iterable[ArchivedRun]) -> dict[str, str]:
    """The runs that the next one rests on, by path, each with why. `runs` are newest first.

    Of each loop, system and project: the last run, the last that is done, the last release in all and at each target
    (of which the archive may be the only evidence), and what was aborted since the last run that was not: its version
    or commit may wait to be released.
    """
    groups: dict[tuple[str, str, str], list[ArchivedRun]] = {}
    for run in runs:
        groups.setdefault((run.project, run.system, run.loop), []).append(run)
    return {run.where: why for group in groups.values() for run, why in reversed([*_needed_of(group)])}


def _needed_of(group: Sequence[ArchivedRun]) -> Iterator[tuple[ArchivedRun, str]]:
    """The needed ones of a group, the weightiest reasons first."""
    tests: list[tuple[str, Callable[[ArchivedRun], bool]]] = [
        (NEWEST_RELEASE, lambda run: bool(run.release)),
        (NEWEST, lambda _: True),
        (NEWEST_DONE, lambda run: run.outcome is RunOutcome.SUCCESS),
    ]
    for why, test in tests:
        if found := next((run for run in group if test(run)), None):
            yield found, why
    for target in {target for run in group for target in run.targets}:
        yield next(run for run in group if target in run.targets), NEWEST_AT_TARGET
    for run in group:
        if run.outcome is not RunOutcome.ABANDONED:
            break
        yield run, NOT_RELEASED


def _is_active(run: ArchivedRun) -> bool:
    """True while the state file of an archived run is still there: its driver may not be done with the archive.

    One that cannot be read may be of that run.
    """
    if not run.run or not run.project:
        return False
    try:
        path = project_state_path(Path(run.project), run.loop)
    except Problem:
        return False
    try:
        return is_there(path) and run.run.encode() in read_plain(path, STATE, follow=True)
    except (OSError, ValueError):
        return True
