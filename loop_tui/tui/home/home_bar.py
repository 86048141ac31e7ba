"""The keys of the list of runs: what enter does now comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len

from loop_tui.tui.actions import HOME, bar_actions
from loop_tui.tui.cockpit.bars import KeyBar
from loop_tui.tui.cockpit.enter_word import enter_word
from loop_tui.tui.widgets.words import text_of

if TYPE_CHECKING:
    from textual.widget import Widget

    from loop_tui.tui.home.screen import HomeScreen

_KEY = "bold $status-running"


class HomeBar(KeyBar):
    """Renewed after each key, as the key bar of the cockpit is."""

    def _focus_moved(self, focused: Widget | None) -> None:
        self.renew()

    def renew(self) -> None:
        """Say what enter does for the row under the cursor, or in the panel."""
        home = cast("HomeScreen", self.screen)
        focused = self.screen.focused
        enter = home.enter_word() if focused is home.runs else enter_word(home, focused)
        said = [("enter", enter)] if enter else []
        if home.in_panel or focused is not home.runs:
            said += [("esc", "back")]
        else:
            said += [(_key_of(entry.shown_keys), entry.bar) for entry in bar_actions(HOME) if entry.bar != enter]
        parts: list[tuple[str, str]] = []
        for key, word in said:
            if sum(cell_len(t) for t, _ in parts) + len(key) + len(word) + 3 <= (self.size.width or 80):
                parts += [(f" {key} ", _KEY), (f"{word}  ", "")]
        self.update(text_of(*parts))


def _key_of(keys: str) -> str:
    """The first key that is not enter: that one is said already."""
    return next((key for key in keys.split(" ") if key != "enter"), keys)
