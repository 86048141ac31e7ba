"""A list of choices that may change while it is clicked."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import OptionList

from .line import CURSOR


class Choices(OptionList):
    """Textual's list, with a sign before the choice that enter takes.

    Textual's own fails in 8.2 for a click on a row that has gone, and for a page where none is shown.
    """

    # Textual makes what has the focus a shade lighter, and colours are chosen for the ground that the theme names.
    DEFAULT_CSS = """
    Choices:focus {
        background-tint: transparent;
    }
    """

    def _get_left_gutter_width(self) -> int:
        return len(CURSOR) + 1

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The height that it takes in so many cells; Textual's forgets the sign."""
        return super().get_content_height(container, viewport, width - self._get_left_gutter_width())

    def render_line(self, y: int) -> Strip:
        """One row; the background alone would tell nothing without colours."""
        strip = super().render_line(y)
        at = self.scroll_offset.y + y
        if at >= len(self._lines):
            return strip
        index, part = self._lines[at]
        here = index == self.highlighted and part == 0 and not self.options[index].disabled
        style = next((segment.style for segment in strip if segment.style is not None), None)
        return Strip.join([Strip([Segment(f"{CURSOR} " if here else "  ", style)]), strip])

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
