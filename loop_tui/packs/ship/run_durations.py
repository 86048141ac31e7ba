"""What earlier runs of the same loop on the same system took, as far as the archive says."""

from collections.abc import Mapping

from msgspec import Struct

from loop_tui.model.state import RunState
from loop_tui.model.stats.usual import Usual, usual_ms, usual_of
from loop_tui.ports import ArchiveQuery

LIMIT = 10


class RunDurations(Struct, frozen=True):
    """How many earlier runs there are, and what they usually took. `problems` names what is unreadable."""

    count: int = 0
    usual: Usual = Usual()
    problems: tuple[str, ...] = ()


def earlier_runs(archive: ArchiveQuery, state: RunState) -> RunDurations:
    """The newest ten archived runs of this loop on this system; an empty history is no error."""
    runs, problems = archive.runs(loop=state.loop, system=state.system or None, limit=LIMIT)
    return RunDurations(
        count=len(runs),
        usual=usual_of(runs),
        problems=tuple(str(problem) for problem in problems),
    )


def usual_targets(archive: ArchiveQuery, loop: str, system: str) -> Mapping[str, int]:
    """What each target usually took until it was confirmed, in milliseconds, in the newest ten archived runs.

    An archive that cannot be read says nothing.
    """
    runs, _ = archive.runs(loop=loop, system=system or None, limit=LIMIT)
    found: dict[str, list[int]] = {}
    for run in runs:
        checks = {check.name: check for checks in run.evidence.values() for check in checks}
        for name, check in checks.items():
            if check.passed and check.duration_ms is not None:
                found.setdefault(name, []).append(check.duration_ms)
    return {name: usual for name, took in found.items() if (usual := usual_ms(took)) is not None}
