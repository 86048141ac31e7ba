"""Statistics of a loop, made from what its runs tell. With fewer runs than tell something there is no number."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median, quantiles

from loop_tui.model.outcome import RunOutcome

from .facts import Attempts, RunMeasures, Verdict
from .usual import ENOUGH, by_skill, whole_times
from .values import Durations, FlakyCheck, GateWait, LoopStats, Rate, SkillStats, Spread, Trend

LAST = 5
"""So many of the last runs are held against those before."""


def times_of(name: str, took_ms: Iterable[int]) -> Durations:
    """The statistics of durations in milliseconds, the newest last."""
    took = tuple(took_ms)
    return Durations(name, took, spread_of(took), trend_of(took))


def spread_of(took_ms: Sequence[int]) -> Spread | None:
    """Median and quartiles (inclusive: of the values themselves, between two of them in proportion)."""
    if len(took_ms) < ENOUGH:
        return None
    lower, middle, upper = quantiles(took_ms, n=4, method="inclusive")
    return Spread(round(middle), round(lower), round(upper))


def trend_of(took_ms: Sequence[int]) -> Trend | None:
    """The last five against those before; None where there are too few before."""
    before, last = took_ms[:-LAST], took_ms[-LAST:]
    if len(before) < ENOUGH:
        return None
    return Trend(round(median(last)), round(median(before)), len(last), len(before))


def stats_of(loop: str, system: str, runs: Iterable[RunMeasures]) -> LoopStats:
    """What usually happens, from the runs of a loop on a system, the oldest first."""
    known = [*runs]
    return LoopStats(
        loop=loop,
        system=system,
        runs=len(known),
        last_at=known[-1].completed_at if known else "",
        success=Rate(sum(run.outcome is RunOutcome.SUCCESS for run in known), len(known)),
        whole=times_of("", whole_times(known)),
        phases=tuple(times_of(*each) for each in _gathered(run.phases for run in known).items()),
        skills=_skills(known),
        targets=tuple(times_of(*each) for each in _gathered(run.targets for run in known).items()),
        gates=_gates(known),
        flaky=flaky_checks(verdict for run in known for verdict in run.verdicts),
    )


def flaky_checks(verdicts: Iterable[Verdict]) -> tuple[FlakyCheck, ...]:
    """The checks that passed and failed on the same tree with the same command, the flakiest first."""
    found: dict[tuple[str, str], dict[str, list[Verdict]]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.check, verdict.command), {}).setdefault(verdict.tree, []).append(verdict)
    flaky = [check for (name, _), trees in found.items() if (check := _flaky(name, trees)) is not None]
    return tuple(sorted(flaky, key=lambda each: (-each.flaky.hits, each.name)))


def _flaky(name: str, trees: Mapping[str, list[Verdict]]) -> FlakyCheck | None:
    again = [said for said in trees.values() if len(said) > 1]
    both = [each for said in again if len({verdict.is_passed for verdict in said}) > 1 for each in said]
    if not both:
        return None
    passed = sum(verdict.is_passed for verdict in both)
    rate = Rate(len({verdict.tree for verdict in both}), len(again))
    return FlakyCheck(name, rate, passed, len(both) - passed, both[-1].tree, both[-1].at)


def _gathered(runs: Iterable[Mapping[str, int]]) -> dict[str, list[int]]:
    took: dict[str, list[int]] = {}
    for run in runs:
        for name, duration_ms in run.items():
            took.setdefault(name, []).append(duration_ms)
    return took


def _skills(runs: Sequence[RunMeasures]) -> tuple[SkillStats, ...]:
    took = by_skill(runs)
    place = {skill: phase for run in runs for skill, phase in run.place.items()}
    tried = dict.fromkeys([*took, *(skill for run in runs for skill in run.attempts)])
    found = []
    for skill in tried:
        attempts = [run.attempts[skill] for run in runs if skill in run.attempts]
        found.append(SkillStats(times_of(skill, took.get(skill, ())), place.get(skill, ""), *_rates(attempts)))
    return tuple(found)


def _rates(attempts: Sequence[Attempts]) -> tuple[Rate, Rate]:
    done, failed = sum(each.done for each in attempts), sum(each.failed for each in attempts)
    return Rate(done, done + failed), Rate(sum(each.again > 0 for each in attempts), len(attempts))


def _gates(runs: Sequence[RunMeasures]) -> tuple[GateWait, ...]:
    """Each gate with all that it waited, then by person where several decided."""
    waited: dict[str, list[tuple[str, int]]] = {}
    for run in runs:
        for each in run.waited:
            waited.setdefault(each.gate, []).append((each.by, each.ms))
    found = []
    for gate, told in waited.items():
        people = [*dict.fromkeys(by for by, _ in told)]
        found.append(GateWait(gate, people[0] if len(people) == 1 else "", times_of(gate, (ms for _, ms in told))))
        if len(people) > 1:
            found += [GateWait(gate, who, times_of(gate, (ms for by, ms in told if by == who))) for who in people]
    return tuple(found)
