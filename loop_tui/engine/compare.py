"""Two runs side by side: what took how long, what was checked, and what differs."""

from collections.abc import Iterable

from msgspec import Struct

from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.runs import RunSummary
from loop_tui.model.status import word_of


class Pair(Struct, frozen=True):
    """One thing of both runs; `ms` are milliseconds, None where a run does not tell. `phase` is empty when unknown."""

    phase: str
    name: str
    ms: tuple[int | None, int | None]

    @property
    def change_ms(self) -> int | None:
        """How much longer the second took; None when one of them does not tell."""
        first, second = self.ms
        return None if first is None or second is None else second - first


class Comparison(Struct, frozen=True):
    """Durations phase by phase, in the loop's order, and in words what else differs."""

    phases: tuple[Pair, ...]
    skills: tuple[Pair, ...]
    total: Pair
    differences: tuple[tuple[str, str, str], ...]
    """What, as it was in the first, as it was in the second."""


def older_first(one: RunSummary, other: RunSummary) -> tuple[RunSummary, RunSummary]:
    """The two runs in the order in which they ended: the older one is what the other is compared with."""
    first, second = parse_stamp(one.completed_at), parse_stamp(other.completed_at)
    return (other, one) if first is not None and second is not None and second < first else (one, other)


def compare(first: RunSummary, second: RunSummary, definition: LoopDefinition | None = None) -> Comparison:
    """Compare two runs. Skills that the definition does not know, or without one, stand under no phase."""
    place = {skill.id: phase.id for phase in definition.phases for skill in phase.skills} if definition else {}
    order = {name: number for number, name in enumerate(place)}
    names = sorted({*first.durations, *second.durations}, key=lambda name: (order.get(name, len(order)), name))
    skills = tuple(
        Pair(place.get(name, ""), name, (first.durations.get(name), second.durations.get(name))) for name in names
    )
    phases = tuple(
        Pair(phase, phase, (_sum(skills, phase, 0), _sum(skills, phase, 1)))
        for phase in dict.fromkeys(pair.phase for pair in skills)
        if phase
    )
    total = Pair("", "working time", (first.working_ms, second.working_ms))
    return Comparison(phases, skills, total, tuple(_differences(first, second)))


def _sum(skills: tuple[Pair, ...], phase: str, which: int) -> int | None:
    known = [ms for pair in skills if pair.phase == phase and (ms := pair.ms[which]) is not None]
    return sum(known) if known else None


def _differences(first: RunSummary, second: RunSummary) -> list[tuple[str, str, str]]:
    rows = [
        ("outcome", word_of(first.outcome), word_of(second.outcome)),
        ("version of the loop", first.version or "none", second.version or "none"),
        ("phases completed", _list(first.phases_completed), _list(second.phases_completed)),
        ("phases skipped", _list(first.phases_skipped), _list(second.phases_skipped)),
        ("gates passed", _list(first.gates_passed), _list(second.gates_passed)),
        ("gates failed", _list(first.gates_failed), _list(second.gates_failed)),
        ("skipped skills", _list(s.skill for s in first.skipped_skills), _list(s.skill for s in second.skipped_skills)),
    ]
    for gate in sorted({*first.evidence, *second.evidence}):
        told = [{c.name: c.verdict for c in run.evidence.get(gate, ())} for run in (first, second)]
        rows += [
            (f"{gate}: {name}", told[0].get(name, "not checked"), told[1].get(name, "not checked"))
            for name in sorted({*told[0], *told[1]})
        ]
    return [row for row in rows if row[1] != row[2]]


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(str, names)) or "none"
