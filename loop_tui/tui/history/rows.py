"""An archived run as a row of the history, and what is known of the one that is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.model.clock import words
from loop_tui.model.status import word_of
from loop_tui.model.text import clean, one_line
from loop_tui.tui.widgets.glyphs import Appearance
from loop_tui.tui.widgets.sparkline import sparkline
from loop_tui.tui.widgets.words import MUTED, lines_of, look, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.model.archived_run import ArchivedRun

_MOST_TRENDS = 4
_GAP = "   "
_LOOKS = {
    "success": Appearance("✓", "done", "status-done"),
    "failed": Appearance("✗", "failed", "status-failed"),
    "abandoned": Appearance("–", "aborted", "status-skipped"),
    "partial": Appearance("●", "partial", "status-waiting"),
}


def about(run: ArchivedRun, runs: tuple[ArchivedRun, ...], width: int) -> Content:
    """How long runs of this loop worked, the oldest first, and the skills of this one, longest first.

    In as many rows of that width as they need; none is cut.
    """
    same = [other.working_ms for other in reversed(runs) if other.loop == run.loop and other.working_ms is not None]
    trends = [text_of((f"{one_line(run.loop, 30)} ", "bold"), (sparkline(same, 40), "$status-running"))]
    for skill, ms in sorted(run.durations.items(), key=lambda item: -item[1])[:_MOST_TRENDS]:
        past = [o.durations[skill] for o in reversed(runs) if o.loop == run.loop and skill in o.durations]
        trends.append(text_of((f"{one_line(skill, 24)} {words(ms)} ", MUTED), (sparkline(past, 12), "$status-running")))
    rows: list[Content] = []
    for trend in trends:
        beside = rows[-1] + text_of(_GAP) + trend if rows else trend
        if rows and beside.cell_length <= width:
            rows[-1] = beside
        else:
            rows.append(trend)
    return lines_of(*rows)


def row_of_run(run: ArchivedRun, *, marked: bool) -> Content:
    """When it ended, how, of what, how long it worked, what it released."""
    when = clean(run.completed_at)[:16].replace("T", " ")
    return text_of(
        ("◆ " if marked else "  ", "bold $status-waiting"),
        f"{when:<17}",
        look(_LOOKS[run.outcome.value]),
        " " * max(1, 11 - len(word_of(run.outcome))),
        (f"{one_line(run.system, 15):<16}", "bold"),
        f"{one_line(run.loop.removesuffix('-loop'), 12):<13}",
        f"{words(run.working_ms):>8}",
        (f"  {one_line(run.release, 20)}" if run.release else "", MUTED),
    )
