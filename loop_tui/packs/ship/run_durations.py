"""What earlier runs of the same loop on the same system took, as far as the archive says."""

from collections.abc import Mapping

from msgspec import Struct, field

from loop_tui.model.runs import RunOutcome
from loop_tui.model.state import RunState
from loop_tui.ports import ArchiveQuery

LIMIT = 10


class RunDurations(Struct, frozen=True):
    """Durations of earlier runs in milliseconds: by skill, and of whole runs. `problems` names what is unreadable."""

    count: int = 0
    durations_ms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    totals_ms: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()


def earlier_runs(archive: ArchiveQuery, state: RunState) -> RunDurations:
    """The newest ten archived runs of this loop on this system; an empty history is no error.

    Whole durations are what runs that succeeded worked: one that was broken off says nothing about how long it takes,
    and neither does what one waited for a person.
    """
    runs, problems = archive.runs(loop=state.loop, system=state.system or None, limit=LIMIT)
    durations: dict[str, list[int]] = {}
    for run in runs:
        for skill, duration_ms in run.durations.items():
            durations.setdefault(skill, []).append(duration_ms)
    return RunDurations(
        count=len(runs),
        durations_ms={skill: tuple(found) for skill, found in durations.items()},
        totals_ms=tuple(r.working_ms for r in runs if r.working_ms is not None and r.outcome is RunOutcome.SUCCESS),
        problems=tuple(str(problem) for problem in problems),
    )


def target_durations(archive: ArchiveQuery, loop: str, system: str) -> Mapping[str, tuple[int, ...]]:
    """What each target took until it was confirmed, in milliseconds, in the newest ten archived runs; newest first.

    An archive that cannot be read says nothing.
    """
    runs, _ = archive.runs(loop=loop, system=system or None, limit=LIMIT)
    found: dict[str, list[int]] = {}
    for run in runs:
        checks = {check.name: check for checks in run.evidence.values() for check in checks}
        for name, check in checks.items():
            if check.passed and check.duration_ms is not None:
                found.setdefault(name, []).append(check.duration_ms)
    return {name: tuple(durations) for name, durations in found.items()}
