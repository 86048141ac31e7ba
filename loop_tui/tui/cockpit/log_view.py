"""The rows of the log: what a filter leaves, wrapped, and its steps folded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

from loop_tui.model.text import uncoloured

from .log_filter import Filter
from .log_steps import LineSpan, Step
from .log_store import HEADER, LogStore

_PARTS = 1 << 12
"""Rows that one line may take when it is wrapped; what is longer is cut."""
_STEP = 128
"""Lines that are looked at in one step."""
_TABS = 3
"""Tabs of a line before its text."""
_OPEN = 1 << 62
"""The end of the newest span: it grows."""


class _Piece(Struct):
    """Rows from `row` on, `count` of them: of the flat log from `flat` on, or the one that stands for a folded step."""

    row: int
    flat: int
    count: int
    step: Step | None = None


class LogView:
    """The rows of a store: each is a line, a part of one, or stands for a folded step.

    Below the folding lies the flat log: without filter and wrapping it is the store itself. Folding costs a step over
    the steps, never one over the lines. A filter shows what it holds in every step.
    """

    def __init__(self, store: LogStore) -> None:
        self.store = store
        self.filter = Filter()
        self._wanted = (Filter(), 0)
        self.width = 0
        """The cells of a wrapped row, or 0 for no wrapping."""
        self.raw = False
        """True while nothing is folded."""
        self._rows: list[int] | None = None
        """Line number, among all that ever came, times `_PARTS`, plus the part of it."""
        self._taken = 0
        self._pieces: list[_Piece] = []
        """In the order of their rows; none where the rows are the flat log."""
        self._starts: list[int] = []
        self._by_flat: list[_Piece] = []
        self._spans: dict[Step, list[LineSpan]] = {}
        self._version = -1
        self._counted = 0

    def __len__(self) -> int:
        self._fold()
        if not self._pieces:
            return self._flat_count()
        last = self._pieces[-1]
        return last.row + last.count

    @property
    def folded(self) -> bool:
        """True when a step hides lines."""
        self._fold()
        return any(piece.step is not None for piece in self._pieces)

    def set(self, wanted: Filter | None = None, width: int | None = None) -> None:
        """Show by another filter, or in another width."""
        for _ in self.changing(wanted, width):
            pass

    def changing(self, wanted: Filter | None = None, width: int | None = None) -> Iterator[None]:
        """As `set`, in steps of some lines each: the rows are the old ones until the last."""
        self._wanted = (self._wanted[0] if wanted is None else wanted, self._wanted[1] if width is None else width)
        return self._change(*self._wanted)

    def _change(self, wanted: Filter, width: int) -> Iterator[None]:
        rows: list[int] | None = [] if wanted or width else None
        taken = self.store.dropped
        while rows is not None and taken < self.store.total:
            start = max(taken, self.store.dropped)
            taken = min(start + _STEP, self.store.total)
            self._index(rows, start, taken, wanted, width)
            yield
        self.filter, self.width, self._rows = wanted, width, rows
        self._taken = taken
        self.shrunk()

    def grown(self) -> None:
        """Take in the lines that the store has gained at its end."""
        if self._rows is None:
            return
        start, self._taken = max(self._taken, self.store.dropped), self.store.total
        self._index(self._rows, start, self._taken, self.filter, self.width)

    def _index(self, rows: list[int], start: int, end: int, wanted: Filter, width: int) -> None:
        """Add the rows of lines, by their numbers."""
        dropped = self.store.dropped
        for number in range(start, end):
            raw = self.store[number - dropped]
            if not wanted or wanted.holds(raw):
                first = number * _PARTS
                rows.extend(range(first, first + _parts(raw, width)))

    def shrunk(self) -> None:
        """The store has dropped lines from its front, and may have gained some."""
        if self._rows is not None:
            del self._rows[: bisect_left(self._rows, self.store.dropped * _PARTS)]
        self._version = -1
        self.grown()

    def show_raw(self, raw: bool) -> None:
        """Fold nothing, or fold again."""
        self.raw, self._version = raw, -1

    def at(self, row: int) -> tuple[int, int]:
        """The line in the store, and which part of it, that a row shows or begins with."""
        piece = self._piece(row)
        if piece is None:
            return self._flat_at(row)
        return self._flat_at(piece.flat if piece.step is not None else piece.flat + row - piece.row)

    def step_at(self, row: int) -> Step | None:
        """The folded step that a row stands for."""
        piece = self._piece(row)
        return piece.step if piece is not None else None

    def row_of(self, index: int) -> int | None:
        """The row where a line of the store begins; None when it is filtered out or folded away."""
        flat = self._flat_row(index)
        if flat >= self._flat_count() or self._flat_at(flat) != (index, 0):
            return None
        self._fold()
        place = bisect_right(self._by_flat, flat, key=lambda piece: piece.flat) - 1
        if place < 0:
            return flat if not self._pieces else None
        piece = self._by_flat[place]
        return piece.row + flat - piece.flat if flat < piece.flat + piece.count else None

    def lines_of(self, step: Step) -> int:
        """How many lines a step has below its first."""
        self._fold()
        total = self.store.total
        return step.gone + sum(min(end, total) - start for start, end in self._spans.get(step, ())) - 1

    def _fold(self) -> None:
        """Lay out the pieces, where a step began or ended since, or lines came in the middle of them."""
        steps, count = self.store.steps, self._flat_count()
        if self._version == steps.version and (count == self._counted or self._has_grown(count)):
            return
        self._version, self._counted = steps.version, count
        self._pieces, self._spans = [], {}
        if not (self.raw or self.filter):
            self._spans = steps.spans(_OPEN)
            self._lay_out(count)
        if len(self._pieces) == 1 and self._pieces[0].step is None:
            self._pieces = []
        self._starts = [piece.row for piece in self._pieces]
        self._by_flat = sorted(self._pieces, key=lambda piece: piece.flat)

    def _has_grown(self, count: int) -> bool:
        """True when the lines that came are at the end of the rows, or in a step that is folded: all else stands."""
        last, newest = self._pieces[-1] if self._pieces else None, self.store.steps.last
        if last is not None:
            if last.step is None and last.flat + last.count == self._counted:
                last.count += count - self._counted
            elif newest is None or not newest.hides or newest.shown_from is not None:
                return False
        self._counted = count
        return True

    def _lay_out(self, count: int) -> None:
        dropped = self.store.dropped
        first = min((spans[0][0] for spans in self._spans.values()), default=_OPEN)
        self._add_rows(0, min(count, self._flat_row(first - dropped)))
        for step, spans in self._spans.items():
            opened = step.shown_from if step.hides and step.unfolded is None else None
            if step.hides:
                row = self._next_row
                self._pieces.append(_Piece(row, self._flat_row(spans[0][0] - dropped), 1, step))
            for start, end in spans:
                if step.hides:
                    if opened is None:
                        break
                    start = max(start, opened, step.start + 1)
                told = step.told_at if opened is not None and step.told_at is not None else end
                for first_line, last in ((start, min(told, end)), (max(start, told + 1), end)):
                    if first_line < last:
                        self._add_rows(self._flat_row(first_line - dropped), min(count, self._flat_row(last - dropped)))

    @property
    def _next_row(self) -> int:
        return self._pieces[-1].row + self._pieces[-1].count if self._pieces else 0

    def _add_rows(self, flat: int, end: int) -> None:
        if flat >= end:
            return
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.step is None and last.flat + last.count == flat:
            last.count += end - flat
        else:
            self._pieces.append(_Piece(self._next_row, flat, end - flat))

    def _piece(self, row: int) -> _Piece | None:
        self._fold()
        place = bisect_right(self._starts, row) - 1
        return self._pieces[place] if place >= 0 else None

    def _flat_count(self) -> int:
        return len(self.store) if self._rows is None else len(self._rows)

    def _flat_at(self, row: int) -> tuple[int, int]:
        if self._rows is None:
            return row, 0
        number, part = divmod(self._rows[row], _PARTS)
        return number - self.store.dropped, part

    def _flat_row(self, index: int) -> int:
        """The row in the flat log where a line begins, or would."""
        index = max(0, index)
        return index if self._rows is None else bisect_left(self._rows, (index + self.store.dropped) * _PARTS)

    def shown(self) -> Sequence[int]:
        """The lines of the store that are shown, in order."""
        if self._rows is None:
            return range(len(self.store))
        return [row // _PARTS - self.store.dropped for row in self._rows if row % _PARTS == 0]


def _parts(raw: str, width: int) -> int:
    """How many rows a line takes in that width; 0 is no wrapping."""
    # Most lines fit with all that stands before their text.
    if not width or (len(raw) <= width and raw.isascii() and raw.count("\t") <= _TABS) or raw.startswith(HEADER):
        return 1
    text = uncoloured(raw.split("\t", 3)[-1])
    if text.isascii() and "\t" not in text:
        cells = len(text)
    else:
        from rich.cells import cell_len

        # A wide character that does not fit into the last cell of a row leaves it empty.
        cells = cell_len(text.expandtabs(4)) + cell_len(text) // max(1, width)
    return min(_PARTS - 1, max(1, -(-cells // width)))
