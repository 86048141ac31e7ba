"""Statistics as text of at most 80 columns, and as JSON."""

from collections.abc import Iterator, Sequence

from msgspec import to_builtins
from pydantic import JsonValue

from loop_tui.model.stats import words
from loop_tui.model.stats.measures import LAST
from loop_tui.model.stats.values import Durations, LoopStats, Rate
from loop_tui.model.text import count_of, one_line

from .show import short_time
from .tables import table, wrapped

_Row = tuple[str, ...]
_TIMES = ("Usually", "Quartiles", "Trend")
_LEAST = ("Trend", "Phase")
"""Columns that are left out first where a table does not fit."""
_TREE = 12


def all_lines(loops: Sequence[LoopStats]) -> Iterator[str]:
    """A line for each loop on each system."""
    rows = [(one.loop, one.system, str(one.runs), _rate(one.success), *_cells(one.whole)) for one in loops]
    yield table(("Loop", "System", "Runs", "Done", *_TIMES), rows, least=_LEAST[:1])
    yield ""
    yield from _notes()
    yield wrapped("Phases, skills, gates and checks of one: --loop NAME --system NAME")


def loop_lines(stats: LoopStats) -> Iterator[str]:
    """Everything about one loop on one system."""
    yield wrapped(one_line(words.name_of(stats), 200))
    yield f"{count_of(stats.runs, 'run')}, done {words.rate(stats.success)}, the last {short_time(stats.last_at)}"
    yield f"working time: {words.whole(stats.whole)}"
    for title, times in (("Phase", stats.phases), ("Target", stats.targets)):
        rows = [(each.name, *_cells(each), str(each.count)) for each in times]
        yield from _section((title, *_TIMES, "Runs"), rows)
    skills = [
        (each.times.name, each.phase, *_cells(each.times), _rate(each.success), _rate(each.retried))
        for each in stats.skills
    ]
    yield from _section(("Skill", "Phase", *_TIMES, "Done", "Retried"), skills)
    gates = [(each.gate, each.by or "all", *_cells(each.times), str(each.times.count)) for each in stats.gates]
    yield from _section(("Gate", "Waits for", *_TIMES, "Times"), gates)
    flaky = [
        (each.name, f"{each.flaky.hits} of {each.flaky.total}", str(each.passed), str(each.failed), each.tree[:_TREE])
        for each in stats.flaky
    ]
    yield from _section(("Flaky check", "On trees", "Passed", "Failed", "Last tree"), flaky)
    yield ""
    yield from _notes()


def memory_lines(told: Sequence[str]) -> Iterator[str]:
    """What the memory of the tiers says, a line each; nothing where it says nothing."""
    if told:
        yield ""
        yield "Memory"
        yield from (wrapped(f"- {line}") for line in told)


def json_of(stats: LoopStats) -> dict[str, JsonValue]:
    """The same for scripts; what too few runs tell is null."""
    told: dict[str, JsonValue] = to_builtins(stats)
    return told


def _notes() -> Iterator[str]:
    what = "Usually: the median of working time, without waiting. Quartiles: half of the runs lie between."
    yield wrapped(f"{what} Trend: the last {LAST} runs against those before.")


def _cells(times: Durations) -> _Row:
    return words.usually(times), words.quartiles(times), words.trend(times.trend)


def _rate(rate: Rate) -> str:
    """A rate in its column: that there are too few is said beside it already."""
    return words.rate(rate) if rate.tells else "-"


def _section(header: _Row, rows: Sequence[_Row]) -> Iterator[str]:
    if rows:
        yield ""
        yield table(header, rows, least=[name for name in _LEAST if name in header])
