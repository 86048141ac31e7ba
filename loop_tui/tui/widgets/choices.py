"""A list of choices that may change while it is clicked."""

from __future__ import annotations

from textual import events
from textual.widgets import OptionList


class Choices(OptionList):
    """Textual's list, which in 8.2 fails for a click on a row that has gone, and for a page where none is shown."""

    def _on_click(self, event: events.Click) -> None:  # type: ignore[override]
        clicked = event.style.meta.get("option")
        if clicked is not None and clicked >= self.option_count:
            event.prevent_default()

    @property
    def _has_page(self) -> bool:
        """False for an empty list, and for one that has no room yet."""
        return bool(self.option_count and self.scrollable_content_region)

    def action_page_up(self) -> None:
        """A page up, where there is one."""
        if self._has_page:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page down, where there is one."""
        if self._has_page:
            super().action_page_down()  # type: ignore[no-untyped-call]
