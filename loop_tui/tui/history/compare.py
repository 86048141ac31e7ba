"""Two runs, phase by phase; the older one stands first, and the other is compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from loop_tui.control.loops import find
from loop_tui.control.shipped import shipped_in
from loop_tui.engine.compare import Comparison, Pair, compare, older_first
from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.tui.actions import bound, with_keys
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.line import fit
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from loop_tui.model.runs import RunSummary


class CompareScreen(ModalScreen[None], Dialog[None]):
    """Stays until it is closed."""

    CSS_PATH = "../widgets/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bound("history-compare", "close")]

    def __init__(self, first: RunSummary, second: RunSummary, project: Path) -> None:
        super().__init__()
        self._runs = older_first(first, second)
        self._project = project

    def compose(self) -> ComposeResult:
        """The table."""
        first, second = self._runs
        try:
            definition = find(self._project, second.loop).definition
        except Problem:
            definition = None
        with VerticalScroll(classes="page", can_focus=False) as page:
            page.border_title = "Compare"
            page.border_subtitle = with_keys("{dialog-close}: close")
            yield Static(compared(first, second, compare(first, second, definition)), markup=False)

    @property
    def content(self) -> Widget:
        """The page with the table."""
        return self.query_one(VerticalScroll)


def compared(first: RunSummary, second: RunSummary, found: Comparison) -> Content:
    """The comparison as text."""
    names = text_of((f"{'':<26}", ""), *((f"{fit(_name(run), 17):<18}", "bold") for run in (first, second)))
    header = text_of(
        (f"{'':<26}", ""),
        (f"{_moment(first.completed_at):<18}", MUTED),
        (f"{_moment(second.completed_at):<18}", MUTED),
        ("change", "bold"),
    )
    lines = [names, header, _pair(found.total, "bold")]
    for phase in found.phases:
        lines += [Content(), _pair(phase, "bold")]
        lines += [_pair(skill, "", "  ") for skill in found.skills if skill.phase == phase.name]
    rest = [skill for skill in found.skills if not skill.phase]
    if rest:
        lines += [Content(), *(_pair(skill, "") for skill in rest)]
    lines += [Content(), text_of(("What else differs", "bold"))]
    lines += [
        text_of(f"{one_line(what, 40)}: ", (one_line(old, 80), MUTED), " → ", one_line(new, 80))
        for what, old, new in found.differences
    ] or [text_of(("nothing", MUTED))]
    return lines_of(*lines)


def _name(run: RunSummary) -> str:
    """The project, with the version that it released."""
    version = shipped_in(run).version
    return one_line(f"{run.system} {version}" if version else run.system, 60)


def _moment(timestamp: str) -> str:
    return one_line(timestamp, 40)[:16].replace("T", " ")


def _pair(pair: Pair, style: str, indent: str = "") -> Content:
    first, second = (words(ms) if ms is not None else "–" for ms in pair.ms)
    change = pair.change_ms
    said, tone = "", MUTED
    if change is not None:
        said = f"{'+' if change > 0 else '−' if change < 0 else '±'}{words(abs(change))}"
        tone = "$status-failed" if change > 0 else "$status-done" if change < 0 else MUTED
    return text_of(
        (f"{indent}{one_line(pair.name, 24):<{26 - len(indent)}}", style), f"{first:<18}{second:<18}", (said, tone)
    )
