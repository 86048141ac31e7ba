"""One row for a text that may have several lines: shown in the row with a sign for each line's end.

A key opens it on lines of its own, another in the person's editor; both bring it back into the row. Neither submits it:
what a text decides is decided by the enter of its row.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from loop_tui.model.text import clean
from loop_tui.tui.actions import bound

from .edited_text import edited
from .foot import nothing_done
from .plain_input import PlainInput

LINE_END = "⏎"
"""How the end of a line is shown, in the one row that there is."""
TEXT_KEYS = ("text-lines", "text-editor")
_SECRET = "a secret can only be typed here, and is not stored"  # noqa: S105  # words, and no secret


def whole_text(value: str) -> str:
    """What was typed or pasted, with its lines."""
    return value.replace(LINE_END, "\n")


def in_one_row(text: str) -> str:
    """A text as the row shows it."""
    return LINE_END.join(map(clean, text.rstrip("\r\n").splitlines()))


class LongText(PlainInput):
    """The row. `start` is the text that one begins with elsewhere where nothing was typed yet."""

    BINDINGS: ClassVar[list[BindingType]] = [*map(bound, TEXT_KEYS)]
    start = ""

    @property
    def whole(self) -> str:
        """The text with its lines; where nothing was typed, what one begins with."""
        return whole_text(self.value) or self.start

    def pasted(self, text: str) -> str:
        """The whole text; Textual's takes its first line, and a message would lose its body without a word."""
        return super().pasted(text) if self.password else in_one_row(text)

    def take(self, text: str | None) -> None:
        """Show a text that was written elsewhere; None leaves what is there."""
        if text is not None:
            self.value = in_one_row(text)
            self.cursor_position = len(self.value)

    def action_lines(self) -> None:
        """Write it on several lines."""
        if self.password:
            nothing_done(self.app, _SECRET)
            return
        from .text_lines import TextScreen

        self.app.push_screen(TextScreen(self.whole), self.take)

    def action_in_editor(self) -> None:
        """Write it in the person's editor."""
        if self.password:
            nothing_done(self.app, _SECRET)
        else:
            self.take(edited(self.app, self.whole))
