"""The list of many runs: only the rows in view are drawn, so that a thousand cost no more than forty."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from loop_tui.control.board_row import (
    BLOCKED,
    CALLS,
    DONE,
    ELSEWHERE,
    FAILED,
    GROUPS,
    NEEDS_YOU,
    QUIET,
    RUNNING,
    STOPPED,
    WITHOUT,
    RunRow,
)
from loop_tui.control.row_labels import told_apart
from loop_tui.model.clock import ms_between, stamp
from loop_tui.tui.widgets.glyphs import Appearance
from loop_tui.tui.widgets.line import Piece, fit, one_row, strip_of

_LOOKS = {
    NEEDS_YOU: Appearance("!", NEEDS_YOU, "needs"),
    FAILED: Appearance("✗", FAILED, "blocked"),
    BLOCKED: Appearance("■", BLOCKED, "blocked"),
    RUNNING: Appearance("▸", RUNNING, "running"),
    ELSEWHERE: Appearance("▹", ELSEWHERE, "running"),
    STOPPED: Appearance("●", STOPPED, "idle"),
    QUIET: Appearance("○", QUIET, "idle"),
    DONE: Appearance("✓", DONE, "done"),
    WITHOUT: Appearance("·", WITHOUT, "muted"),
}
_ENDED = Appearance("✗", DONE, "blocked")
_LEAST_NAME, _MOST_NAME, _WIDE_NAME, _LOOP, _PHASE, _FOLDER, _AGE = 12, 26, 34, 14, 16, 30, 6
_MIDDLE, _WIDE = 90, 120
"""From these widths on the loop, and the folder, have columns of their own."""


class RunList(ScrollView, can_focus=True):
    """Rows in groups, each under its header. The cursor stays on its run, wherever the run moves to."""

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"list--{look.tone}" for look in _LOOKS.values()),
        "list--cursor",
        "list--muted",
    }

    class Opened(Message):
        """A row was clicked twice, or once when the cursor was on it."""

    class Moved(Message):
        """Another row is under the cursor, or it says something else."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[RunRow | str] = []
        self._rows: list[RunRow] = []
        self._counts: dict[str, int] = {}
        self._at: Path | None = None
        self._shown: RunRow | None = None
        self._index = 0
        self._differs: dict[Path, str] = {}
        self._named: dict[Path, tuple[str, str]] = {}
        self._longest = 0
        self._now = ""
        self.hint = ""

    @property
    def rows(self) -> list[RunRow]:
        """The rows that are listed, in their order."""
        return self._rows

    @property
    def selected(self) -> RunRow | None:
        """The row under the cursor."""
        return self._rows[self._index] if self._rows else None

    def label(self, row: RunRow) -> str:
        """The name of a row, with what tells it from others that look like it."""
        differs = self._differs.get(row.path, "")
        return f"{row.name} · {differs}" if differs else row.name

    def _label_cell(self, row: RunRow, width: int) -> str:
        """The label in so many cells: the name gives way to what differs."""
        differs = self._differs.get(row.path, "")
        tail = f" · {differs}" if differs else ""
        return _cell(f"{fit(row.name, max(4, width - 1 - cell_len(tail)))}{tail}", width)

    def show(self, rows: list[RunRow], now: datetime) -> None:
        """List these rows. The cursor follows its run; when that has gone it stays where it was."""
        self._rows, self._now = rows, stamp(now)
        self._counts = {group: sum(row.group == group for row in rows) for group in GROUPS}
        self._lines = []
        group = ""
        for row in rows:
            if row.group != group:
                group = row.group
                self._lines.append(group)
            self._lines.append(row)
        found = next((i for i, row in enumerate(rows) if row.path == self._at), None)
        self._index = min(self._index, max(0, len(rows) - 1)) if found is None else found
        before, self._shown = self._shown, rows[self._index] if rows else None
        self._at = self._shown.path if self._shown is not None else None
        if self._shown != before:
            self.post_message(self.Moved())
        names = {row.path: (row.name, row.loop) for row in rows}
        if names != self._named:
            self._named, self._differs = names, told_apart(rows)
        self._longest = max((cell_len(self.label(row)) for row in rows), default=0)
        self.virtual_size = Size(0, len(self._lines))
        self._into_view()
        self.refresh()

    def tick(self, now: datetime) -> None:
        """Let the ages go on."""
        before, self._now = self._now, stamp(now)
        top = self.scroll_offset.y
        for y, line in enumerate(self._lines[top : top + self.size.height], top):
            if isinstance(line, RunRow) and age_of(line.updated_at, before) != age_of(line.updated_at, self._now):
                self.refresh_line(y)

    def go_to(self, index: int) -> None:
        """Put the cursor on a row."""
        if self._rows:
            self._index = max(0, min(index, len(self._rows) - 1))
            before, self._shown = self._shown, self._rows[self._index]
            self._at = self._shown.path
            if self._shown != before:
                self.post_message(self.Moved())
            self._into_view()
            self.refresh()

    def move(self, step: int) -> None:
        """Move the cursor by rows."""
        self.go_to(self._index + step)

    def next_in(self, groups: Collection[str]) -> bool:
        """Put the cursor on the next row of any of these groups, around the end; False when there is none."""
        order = [*range(self._index + 1, len(self._rows)), *range(self._index + 1)]
        found = next((i for i in order if i < len(self._rows) and self._rows[i].group in groups), None)
        if found is not None:
            self.go_to(found)
        return found is not None

    def _line_of_cursor(self) -> int:
        seen = -1
        for number, line in enumerate(self._lines):
            seen += isinstance(line, RunRow)
            if seen == self._index:
                return number
        return 0

    def _into_view(self) -> None:
        if not self._rows or not self.size.height:
            return
        line, top, height = self._line_of_cursor(), self.scroll_offset.y, self.size.height
        first = line - 1 if line and isinstance(self._lines[line - 1], str) else line
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """The cursor stays in view."""
        self._into_view()

    def on_click(self, event: events.Click) -> None:
        """A click selects; a click on what is selected opens it."""
        place = event.y + self.scroll_offset.y
        line = self._lines[place] if 0 <= place < len(self._lines) else None
        if not isinstance(line, RunRow):
            return
        if line.path == self._at:
            self.post_message(self.Opened())
        else:
            self.go_to(self._rows.index(line))

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        place, width, base = y + self.scroll_offset.y, self.size.width, self.rich_style
        muted = self.get_component_rich_style("list--muted")
        if place >= len(self._lines):
            return (
                strip_of([(f" {self.hint}", muted)], width, base)
                if not self._lines and not y
                else Strip.blank(width, base)
            )
        line = self._lines[place]
        if isinstance(line, str):
            look = _LOOKS[line]
            style = self.get_component_rich_style(f"list--{look.tone}")
            title = f"{look.glyph} {look.word} "
            return strip_of([(title, style + Style(bold=True)), (f"{self._counts[line]}", muted)], width, base)
        return self._row(line, width, base, muted)

    def _row(self, row: RunRow, width: int, base: Style, muted: Style) -> Strip:
        # What ended today may have failed or been aborted: a tick is for what was done.
        look = _ENDED if row.archived and row.word != DONE else _LOOKS[row.group]
        here = row.path == self._at
        back = self.get_component_rich_style("list--cursor") if here else base
        tone = back + self.get_component_rich_style(f"list--{look.tone}").without_color.from_color(
            self.get_component_rich_style(f"list--{look.tone}").color
        )
        place = f"{row.phase} {row.place}/{row.phases}" if row.place else row.phase
        age = age_of(row.updated_at, self._now)
        folder = _FOLDER if width >= _WIDE else 0
        wide = max(_LEAST_NAME, min(_MOST_NAME if width < _WIDE else _WIDE_NAME, self._longest + 2))
        room = width - 4 - wide - _PHASE - _AGE - folder - (_LOOP if width >= _MIDDLE else 0)
        # Where nothing runs there is nothing to look at: dimmed, but under the cursor.
        name_style = Style(color=muted.color) if row.group == WITHOUT and not here else Style(bold=True)
        pieces: list[Piece] = [
            ("› " if here else "  ", tone),
            (f"{look.glyph} ", tone),
            (self._label_cell(row, wide), back + name_style),
        ]
        if width >= _MIDDLE:
            pieces.append((_cell(row.loop.removesuffix("-loop"), _LOOP), back))
        pieces += [
            (_cell(place, _PHASE), back),
            (_cell(row.headline, max(0, room)), tone if row.group in CALLS else back),
            (_cell(one_row(f"{row.project.parent.name}/{row.project.name}"), folder), back + Style(color=muted.color)),
            (_right(age, _AGE), back + Style(color=muted.color)),
        ]
        return strip_of(pieces, width, back)


def age_of(since: str, now: str) -> str:
    """How long ago a timestamp was, in its largest unit; empty for what is no timestamp."""
    ms = ms_between(since, now) if since else None
    if ms is None:
        return ""
    seconds = max(0, ms // 1000)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _cell(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(fit(text, width - 1), width) if width > 0 else ""


def _right(text: str, width: int) -> str:
    return fit(text, width - 1).rjust(width - 1) + " "
