"""One row above the keys, with a hint as long as there is one for the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from loop_tui.tui.app import LoopApp


class HintRow(Static):
    """Takes no room when there is nothing to hint at."""

    DEFAULT_CSS = """
    HintRow { display: none; height: 1; padding: 0 1; text-wrap: nowrap; }
    HintRow.-shown { display: block; }
    .-tiny HintRow, .-flat HintRow { display: none; }
    """

    app: LoopApp

    def __init__(self, place: str) -> None:
        super().__init__(markup=False)
        self._place = place
        self._hushed = False
        self._text = ""

    def on_mount(self) -> None:
        """The hint is there with the first paint: one that came later would have all rows above it move."""
        self.renew()

    def renew(self) -> None:
        """Show the hint that is due now, or none."""
        self._text = text = self.app.hints.text(self._place)
        self.hush(self._hushed)
        self.update(text_of(("hint: ", "bold $status-running"), (text, MUTED)))

    def hush(self, hushed: bool) -> None:
        """Give way while something is asked of the person: its banner and its keys are what counts then."""
        self._hushed = hushed
        self.set_class(bool(self._text) and not hushed, "-shown")
