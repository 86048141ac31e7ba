"""How long something usually takes: the one rule for screen, commands and skills (SCREEN "Progress").

It is the median of what earlier runs of the same loop on the same system worked. Waiting for a person tells nothing of
the next run, and neither does how long a run took that was broken off.
"""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Protocol

from msgspec import Struct, field

from loop_tui.model.outcome import RunOutcome

ENOUGH = 3
"""So few runs tell no spread, no rate and nothing unusual: with fewer, there are too few to tell."""
UNUSUAL = 3
"""So many times its usual is worth a warning."""
_WORTH_A_WORD_MS = 5000
"""Nobody has to be told of what is slower by less."""


class Worked(Protocol):
    """What an archived run tells of its working time, in milliseconds; by skill, and as a whole where it is known."""

    @property
    def outcome(self) -> RunOutcome: ...
    @property
    def working_ms(self) -> int | None: ...
    @property
    def durations(self) -> Mapping[str, int]: ...


class Usual(Struct, frozen=True):
    """How long a loop usually takes in milliseconds: each skill, and the whole of a run that succeeded, if any did.

    `counts` is how many runs tell of each skill.
    """

    skills: Mapping[str, int] = field(default_factory=dict)
    whole: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def unusual_from_ms(self, skill: str) -> int | None:
        """From which time on a skill takes unusually long; None where too few runs tell."""
        usual = self.skills.get(skill)
        return None if usual is None or self.counts.get(skill, 0) < ENOUGH else unusual_ms(usual)

    def left_ms(self, skills: Iterable[str], running: str = "", worked_ms: int = 0) -> int | None:
        """How long these skills usually take still, `running` having worked so long.

        None where earlier runs do not tell of all of them: a part of the time left is not the time left.
        """
        left = 0
        for skill in skills:
            usual = self.skills.get(skill)
            if usual is None:
                return None
            left += max(usual - worked_ms, 0) if skill == running else usual
        return left


def usual_ms(took: Iterable[int]) -> int | None:
    """The median of some durations in milliseconds; None without any."""
    known = [*took]
    return round(median(known)) if known else None


def unusual_ms(usual: int) -> int:
    """From which time on something that usually takes so long is unusually slow; both in milliseconds."""
    return max(usual * UNUSUAL, usual + _WORTH_A_WORD_MS)


def by_skill(runs: Iterable[Worked]) -> dict[str, tuple[int, ...]]:
    """What each skill took in these runs, in their order."""
    took: dict[str, list[int]] = {}
    for run in runs:
        for skill, duration_ms in run.durations.items():
            took.setdefault(skill, []).append(duration_ms)
    return {skill: tuple(values) for skill, values in took.items()}


def whole_times(runs: Iterable[Worked]) -> tuple[int, ...]:
    """What runs that succeeded worked, in their order."""
    return tuple(run.working_ms for run in runs if run.outcome is RunOutcome.SUCCESS and run.working_ms)


def usual_of(runs: Iterable[Worked]) -> Usual:
    """What usually happens, going by some runs of a loop."""
    known = [*runs]
    took = by_skill(known)
    skills = {skill: usual for skill, values in took.items() if (usual := usual_ms(values)) is not None}
    return Usual(skills, usual_ms(whole_times(known)), {skill: len(values) for skill, values in took.items()})
