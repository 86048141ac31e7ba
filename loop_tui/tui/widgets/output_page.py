"""What a command printed, to be read."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from loop_tui.model.text import one_line
from loop_tui.tui.actions import with_keys

from .dialog import Dialog
from .text_page import TextPage
from .words import text_of

_RUNNING = "running…"
_SHARE = 0.96
_FRAME = 5
"""Border, padding and scrollbar (`.page` of dialog.tcss)."""


def page_columns(width: int) -> int:
    """The cells of a row of the page on a screen of this width."""
    return max(int(width * _SHARE) - _FRAME, 1)


class OutputPage(ModalScreen[None], Dialog[None]):
    """A page of text that was cleaned; without one it is still to come."""

    CSS_PATH = "dialog.tcss"

    def __init__(self, title: str, text: str = _RUNNING) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """One page."""
        with Vertical(classes="page") as page:
            page.border_title = text_of(one_line(self._title, 80))
            page.border_subtitle = with_keys("{dialog-close}: close")
            yield TextPage()

    @property
    def content(self) -> TextPage:
        """The text."""
        return self.query_one(TextPage)

    def on_mount(self) -> None:
        """Show what there is."""
        self.content.words = True
        self.content.show(self._text)
        self.content.focus()

    def show(self, text: str) -> None:
        """Show another text; a page that was closed shows nothing any more."""
        self._text = text
        if self.is_mounted and self.query(TextPage):
            self.content.show(text)
