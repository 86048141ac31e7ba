"""A text on several lines. It is only written here: the row that it came from submits it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from loop_tui.model.text import clean
from loop_tui.tui.actions import bound, with_keys

from .dismiss_once import LeftOnce
from .edited_text import edited

_KEYS = "enter: new line · {text-done}: done · {text-editor}: editor · {prompt-leave}: cancel"


class TextBox(TextArea):
    """The text; what is pasted is cleaned."""

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(clean(event.text), *self.selection, maintain_selection_offset=False)


class TextScreen(ModalScreen[str | None], LeftOnce[str | None]):
    """Gives the text, or None when the person leaves it as it was."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("prompt-leave"),
        *(bound(name, priority=True) for name in ("text-done", "text-editor")),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = clean(text)

    def compose(self) -> ComposeResult:
        """One page."""
        with Vertical(classes="page") as page:
            page.border_title = "Text"
            page.border_subtitle = with_keys(_KEYS)
            yield TextBox(self._text, soft_wrap=True, tab_behavior="focus", compact=True)

    def on_mount(self) -> None:
        """Write on at its end."""
        area = self.query_one(TextBox)
        area.focus()
        area.move_cursor(area.document.end)

    def action_done(self) -> None:
        """The text is as it is to be; nothing is submitted by that."""
        self.dismiss(self.query_one(TextBox).text)

    def action_in_editor(self) -> None:
        """Write it in the person's editor."""
        area = self.query_one(TextBox)
        text = edited(self.app, area.text)
        if text is not None:
            area.load_text(text)
            area.move_cursor(area.document.end)

    def action_cancel(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)
