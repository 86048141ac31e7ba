"""Markdown as sections with lists and tables, each with its place in the text, so that an edit changes nothing else.

markdown-it-py says what is a heading, a list or a table; quotes, code and comments stay out of it. Offsets count
characters of the text as it was given, line ends and all; lines count from 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from loop_tui.model.dream.tree import NodeStanding
from loop_tui.model.regex import regex

from .vocabulary import SIGNS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MARK = "\ufeff"
_LINE = regex(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BOX = regex(r"\[[ \t]*([xX✓✔/\->~]?)[ \t]*\](?=[ \t]|\Z)")
_SIGN = regex(rf"([{''.join(SIGNS)}])\ufe0f?(?=[ \t]|\Z)")
_BOXES = {**dict.fromkeys(("", "/", "~"), NodeStanding.OPEN), **dict.fromkeys("->", NodeStanding.DEFERRED)}


class Cell(Struct, frozen=True):
    """A cell of a table, without the spaces around it."""

    text: str
    start: int
    end: int


class Row(Struct, frozen=True):
    """A row of a table; it may have fewer or more cells than the header. `start` is the offset of its line."""

    line: int
    start: int
    cells: tuple[Cell, ...]


class MarkdownTable(Struct, frozen=True):
    """A table; `body` is the offset where its first row begins, or would, `end` that behind its last line."""

    header: Row
    rows: tuple[Row, ...]
    body: int
    end: int


class ListItem(Struct, frozen=True):
    """An item of a list: what its box or sign says (None without one), the rest of its first line, its own items.

    `start` and `end` are the box with its brackets, or the sign; both are -1 where they cannot be found in the text.
    """

    line: int
    standing: NodeStanding | None
    text: str
    start: int
    end: int
    items: tuple[ListItem, ...]


class MarkdownList(Struct, frozen=True):
    """A list; `start` is the offset of its first line, `end` that behind its last one that is not blank."""

    items: tuple[ListItem, ...]
    start: int
    end: int


class Prose(Struct, frozen=True):
    """A paragraph, or anything that is shown as it is (`is_quoted`: code, quotes, HTML)."""

    line: int
    text: str
    is_quoted: bool = False


Block = MarkdownTable | MarkdownList | Prose


class Section(Struct):
    """A heading with what stands below it up to the next one, and the sections of deeper headings.

    The section of level 0 is the document. `end` is the offset where the next heading begins, `body` that behind its
    own heading.
    """

    level: int
    title: str
    line: int
    start: int
    body: int
    end: int
    blocks: list[Block]
    sections: list[Section]

    def lists(self) -> Iterator[MarkdownList]:
        """Its own lists."""
        return (block for block in self.blocks if isinstance(block, MarkdownList))

    def tables(self) -> Iterator[MarkdownTable]:
        """Its own tables."""
        return (block for block in self.blocks if isinstance(block, MarkdownTable))

    def whole(self) -> Iterator[Section]:
        """It and all sections below, in their order."""
        yield self
        for each in self.sections:
            yield from each.whole()


def parse(text: str) -> Section:
    """The sections of a text. Never raises; what takes part in nothing is in no block."""
    return _Reader(text).read()


def front_matter(text: str) -> dict[str, str]:
    """What the front matter of a text says in lines of the form `name: text`; the rest of it is left."""
    lines = text[: _front_end(text)].splitlines()[1:-1]
    pairs = (line.partition(":") for line in lines if line[:1].strip())
    return {name.strip(): value.strip().strip("'\"") for name, colon, value in pairs if colon}


def _front_end(text: str) -> int:
    """The offset behind the front matter; 0 where there is none."""
    head = _LINE.match(text)
    if head is None or head[0].strip(f" \t\r\n{_MARK}") != "---":
        return 0
    for found in _LINE.finditer(text, head.end()):
        if found[0].rstrip() in ("---", "..."):
            return found.end()
        if not found[0]:
            break
    return 0


@cache
def _parser() -> MarkdownIt:
    """Blocks alone: what stands in a line is read here, and links are not looked up."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join", "reference"])


