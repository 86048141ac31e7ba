"""What the statistics of a loop are, as values. Durations are milliseconds of working time, the newest run stands last.

Names are as the archive has them: whoever shows them cleans them.
"""

from msgspec import Struct

from .usual import ENOUGH


class Trend(Struct, frozen=True):
    """The median of the last runs (`last` of them) against that of the runs before."""

    last_ms: int
    before_ms: int
    last: int
    before: int

    @property
    def change(self) -> float:
        """By which part the last ones took longer; negative when they were faster."""
        return (self.last_ms - self.before_ms) / self.before_ms if self.before_ms else 0.0


class Spread(Struct, frozen=True):
    """What something took: the median, and the lower and the upper quartile (half of the runs lie between)."""

    median_ms: int
    lower_ms: int
    upper_ms: int


class Durations(Struct, frozen=True):
    """What one thing took in each run, the newest last. `spread` and `trend` are None where too few runs tell."""

    name: str
    took_ms: tuple[int, ...]
    spread: Spread | None = None
    trend: Trend | None = None

    @property
    def count(self) -> int:
        """How many runs tell."""
        return len(self.took_ms)


class Rate(Struct, frozen=True):
    """So many of so many."""

    hits: int
    total: int

    @property
    def tells(self) -> bool:
        """False where there are too few to tell."""
        return self.total >= ENOUGH


class SkillStats(Struct, frozen=True):
    """A skill: its times, how many of its attempts went well, and in how many runs it was tried again."""

    times: Durations
    phase: str
    success: Rate
    retried: Rate


class GateWait(Struct, frozen=True):
    """How long a gate waited for one person, or for all of them where `by` is empty."""

    gate: str
    by: str
    times: Durations


class FlakyCheck(Struct, frozen=True):
    """A check that passed and failed on the same tree: on how many of the trees on which it ran more than once.

    `passed` and `failed` are the verdicts on the trees where they differ; `tree` is the last of these trees.
    """

    name: str
    flaky: Rate
    passed: int
    failed: int
    tree: str
    at: str


class LoopStats(Struct, frozen=True):
    """What usually happens in a loop on a system. `runs` are those that were looked at, `last_at` when the last ended.

    Only runs that succeeded tell how long the whole takes, phases that were completed and skills that were done how
    long they take.
    """

    loop: str
    system: str
    runs: int
    last_at: str
    success: Rate
    whole: Durations
    phases: tuple[Durations, ...] = ()
    skills: tuple[SkillStats, ...] = ()
    targets: tuple[Durations, ...] = ()
    gates: tuple[GateWait, ...] = ()
    flaky: tuple[FlakyCheck, ...] = ()
