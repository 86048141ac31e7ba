"""The keys of the list of runs: what enter does now comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loop_tui.control.board_row import CALLS
from loop_tui.tui.actions import HOME, bar_actions
from loop_tui.tui.cockpit.bars import KeyBar
from loop_tui.tui.cockpit.enter_word import enter_word
from loop_tui.tui.widgets.foot import TYPING, FootKey, keys_text

if TYPE_CHECKING:
    from textual.widget import Widget

    from loop_tui.tui.home.screen import HomeScreen

_KEPT = ("home-help", "home-quit")


class HomeBar(KeyBar):
    """Renewed after each key, as the key bar of the cockpit is."""

    def _focus_moved(self, focused: Widget | None) -> None:
        self.renew()

    def renew(self) -> None:
        """Say what enter does for the row under the cursor, or in the panel."""
        home = cast("HomeScreen", self.screen)
        focused = self.screen.focused
        enter = home.enter_word() if focused is home.runs else enter_word(home, focused)
        said = [FootKey("enter", enter, keep=True)] if enter else []
        if home.in_panel or focused is not home.runs:
            said += [TYPING[1]]
        else:
            needed = any(row.group in CALLS for row in home.runs.rows)
            said += [
                FootKey(_key_of(e.shown_keys), e.bar, e.id != "home-needs" or needed, e.id in _KEPT)
                for e in bar_actions(HOME)
                if e.bar != enter
            ]
        text = keys_text(said, self.size.width or self.app.size.width)
        if self._text is None or not text.is_same(self._text):
            self._text = text
            self.update(text)


def _key_of(keys: str) -> str:
    """The first key that is not enter: that one is said already."""
    return next((key for key in keys.split(" ") if key != "enter"), keys)