class _Reader:
    def __init__(self, text: str) -> None:
        # A byte order mark is no part of a heading; a space in its place keeps every offset.
        self._text = text = " " + text[1:] if text.startswith(_MARK) else text
        self._starts = [found.start() for found in _LINE.finditer(text) if found[0]]
        self._front = _front_end(text)
        # Its lines stay, so that those below keep their numbers.
        blank = "\n" * bisect_right(self._starts, self._front - 1) if self._front else ""
        self._tokens = _parser().parse(blank + text[self._front :])
        self._at = 0

    def read(self) -> Section:
        root = Section(0, "", 0, 0, 0, len(self._text), [], [])
        path = [root]
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.type == "heading_open":
                self._heading(token, path)
                continue
            block = self._block(token)
            if block is not None:
                path[-1].blocks.append(block)
        return root

    def _heading(self, token: Token, path: list[Section]) -> None:
        level, (first, last) = int(token.tag[1:]), token.map or [0, 0]
        start, body = self._offset(first), self._offset(last)
        path[-1].end = start
        while path[-1].level >= level:
            path.pop()
        title = self._tokens[self._at + 1].content
        section = Section(level, title, first + 1, start, body, len(self._text), [], [])
        path[-1].sections.append(section)
        path.append(section)
        self._at += 3

    def _block(self, token: Token) -> Block | None:
        """The block that begins with a token; goes behind its end."""
        first = self._at
        self._skip()
        line = (token.map or [0])[0] + 1
        if token.type == "table_open":
            return self._table(token)
        if token.type in ("bullet_list_open", "ordered_list_open"):
            items = tuple(self._items(first + 1, self._at - 1))
            return MarkdownList(items, self._offset(line - 1), self._offset(self._last_line(token)))
        if token.type == "paragraph_open":
            return Prose(line, self._tokens[first + 1].content)
        if token.type in ("fence", "code_block", "blockquote_open"):
            return Prose(line, "", is_quoted=True)
        return None

    def _skip(self) -> None:
        """Go behind the token here and all that is nested in it."""
        depth = 0
        while True:
            depth += self._tokens[self._at].nesting
            self._at += 1
            if depth <= 0 or self._at >= len(self._tokens):
                return

    def _last_line(self, token: Token) -> int:
        first, last = token.map or [0, 0]
        while last > first and not self._line(last - 1).strip():
            last -= 1
        return last

    def _offset(self, line: int) -> int:
        return self._starts[line] if line < len(self._starts) else len(self._text)

    def _line(self, line: int) -> str:
        return self._text[self._offset(line) : self._offset(line + 1)].rstrip("\r\n")

    # --- lists ----------------------------------------------------------------------------------------------------

    def _items(self, first: int, last: int) -> Iterator[ListItem]:
        """The items of one list, whose tokens are those from `first` to before `last`."""
        at = first
        while at < last:
            end = self._end_of(at)
            yield self._item(at, end)
            at = end

    def _end_of(self, at: int) -> int:
        depth = 0
        while True:
            depth += self._tokens[at].nesting
            at += 1
            if depth <= 0:
                return at

    def _item(self, first: int, end: int) -> ListItem:
        line = (self._tokens[first].map or [0])[0]
        text, start = "", -1
        items: list[ListItem] = []
        at = first + 1
        while at < end - 1:
            token, after = self._tokens[at], self._end_of(at)
            if token.type == "paragraph_open" and at == first + 1:
                line = (token.map or [line])[0]
                text = self._tokens[at + 1].content.partition("\n")[0].rstrip()
                start = self._place(line, text)
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                items += self._items(at + 1, after - 1)
            at = after
        found = _BOX.match(text) or _SIGN.match(text)
        if found is None:
            return ListItem(line + 1, None, text, -1, -1, tuple(items))
        standing = SIGNS[found[1]] if text[0] != "[" else _BOXES.get(found[1], NodeStanding.DONE)
        place = (start + found.start(), start + found.end()) if start >= 0 else (-1, -1)
        return ListItem(line + 1, standing, text[found.end() :].strip(), *place, tuple(items))

    def _place(self, line: int, text: str) -> int:
        """The offset of what an item says, which is the end of its first line; -1 where the line ends otherwise."""
        whole = self._line(line).rstrip()
        return self._offset(line) + len(whole) - len(text) if text and whole.endswith(text) else -1

    # --- tables ---------------------------------------------------------------------------------------------------

    def _table(self, token: Token) -> MarkdownTable:
        first, _ = token.map or [0, 0]
        header = self._row(first, 0)
        rows = tuple(self._row(line, len(header.cells)) for line in range(first + 2, self._last_line(token)))
        return MarkdownTable(header, rows, self._offset(first + 2), self._offset(self._last_line(token)))

    def _row(self, line: int, width: int) -> Row:
        """A row; bare pipes in code stay in their cell where that gives as many cells as the header has."""
        text, offset = self._line(line), self._offset(line)
        cells = _cells(text, in_code=False)
        if width and len(cells) > width and "`" in text:
            careful = _cells(text, in_code=True)
            cells = careful if len(careful) == width else cells
        return Row(line + 1, offset, tuple(Cell(text[a:b], offset + a, offset + b) for a, b in cells))


def _cells(text: str, *, in_code: bool) -> list[tuple[int, int]]:
    """Where the cells of a row begin and end, spaces around them not counted; `in_code` leaves pipes in code alone."""
    bars: list[int] = []
    quoted = escaped = False
    for at, sign in enumerate(text):
        if sign == "|" and not escaped and not (in_code and quoted):
            bars.append(at)
        quoted ^= sign == "`"
        escaped = sign == "\\" and not escaped
    edges = [-1, *bars, len(text)]
    spans = [(a + 1, b) for a, b in pairwise(edges)]
    if bars and not text[: bars[0]].strip():
        spans = spans[1:]
    if bars and len(spans) > 1 and not text[bars[-1] + 1 :].strip():
        spans = spans[:-1]
    return [_trimmed(text, a, b) for a, b in spans]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return start, max(start, start + len(inner.strip()))
