"""Which lines of the log are shown, and in how many rows: the filter and the wrapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loop_tui.model.text import uncoloured

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


class LogView:
    """The rows of a store: each is a line, or a part of one. Without filter and wrapping it is the store itself."""

    def __init__(self, store: LogStore) -> None:
        self.store = store
        self.filter = Filter()
        self.width = 0
        """The cells of a wrapped row, or 0 for no wrapping."""
        self._rows: list[int] | None = None
        self._taken = 0

    def __len__(self) -> int:
        return len(self.store) if self._rows is None else len(self._rows)

    def set(self, wanted: Filter | None = None, width: int | None = None) -> None:
        """Show by another filter, or in another width."""
        self.filter = self.filter if wanted is None else wanted
        self.width = self.width if width is None else width
        self._rows = [] if self.filter or self.width else None
        self._taken = 0
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

    def at(self, row: int) -> tuple[int, int]:
        """The line in the store, and which part of it, that a row shows."""
        if self._rows is None:
            return row, 0
        return divmod(self._rows[row], _PARTS)

    def row_of(self, index: int) -> int | None:
        """The row where a line of the store begins; None when it is filtered out."""
        if self._rows is None:
            return index if 0 <= index < len(self.store) else None
        from bisect import bisect_left

        place = bisect_left(self._rows, index * _PARTS)
        return place if place < len(self._rows) and self._rows[place] == index * _PARTS else None

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
