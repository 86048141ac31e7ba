"""What enter does now, in the words of the footer (SCREEN "Focus")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from loop_tui.model.text import one_line
from loop_tui.tui.actions import LOG, bar_actions
from loop_tui.tui.widgets.foot import FootKey

from .gate_panel import GatePanel
from .log_area import LogInput
from .log_pane import LogPane
from .phase_tree import PhaseTree

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

_LONGEST = 24


def enter_word(screen: Screen[Any], focused: Widget | None) -> str:
    """The words after `enter`; nothing where it does nothing."""
    if isinstance(focused, PhaseTree):
        return _in_tree(focused)
    if isinstance(focused, LogPane | LogInput):
        return focused.enter_word()
    panel = next(iter(screen.query(GatePanel)), None)
    if panel is not None and focused is not None and panel in focused.ancestors_with_self:
        return one_line(panel.enter_word(), _LONGEST)
    return "submit" if isinstance(focused, Input) else ""


def log_keys(focused: Widget | None) -> list[FootKey]:
    """The keys of the log where it has the focus; following is offered in place of the raw stream to who reads up."""
    if not isinstance(focused, LogPane):
        return []
    out = "log-follow" if focused.following else "log-raw"
    return [FootKey(each.shown_keys.split(" ")[0], each.bar) for each in bar_actions(LOG) if each.id != out]


def _in_tree(tree: PhaseTree) -> str:
    row = tree.row_at_cursor()
    if row is None:
        return ""
    if row.kind in ("file", "check"):
        return "open"
    if not row.foldable:
        return ""
    return "unfold" if row.id in tree.folded else "fold"
