"""The visible rows of the log: decoded, cleaned and styled when they are painted, not before (PERF "Log pane")."""

from __future__ import annotations

from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from loop_tui.model.failed_tests import MARK
from loop_tui.model.text import clean
from loop_tui.tui.cockpit.log_steps import Step
from loop_tui.tui.cockpit.log_store import HEADER, LogStore
from loop_tui.tui.cockpit.log_view import LogView
from loop_tui.tui.widgets.line import strip_of

from .log_folded import folded_text
from .log_line import cut, highlighted, pieces_of
from .log_slices import LogSlices

GUTTER = {
    "out": "  ",
    "err": "┆ ",
    "cmd": "$ ",
    "info": "· ",
    "ok": "✓ ",
    "warn": "! ",
    "error": "✗ ",
    "head": "",
}
GUTTER_CELLS = 2
TIME_CELLS = 9


class LogPainting(LogSlices):
    """How a log pane paints a row. Whoever inherits fills the store, and sets these."""

    store: LogStore
    view: LogView
    mark: int | None
    hint: str
    needle: str
    times: bool

    _base: Style | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible rows; what they have in common is looked up once."""
        self._base = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._base = None

    def render_line(self, y: int) -> Strip:
        """One visible row: decoded, cleaned and styled here and not before."""
        base = self.rich_style if self._base is None else self._base
        # The scrollbar lies over what `size` counts.
        return self._row(y, self.scrollable_content_region.width, base).extend_cell_length(self.size.width, base)

    def _row(self, y: int, width: int, base: Style) -> Strip:
        row = y + self.scroll_offset.y
        if row >= len(self.view):
            said = self._hinted(y, width) if not len(self.view) else ""
            if said:
                return strip_of([(f"  {said}", self.get_component_rich_style("log--empty"))], width, base)
            return Strip.blank(width, base)
        index, part = self.view.at(row)
        step = self.view.step_at(row)
        if step is not None:
            return self._folded(step, index == self.mark, width, base)
        raw = self.store[index]
        if raw.startswith(HEADER):
            return self._header(clean(raw[1:]), width, base)
        return self._line(raw, part, index == self.mark, width, base)

    def _hinted(self, y: int, width: int) -> str:
        """What a row says while no line is shown."""
        hint = wrap("no matching lines: esc shows all" if len(self.store) else self.hint, max(1, width - GUTTER_CELLS))
        return hint[y] if y < len(hint) else ""

    def _line(self, raw: str, part: int, marked: bool, width: int, base: Style) -> Strip:
        from loop_tui.storage.log.line import printed

        line, parts = printed(raw)
        level = line.level.value
        if level == "head":
            return self._header(line.text, width, base)
        left = self.scroll_offset.x
        style = self.get_component_rich_style(f"log--{level}")
        gutter = GUTTER.get(level, "  ") if part == 0 else "  "
        front = [("▌ " if marked and part == 0 else gutter, style)]
        if self.times:
            from loop_tui.tui.cockpit.log_file import time_of

            stamp = time_of(line) if part == 0 else ""
            front.insert(0, (f"{stamp:<{TIME_CELLS}}", self.get_component_rich_style("log--empty")))
        text = pieces_of(parts, style)
        if level == "error" and line.text.lstrip().startswith(MARK) and not (marked and part == 0):
            front[-1] = ("  ", style)  # A failed test has a mark of its own.
        if not self.view.width:
            # Cutting before measuring: of a megabyte on one line only the part in view is looked at.
            text = cut(text, left + 2 * width)
        text = highlighted(text, self.needle, self.get_component_rich_style("log--found"))
        strip = Strip([Segment(*piece) for piece in text])
        if self.view.width:
            strip, left = strip.crop(part * self.view.width, (part + 1) * self.view.width), 0
        strip = Strip.join([Strip([Segment(*piece) for piece in front]), strip])
        if strip.cell_length <= left + width:
            return strip.crop_extend(left, left + width, base)
        more = Strip([Segment("›", self.get_component_rich_style("log--empty"))])
        return Strip.join([strip.crop_extend(left, left + width - 1, base), more])

    def _header(self, skill: str, width: int, base: Style) -> Strip:
        style = self.get_component_rich_style("log--head")
        title = f"━━ {skill} "
        return strip_of([(title, style), ("━" * max(0, width - cell_len(title)), style)], width, base)

    def _folded(self, step: Step, marked: bool, width: int, base: Style) -> Strip:
        title, said, rest = folded_text(step, self.view.lines_of(step), width - 2)
        style = self.get_component_rich_style("log--error" if step.state == "failed" else "log--ok")
        dim = self.get_component_rich_style("log--empty")
        room = max(0, width - 2 - cell_len(title) - cell_len(rest) - 4)
        said = said if cell_len(said) <= room else f"{set_cell_size(said, max(0, room - 1))}›" if room else ""
        glyph = GUTTER["error" if step.state == "failed" else "ok"][:1] + ("▌" if marked else " ")
        plain = self.get_component_rich_style("log--out")
        pieces = [(glyph, style), (title, style), (f"  {said}" if said else "", plain), (f"  {rest}", dim)]
        return strip_of(pieces, width, base)
