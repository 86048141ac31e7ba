"""All keys, by where they count, each with what it does and why it cannot be done now."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from loop_tui.tui.actions import ACTIONS, Action
from loop_tui.tui.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from loop_tui.tui.snapshot import Snapshot

_KEYS = 18


class HelpScreen(ModalScreen[None]):
    """Stays until escape, q or ? closes it; any other key is harmless."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("ctrl+d,pagedown", "scroll(10)", "half a page down", show=False),
        Binding("ctrl+u,pageup", "scroll(-10)", "half a page up", show=False),
        Binding("g,home", "scroll(-9999)", "beginning", show=False),
        Binding("G,end", "scroll(9999)", "end", show=False),
    ]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._snapshot = snapshot

    def compose(self) -> ComposeResult:
        """The list."""
        with VerticalScroll(classes="page", can_focus=False) as page:
            page.border_title = "Keys"
            page.border_subtitle = "esc, q or ? closes"
            yield Static(help_text(self._snapshot), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def help_text(snapshot: Snapshot) -> Content:
    """The keys as text."""
    lines: list[Content] = []
    for place, entries in groupby(ACTIONS, key=lambda entry: entry.where):
        lines += (
            [text_of((place, "bold $status-running"))]
            if not lines
            else [Content(), text_of((place, "bold $status-running"))]
        )
        lines += [_entry(entry, entry.blocked(snapshot)) for entry in entries]
    return lines_of(*lines)


def _entry(entry: Action, why: str) -> Content:
    keys = f"  {entry.shown_keys:<{_KEYS}}"
    if not why:
        return text_of((keys, "bold"), entry.text)
    return text_of((keys, MUTED), (entry.text, MUTED), (f"  – not now: {why}", "$status-waiting"))
