"""A long text to be read: wrapped to the width, painted line by line, only what is visible."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .line import strip_of
from .word_wrap import word_rows

_AT_ONCE = 100_000
"""Characters that are wrapped without leaving the event loop."""
_TAB = 4
TextRow = tuple[int, str]
"""The number of a line, counted from 0, and the part of it that fits."""


class TextPage(ScrollView, can_focus=True):
    """The text. Lines may have a tone: added, removed, place or head, as in a diff."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "text--number", "text--added", "text--removed", "text--place", "text--head", "text--found",
    }  # fmt: skip

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.text = ""
        self.numbers = False
        self.words = False
        """Whether lines are broken between words: what is read is, a source and what differs is not."""
        self._lines: tuple[str, ...] = ()
        self._tones: tuple[str, ...] = ()
        self._rows: Sequence[TextRow] = ()

    def show(self, text: str, tones: Sequence[str] = (), *, numbers: bool = False) -> None:
        """Show a text that was cleaned, from its beginning when it is another one."""
        if text != self.text:
            self.scroll_to(0, 0, animate=False)
        self.text, self._tones, self.numbers = text, tuple(tones), numbers
        self._lines = tuple(line.expandtabs(_TAB) for line in text.split("\n"))
        self._wrap()

    def show_line(self, number: int) -> None:
        """Scroll so far that a line is visible, with some of what stands around it."""
        row = next((at for at, (line, _) in enumerate(self._rows) if line == number), None)
        if row is None or self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
            return
        self.scroll_to(y=max(0, row - self.size.height // 3), animate=False)

    def keep_visible(self, number: int) -> None:
        """Scroll no further than it takes to see the whole of a line."""
        rows = [at for at, (line, _) in enumerate(self._rows) if line == number]
        top, height = self.scroll_offset.y, self.size.height
        if rows and not top <= rows[0] <= rows[-1] < top + height:
            self.scroll_to(y=rows[0] if rows[0] < top else min(rows[0], rows[-1] - height + 1), animate=False)

    def on_resize(self) -> None:
        """What fits depends on the width."""
        self._wrap()

    def watch_show_vertical_scrollbar(self) -> None:
        """A scroll bar that comes with a text takes its columns from it, and no resize says so."""
        self._wrap()

    @property
    def _gutter(self) -> int:
        return len(str(len(self._lines))) + 2 if self.numbers else 0

    def _wrap(self) -> None:
        width = max(8, self.scrollable_content_region.width - self._gutter)
        if len(self.text) <= _AT_ONCE:
            self._put(list(self._wrapped(self._lines, width)))
        else:
            self.run_worker(self._wrap_aside(self._lines, width), group="wrap", exclusive=True)

    async def _wrap_aside(self, lines: tuple[str, ...], width: int) -> None:
        rows = await asyncio.to_thread(lambda: list(self._wrapped(lines, width)))
        if lines is self._lines:
            self._put(rows)

    def _wrapped(self, lines: Sequence[str], width: int) -> Iterator[TextRow]:
        return (word_rows if self.words else wrapped)(lines, width)

    def _put(self, rows: Sequence[TextRow]) -> None:
        self._rows = rows
        self.virtual_size = Size(0, len(rows))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of what is visible."""
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        base = self.rich_style
        if at >= len(self._rows):
            return Strip.blank(width, base)
        number, part = self._rows[at]
        tone = self._tones[number] if number < len(self._tones) else ""
        style = base + self.get_component_rich_style(f"text--{tone}", partial=True) if tone else base
        pieces: list[tuple[str, Style]] = [(part, style)]
        if self._gutter:
            first = at == 0 or self._rows[at - 1][0] != number
            label = str(number + 1) if first else ""
            muted = base + self.get_component_rich_style("text--number", partial=True)
            pieces.insert(0, (f"{label:>{self._gutter - 2}}  ", muted))
        return strip_of(pieces, width, base)


def wrapped(lines: Sequence[str], width: int) -> Iterator[TextRow]:
    """Every line in parts of at most so many cells."""
    for number, line in enumerate(lines):
        if line.isascii():
            yield number, line[:width]
            for start in range(width, len(line), width):
                yield number, line[start : start + width]
        elif len(line) * 2 <= width or cell_len(line) <= width:
            yield number, line
        else:
            for part in _folded(line, width):
                yield number, part


def _folded(line: str, width: int) -> Iterator[str]:
    start = used = 0
    for at, character in enumerate(line):
        cells = get_character_cell_size(character)
        if used + cells > width:
            yield line[start:at]
            start, used = at, 0
        used += cells
    yield line[start:]
