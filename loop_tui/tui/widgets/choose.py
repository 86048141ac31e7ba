"""A small dialog that offers a few choices; the first one is what enter alone takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.tui.actions import with_keys
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.guard import Guard
from loop_tui.tui.widgets.held_choices import HeldChoices
from loop_tui.tui.widgets.words import lines_of, text_of

if TYPE_CHECKING:
    from loop_tui.tui.app import LoopApp


class ChooseScreen(ModalScreen[str | None], Dialog[str | None]):
    """Gives the id of what was chosen, or None when the person leaves with escape.

    `preview` is told what is selected, each time; `lines` are what is to be read before. One that stands `aside` leaves
    the screen below as it is: it is what the person wants to see.

    Nothing is chosen before the dialog could be read (SCREEN "Answers"): for a moment after it was painted enter does
    not count, and no key at all where the dialog opened `by_itself`. Where each choice `asks_on`, enter decides nothing
    yet, and counts at once: what is typed behind it belongs to what it opens.
    """

    CSS_PATH = "dialog.tcss"
    app: LoopApp

    def __init__(
        self,
        title: str,
        options: Sequence[tuple[str, str]],
        *,
        preview: Callable[[str], object] | None = None,
        lines: Sequence[str | Content] = (),
        aside: bool = False,
        by_itself: bool = False,
        asks_on: bool = False,
    ) -> None:
        self.guard = Guard(self.app.clock)
        self._by_itself = by_itself
        self._asks_on = asks_on
        super().__init__(classes="-aside" if aside else "")
        self._lines = tuple(lines)
        self._title = title
        self._options = tuple(options)
        self._preview = preview

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text_of(self._title)
            dialog.border_subtitle = with_keys("enter: choose · {dialog-close}: cancel")
            if self._lines:
                with VerticalScroll(classes="told"):
                    yield Static(lines_of(*map(text_of, self._lines)), markup=False)
            yield HeldChoices(self.guard, *[Option(text_of(text)) for _, text in self._options])

    def on_mount(self) -> None:
        """The first choice is selected."""
        choices = self.query_one(OptionList)
        choices.highlighted = 0
        choices.focus()
        if self._asks_on:
            self.guard.let_through()
            return
        if not self._by_itself:
            self.guard.opened_by_key()
        # The moment begins when the text can be read.
        self.call_after_refresh(self.guard.renew)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show what the choice would do, where there is a way to."""
        event.stop()
        if self._preview is not None:
            self._preview(self._options[event.option_index][0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was chosen."""
        event.stop()
        if not self.guard.holds_enter:
            self.dismiss(self._options[event.option_index][0])
