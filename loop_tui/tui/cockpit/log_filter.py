"""Which lines of the log are shown, and in how many rows: the filter, the wrapping and the folding."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from loop_tui.model.text import uncoloured

from .log_steps import Step
from .log_store import HEADER, LogStore

_PARTS = 1 << 12
"""Rows that one line may take when it is wrapped; what is longer is cut."""


@dataclass(frozen=True)
class Filter:
    """What a line has to be: of one of the skills, of one of the levels, holding all words. Nothing given: anything."""

    skills: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Filter:
        """The filter that `skill:a,b level:warn,error word word` means."""
        skills: set[str] = set()
        levels: set[str] = set()
        words: list[str] = []
        for part in text.split():
            if part.startswith("skill:"):
                skills |= {name for name in part[6:].split(",") if name}
            elif part.startswith("level:"):
                levels |= {name for name in part[6:].casefold().split(",") if name}
            else:
                words.append(part.casefold())
        return cls(frozenset(skills), frozenset(levels), tuple(words))

    def __bool__(self) -> bool:
        return bool(self.skills or self.levels or self.words)

    def holds(self, raw: str) -> bool:
        """True when a raw line of the output log is to be shown. A header is, unless its skill is filtered out."""
        if raw.startswith(HEADER):
            return not self.skills or raw[1:] in self.skills
        parts = raw.split("\t", 3)
        _, skill, level, text = parts if len(parts) == 4 else ("", "", "out", raw)
        if (self.skills and skill not in self.skills) or (self.levels and level not in self.levels):
            return False
        folded = uncoloured(text).casefold()
        return all(word in folded for word in self.words)


@dataclass(frozen=True)
class _Piece:
    """Rows from `row` on: the one that stands for a folded step, or rows of the flat log from `flat` on."""

    row: int
    flat: int
    step: Step | None = None


class LogView:
    """The rows of a store: each is a line, a part of one, or stands for a folded step.

    Below the folding lies the flat log: without filter and wrapping it is the store itself. Folding costs a step over
    the steps, never one over the lines. A filter shows what it holds in every step.
    """

    def __init__(self, store: LogStore) -> None:
        self.store = store
        self.filter = Filter()
        self.width = 0
        """The cells of a wrapped row, or 0 for no wrapping."""
        self.raw = False
        """True while nothing is folded."""
        self._rows: list[int] | None = None
        self._taken = 0
        self._pieces: list[_Piece] = []
        self._starts: list[int] = []
        self._version = -1

    def __len__(self) -> int:
        self._fold()
        if not self._pieces:
            return self._flat_count()
        last = self._pieces[-1]
        return last.row + (1 if last.step is not None else self._flat_count() - last.flat)

    @property
    def folded(self) -> bool:
        """True when a step hides lines."""
        self._fold()
        return any(piece.step is not None for piece in self._pieces)

    def set(self, wanted: Filter | None = None, width: int | None = None) -> None:
        """Show by another filter, or in another width."""
        self.filter = self.filter if wanted is None else wanted
        self.width = self.width if width is None else width
        self._rows = [] if self.filter or self.width else None
        self._taken = 0
        self._version = -1
        self.grown()

    def grown(self) -> None:
        """Take in the lines that the store has gained at its end."""
        if self._rows is None:
            return
        for index in range(self._taken, len(self.store)):
            raw = self.store[index]
            if not self.filter or self.filter.holds(raw):
                first = index * _PARTS
                self._rows.extend(range(first, first + self._parts(raw)))
        self._taken = len(self.store)

    def shrunk(self) -> None:
        """The store has dropped lines from its front."""
        self.set()

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
        place = bisect_right(self._pieces, flat, key=lambda piece: piece.flat) - 1
        if place < 0:
            return flat
        piece = self._pieces[place]
        if piece.step is None:
            return piece.row + flat - piece.flat
        return piece.row if flat == piece.flat else None

    def lines_of(self, step: Step) -> int:
        """How many lines a step has below its first."""
        steps = self.store.steps.all
        place = bisect_right(steps, step.start, key=lambda each: each.start)
        end = steps[place].start if place < len(steps) else self.store.total
        return end - step.began - 1

    def _fold(self) -> None:
        steps = self.store.steps
        if self._version == steps.version:
            return
        self._version = steps.version
        pieces: list[_Piece] = []
        if not (self.raw or self.filter):
            row = flat = 0
            for number, step in enumerate(steps.all):
                if not step.hides:
                    continue
                start = self._flat_row(step.start - self.store.dropped)
                last = number + 1 == len(steps.all)
                end = self._flat_count() if last else self._flat_row(steps.all[number + 1].start - self.store.dropped)
                if start > flat:
                    pieces.append(_Piece(row, flat))
                    row += start - flat
                pieces.append(_Piece(row, start, step))
                row += 1
                opened = step.unfolded is None and step.shown_from is not None
                flat = self._flat_row(step.shown_from - self.store.dropped) if opened and step.shown_from else end
                flat = min(max(flat, start + 1), end)
            if pieces and (flat < self._flat_count() or not self._last_folded(pieces)):
                pieces.append(_Piece(row, flat))
        self._pieces, self._starts = pieces, [piece.row for piece in pieces]

    def _last_folded(self, pieces: Sequence[_Piece]) -> bool:
        return bool(self.store.steps.all) and pieces[-1].step is self.store.steps.all[-1]

    def _piece(self, row: int) -> _Piece | None:
        self._fold()
        place = bisect_right(self._starts, row) - 1
        return self._pieces[place] if place >= 0 else None

    def _flat_count(self) -> int:
        return len(self.store) if self._rows is None else len(self._rows)

    def _flat_at(self, row: int) -> tuple[int, int]:
        return (row, 0) if self._rows is None else divmod(self._rows[row], _PARTS)

    def _flat_row(self, index: int) -> int:
        """The row in the flat log where a line begins, or would."""
        return max(0, index) if self._rows is None else bisect_left(self._rows, max(0, index) * _PARTS)

    def shown(self) -> Sequence[int]:
        """The lines of the store that are shown, in order."""
        if self._rows is None:
            return range(len(self.store))
        return [row // _PARTS for row in self._rows if row % _PARTS == 0]

    def _parts(self, raw: str) -> int:
        if not self.width or raw.startswith(HEADER):
            return 1
        text = uncoloured(raw.split("\t", 3)[-1])
        if text.isascii() and "\t" not in text:
            cells = len(text)
        else:
            from rich.cells import cell_len

            # A wide character that does not fit into the last cell of a row leaves it empty.
            cells = cell_len(text.expandtabs(4)) + cell_len(text) // max(1, self.width)
        return min(_PARTS - 1, max(1, -(-cells // self.width)))
