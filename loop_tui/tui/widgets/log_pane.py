"""The skill log: one stream with a header a skill, painted line by line, only what is visible (PERF "Log pane")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from loop_tui.model.text import clean
from loop_tui.tui.actions import LOG, bindings
from loop_tui.tui.log_store import HEADER, LogStore

from .line import strip_of

_GUTTER = {
    "out": "  ",
    "err": "┆ ",
    "cmd": "$ ",
    "info": "· ",
    "ok": "✓ ",
    "warn": "! ",
    "error": "✗ ",
    "head": "",
}
_PREFIX = 20
"""About how much of a raw line is time, skill and level, and is not shown."""
_SIDEWAYS = 8


class LogPane(ScrollView, can_focus=True):
    """The log. It follows the end until the person scrolls up, and then says how many lines are new."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOG)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log--{name}" for name in ("out", "err", "cmd", "info", "ok", "warn", "error", "head", "empty")),
    }

    def __init__(self, store: LogStore | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.store = store or LogStore()
        self.following = True
        self.hint = "nothing yet"
        self._seen = 0
        self.border_title = "Log"

    @property
    def new_lines(self) -> int:
        """How many lines came since the pane stopped following."""
        return 0 if self.following else self.store.total - self._seen

    def write(self, raw: Sequence[str], *, anew: bool = False) -> None:
        """Add a batch of raw lines of an output log, at most 30 times a second; `anew` forgets what was there."""
        if anew:
            self.store.clear()
            self.following = True
        gone = self.store.extend(raw)
        self.virtual_size = Size(max(0, self.store.widest - _PREFIX), len(self.store))
        if self.following:
            self._to_end()
        elif gone:
            self.scroll_to(y=max(0, self.scroll_y - gone), animate=False)
        self.refresh()
        self._label()

    def suggest(self, hint: str) -> None:
        """Say what to do while there are no lines."""
        if hint != self.hint:
            self.hint = hint
            self.refresh()

    def _to_end(self) -> None:
        self.scroll_to(y=max(0, len(self.store) - self.size.height), animate=False, force=True)

    def _label(self) -> None:
        new = self.new_lines
        label = "" if self.following else f"{new} new · f follows" if new else "f follows"
        if label != self.border_subtitle:
            self.border_subtitle = label

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolls up reads; whoever comes back to the end follows."""
        super().watch_scroll_y(old_value, new_value)
        at_end = round(new_value) >= len(self.store) - self.size.height
        if at_end:
            self.following = True
        elif new_value < old_value and self.following:
            self.following = False
            self._seen = self.store.total
        self._label()

    def on_resize(self, event: events.Resize) -> None:
        """A smaller pane still shows the end when it follows."""
        if self.following:
            self._to_end()

    def action_lines(self, count: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_y + count, animate=False)

    def action_sideways(self, direction: int) -> None:
        """Scroll along long lines."""
        self.scroll_to(x=self.scroll_x + direction * _SIDEWAYS, animate=False)

    def action_half_page(self, direction: int) -> None:
        """Scroll by half of what is visible, times the direction."""
        self.scroll_to(y=self.scroll_y + direction * max(1, self.size.height // 2), animate=False)

    def action_top(self) -> None:
        """Show the oldest line that is kept."""
        self.scroll_to(y=0, animate=False)

    def action_follow(self) -> None:
        """Show the end, and stay there."""
        self.following = True
        self._to_end()
        self._label()

    def render_line(self, y: int) -> Strip:
        """One visible line: decoded, cleaned and styled here and not before."""
        width = self.size.width
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self.store):
            if not len(self.store) and y == 0:
                return strip_of([(f"  {self.hint}", self.get_component_rich_style("log--empty"))], width, base)
            return Strip.blank(width, base)
        raw = self.store[place]
        if raw.startswith(HEADER):
            return self._header(clean(raw[1:]), width, base)
        return self._line(raw, self.scroll_offset.x, width, base)

    def _line(self, raw: str, left: int, width: int, base: Style) -> Strip:
        from loop_tui.files.outputlog import decode

        line = decode(raw)
        level = line.level.value
        text = " ".join(line.text.expandtabs(4).split("\n"))
        if level == "head":
            return self._header(text, width, base)
        # Cutting before measuring: of a megabyte on one line only the part in view is looked at.
        text = text[: left + width + 1] if text.isascii() else text[: left + 2 * width]
        style = self.get_component_rich_style(f"log--{level}")
        strip = Strip([Segment(_GUTTER.get(level, "  "), style), Segment(text, style)])
        if strip.cell_length <= left + width:
            return strip.crop_extend(left, left + width, base)
        more = Strip([Segment("›", self.get_component_rich_style("log--empty"))])
        return Strip.join([strip.crop_extend(left, left + width - 1, base), more])

    def _header(self, skill: str, width: int, base: Style) -> Strip:
        style = self.get_component_rich_style("log--head")
        title = f"━━ {skill} "
        return strip_of([(title, style), ("━" * max(0, width - cell_len(title)), style)], width, base)
