"""Statistics as rows for the screen: names, numbers, and a sparkline in the room that is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loop_tui.model.stats import words
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets.line import fit
from loop_tui.tui.widgets.sparkline import sparkline
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from loop_tui.model.stats.values import Durations, LoopStats

_NAME, _USUALLY, _QUARTILES, _TREND, _MORE = 22, 9, 19, 7, 12
_COLUMNS = _NAME + _USUALLY + _QUARTILES + _TREND
_SLOWER = "$status-waiting"
_MOST = 40


def loop_row(stats: LoopStats, width: int) -> Content:
    """A loop on a system in one row."""
    room = width - _COLUMNS - _MORE
    name = f"{stats.loop.removesuffix('-loop')} {stats.system}"
    return _row(name, stats.whole, words.rate(stats.success) if stats.success.tells else "", room, "bold")


def details(stats: LoopStats, width: int) -> Content:
    """All that is known of a loop on a system."""
    room = width - _COLUMNS - _MORE
    lines = [
        text_of((one_line(words.name_of(stats), 100), "bold"), f"  {count_of(stats.runs, 'run')}"),
        text_of((f"working time {words.whole(stats.whole)}", MUTED)),
    ]
    lines += _section("Phase", "runs", [(each, str(each.count)) for each in stats.phases], room)
    skills = [(each.times, _tried(words.rate(each.success), each.retried.hits)) for each in stats.skills]
    lines += _section("Skill", "done ↻retried", skills, room)
    lines += _section("Target", "runs", [(each, str(each.count)) for each in stats.targets], room)
    gates = [(each.times, one_line(each.by, 20) or "all") for each in stats.gates]
    lines += _section("Gate waits", "for", gates, room)
    if stats.flaky:
        lines += [text_of(), text_of(("Flaky checks", "bold"), ("  passed and failed on the same tree", MUTED))]
        lines += [
            text_of(
                f"  {fit(one_line(each.name, 60), _NAME - 2):<{_NAME - 2}}",
                (f"on {each.flaky.hits} of {count_of(each.flaky.total, 'tree')}", _SLOWER),
                (f"  {each.passed} passed, {each.failed} failed", MUTED),
            )
            for each in stats.flaky
        ]
    return lines_of(*lines)


def _tried(done: str, retried: int) -> str:
    return f"{done} ↻{retried}" if retried and done != words.TOO_FEW else "" if done == words.TOO_FEW else done


def _section(title: str, more: str, rows: Sequence[tuple[Durations, str]], room: int) -> Iterator[Content]:
    if not rows:
        return
    header = f"{'usually':<{_USUALLY}}{'quartiles':<{_QUARTILES}}{'trend':<{_TREND}}{more}"
    yield text_of()
    yield text_of((f"{title:<{_NAME}}", "bold"), (header, MUTED))
    for times, told in rows:
        yield _row(f"  {one_line(times.name, 60)}", times, told, room)


def _row(name: str, times: Durations, more: str, room: int, style: str = "") -> Content:
    change = words.trend(times.trend)
    return text_of(
        (_cell(name, _NAME), style),
        _cell(words.usually(times), _USUALLY),
        (_cell(words.quartiles(times), _QUARTILES), MUTED),
        (_cell(change, _TREND), _SLOWER if change.startswith("+") else MUTED),
        (_cell(more, _MORE), MUTED),
        (sparkline(times.took_ms, min(room, _MOST)), "$status-running"),
    )


def _cell(text: str, width: int) -> str:
    from rich.cells import cell_len

    cut = fit(text, width - 1)
    return cut + " " * (width - cell_len(cut))
