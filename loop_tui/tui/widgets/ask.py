"""A small dialog that asks for a text, and refuses an empty one."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from loop_tui.model.text import clean
from loop_tui.tui.actions import bound, with_keys
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.long_text import LongText, whole_text
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import text_of


class AskScreen(ModalScreen[str | None], LeftOnce[str | None]):
    """Gives the text, or None when the person leaves with escape.

    `noun` is what must not be missing; `long` where it may have several lines.
    """

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [bound("prompt-leave")]

    def __init__(self, title: str, prompt: str, noun: str, *, long: bool = False) -> None:
        super().__init__()
        self._title = clean(title)
        self._prompt = prompt
        self._noun = noun
        self._long = long

    def compose(self) -> ComposeResult:
        """The prompt, the input, and room to say what is wrong."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text_of(self._title)
            more = "{text-lines}: several lines · {text-editor}: editor · " if self._long else ""
            dialog.border_subtitle = with_keys(f"enter: run · {more}{{prompt-leave}}: cancel")
            yield Static(text_of(self._prompt), markup=False)
            yield (LongText if self._long else PlainInput)(placeholder=self._noun, compact=True)
            yield Static("", classes="wrong", id="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Submit the text, unless there is none."""
        event.stop()
        text = clean(whole_text(event.value)).strip()
        if not text:
            self.query_one("#wrong", Static).update(f"✗ {self._noun} required: nothing was done")
            return
        self.dismiss(text)

    def action_cancel(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)
