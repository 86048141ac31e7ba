"""The input of one line that all our screens use: what is pasted into it is foreign text."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from loop_tui.model.text import clean

from .foot import nothing_done

LONGEST_PASTE = 64_000
"""So many characters are taken of a paste at most: the row is laid out anew for each key."""


class PlainInput(Input):
    """Textual's input, but that a paste brings no control characters, and none that reorder text, to the terminal."""

    def _on_paste(self, event: events.Paste) -> None:
        """Take the first line of it, cleaned; nothing of what is too long, and say so."""
        event.stop()
        event.prevent_default()
        if len(event.text) > LONGEST_PASTE:
            nothing_done(self.app, f"not pasted: {len(event.text):,} characters, at most {LONGEST_PASTE:,} fit")
        elif event.text:
            self.insert_text_at_cursor(self.pasted(event.text))

    def pasted(self, text: str) -> str:
        """What a paste of that text puts into the row."""
        return clean("".join(text.splitlines()[:1]))
