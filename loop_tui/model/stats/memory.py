"""What statistics leave in the `memory` folder of a tier: calibration (numbers) and patterns (sentences) (SPEC 7).

No format of these files is settled: ours has names of its own, and everything else in them stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from loop_tui.model.clock import words
from loop_tui.model.text import one_line

from .usual import Usual
from .values import Durations, LoopStats

SOURCE = "loop-tui stats"
"""Which entries of a list of patterns are ours."""
_OFTEN = 1 / 3
"""What is tried again in so many runs is worth remembering."""
_LONGEST_MS = 10**12
_LONGEST = 200

Document = dict[str, Any]


class Pattern(Struct, frozen=True):
    """One thing that was seen again and again. `id` tells it from others, and whose it is."""

    id: str
    name: str
    description: str


def calibrated(document: Mapping[str, Any], loops: Iterable[LoopStats], *, by_system: bool) -> Document:
    """The document with what these loops take; what too few runs tell stays as it was.

    Loops of one system stand at its top, those of an organization below their system. Raises TypeError where
    something else has one of these places.
    """
    new = dict(document)
    for stats in loops:
        place = _inside(_inside(new, "systems"), stats.system) if by_system else new
        entry = _inside(_inside(place, "loops"), stats.loop)
        entry |= {"runs": stats.runs, "until": stats.last_at}
        if stats.whole.spread is not None:
            _inside(entry, "working_ms").update(_numbers(stats.whole))
        groups = (
            ("phases", stats.phases), ("skills", [each.times for each in stats.skills]), ("targets", stats.targets)
        )  # fmt: skip
        for name, group in groups:
            for times in group:
                if times.spread is not None:
                    _inside(_inside(entry, name), _said(times.name)).update(_numbers(times))
    return new


def patterned(document: object, loops: Sequence[LoopStats]) -> object:
    """The document with the patterns of these loops; ours that hold no more are taken out.

    Raises TypeError where it has no list of patterns, and no place for one.
    """
    if isinstance(document, list):
        return _renewed(document, loops)
    if not isinstance(document, Mapping) or not isinstance(document.get("patterns", []), list):
        raise TypeError("patterns")
    return {**document, "patterns": _renewed(document.get("patterns", []), loops)}


def patterns_of(stats: LoopStats) -> Iterator[Pattern]:
    """What the statistics of a loop show again and again."""
    place = f"{SOURCE}/{stats.loop}/{stats.system}"
    for check in stats.flaky:
        name = _said(check.name)
        text = f"{name} passed and failed on {check.flaky.hits} of {check.flaky.total} trees on which it ran again"
        yield Pattern(f"{place}/flaky/{name}", f"flaky check {name}", text)
    for skill in stats.skills:
        name, retried = _said(skill.times.name), skill.retried
        if retried.tells and retried.hits >= retried.total * _OFTEN:
            text = f"{name} was retried in {retried.hits} of {retried.total} runs of {stats.loop}"
            yield Pattern(f"{place}/retried/{name}", f"often retried: {name}", text)
    # Of a gate all that it waited stands first. Who is waited for is nothing for a file that others read.
    waits = {gate.gate: gate.times.spread for gate in reversed(stats.gates)}
    for gate, spread in reversed(waits.items()):
        if spread is not None:
            text = f"{_said(gate)} usually waits {words(spread.median_ms)} for an answer"
            yield Pattern(f"{place}/waits/{_said(gate)}", f"waiting gate {_said(gate)}", text)


def usual_in(document: object, loop: str, system: str) -> Usual | None:
    """What a calibration that was written so says of a loop on a system; None where it says nothing."""
    systems = _at(document, "systems", system)
    entry = _at(document, "loops", loop) or _at(systems, "loops", loop)
    if entry is None:
        return None
    skills, counts = {}, {}
    for name, told in (_at(entry, "skills") or {}).items():
        if (usual := _whole(told, "median")) is not None:
            skills[name], counts[name] = usual, _whole(told, "count") or 0
    whole = _whole(_at(entry, "working_ms"), "median")
    return Usual(skills, whole, counts) if skills or whole is not None else None


def _said(name: str) -> str:
    return one_line(name, _LONGEST)


def _numbers(times: Durations) -> Document:
    assert times.spread is not None
    spread, count = times.spread, times.count
    return {
        "median": spread.median_ms, "lower_quartile": spread.lower_ms, "upper_quartile": spread.upper_ms, "count": count
    }  # fmt: skip


def _inside(place: Document, name: str) -> Document:
    """What stands below a name, made where there is nothing: a copy, for the document itself stays as it was."""
    found = place.get(name)
    if found is not None and not isinstance(found, dict):
        raise TypeError(name)
    place[name] = dict(found or {})
    return place[name]  # type: ignore[no-any-return]


def _renewed(known: Sequence[object], loops: Sequence[LoopStats]) -> list[object]:
    new = {
        pattern.id: {"id": pattern.id, "name": pattern.name, "description": pattern.description, "source": SOURCE}
        for stats in loops
        for pattern in patterns_of(stats)
    }
    ours = tuple(f"{SOURCE}/{stats.loop}/{stats.system}/" for stats in loops)
    kept: list[object] = []
    for entry in known:
        name = entry.get("id") if isinstance(entry, Mapping) and entry.get("source") == SOURCE else None
        if not isinstance(name, str) or not name.startswith(ours):
            kept.append(entry)
        elif name in new and isinstance(entry, Mapping):
            kept.append({**entry, **new.pop(name)})
    return [*kept, *new.values()]


def _at(document: object, *names: str) -> Document | None:
    for name in names:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, dict) else None


def _whole(told: object, name: str) -> int | None:
    value = told.get(name) if isinstance(told, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LONGEST_MS else None
