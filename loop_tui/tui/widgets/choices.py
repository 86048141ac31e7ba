"""A list of choices that may change while it is clicked."""

from __future__ import annotations

from textual import events
from textual.widgets import OptionList


class Choices(OptionList):
    """Textual's list, which in 8.2 fails for a click on a row that has gone since it was painted."""

    def _on_click(self, event: events.Click) -> None:  # type: ignore[override]
        clicked = event.style.meta.get("option")
        if clicked is not None and clicked >= self.option_count:
            event.prevent_default()
