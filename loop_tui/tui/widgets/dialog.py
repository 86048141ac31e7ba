"""What all dialogs have in common: their keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.screen import ScreenResultType
from textual.widget import Widget
from textual.widgets import OptionList

from loop_tui.tui.actions import DIALOG, bindings

from .dismiss_once import LeftOnce


class Dialog(LeftOnce[ScreenResultType]):
    """A dialog of one list, or of one text that is longer than the screen. Stands after ModalScreen among the bases."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DIALOG)]

    @property
    def content(self) -> Widget:
        """What is moved in."""
        return self.query_one(OptionList)

    def action_close(self) -> None:
        """Close, with nothing chosen."""
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        """One down or up."""
        content = self.content
        if isinstance(content, OptionList):
            _select(content, (content.highlighted or 0) + step, step)
        else:
            content.scroll_relative(y=step, animate=False)

    def action_half_page(self, direction: int) -> None:
        """Half a page down or up."""
        self.action_move(direction * max(1, self.content.size.height // 2))

    def action_edge(self, end: int) -> None:
        """To the beginning or the end."""
        content = self.content
        if isinstance(content, OptionList):
            # From the far side inwards: what stands there may be a heading.
            _select(content, 0 if end < 0 else content.option_count - 1, end)
        else:
            content.scroll_to(y=0 if end < 0 else content.virtual_size.height, animate=False)


def _select(listed: OptionList, wanted: int, direction: int) -> None:
    """Select the entry at a place, or the next one that way which can be chosen."""
    count = listed.option_count
    at = max(0, min(count - 1, wanted))
    step = 1 if direction > 0 else -1
    while 0 <= at < count and listed.get_option_at_index(at).disabled:
        at += step
    if 0 <= at < count:
        listed.highlighted = at
    elif direction < 0:
        # Above the first entry stands only its heading: show that.
        first = next((i for i in range(count) if not listed.get_option_at_index(i).disabled), None)
        listed.highlighted = first
        listed.scroll_home(animate=False)
