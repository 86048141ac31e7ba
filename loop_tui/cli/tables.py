"""Text columns that fit the terminal; what goes into a file or a pipe is whole."""

import os
import sys
from collections.abc import Iterable, Sequence

from loop_tui.model.text import one_line
from loop_tui.model.verbs import COLUMNS_VARIABLE

_GAP = "  "
_READABLE = 28
"""Cells that the widest column keeps before a less important one is left out for it."""
_LONGEST = 600
"""Characters of a cell that are shown at a terminal, in as many rows as they take."""


def room() -> int:
    """The columns that there are for what is printed; 0 where nothing has to fit: in a file or a pipe.

    The screen, which shows what a command prints, says how wide its page is.
    """
    try:
        if sys.stdout.isatty():
            return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 0
    told = os.environ.get(COLUMNS_VARIABLE, "")
    return int(told) if told.isdecimal() and len(told) < 5 else 0


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    least: Sequence[str] = (),
    indent: int = 0,
    width: int | None = None,
) -> str:
    """Rows under a header, in columns as wide as their widest cell.

    Where they do not fit, first the columns named in `least` are left out, in this order; then cells are wrapped
    between words. `width` is that of the terminal unless it is given; 0 is without end. Rows begin `indent` cells in.
    """
    width = room() if width is None else width
    width = max(width - indent, 1) if width else 0
    cells = [[one_line(cell, _LONGEST if width else 0) for cell in row] for row in (header, *rows)]
    if width and least:
        cells = _without(cells, least, width)
    widths = _widths(cells, width)
    return "\n".join(" " * indent + line for row in cells for line in _lines(row, widths))


def wrapped(text: str) -> str:
    """Lines of text broken between words at the width of the terminal."""
    width = room()
    if not width:
        return text
    from loop_tui.tui.widgets.word_wrap import word_rows

    return "\n".join(row for _, row in word_rows(text.split("\n"), max(width, _READABLE)))


def _without(cells: list[list[str]], least: Sequence[str], width: int) -> list[list[str]]:
    """The rows without the columns that have no room, the least important first."""
    for name in least:
        if _fits(cells, width):
            break
        at = cells[0].index(name)
        cells = [[*row[:at], *row[at + 1 :]] for row in cells]
    return cells


def _fits(cells: Sequence[Sequence[str]], width: int) -> bool:
    """True where the widest column alone has to give way, breaks no word, and keeps enough to be read."""
    natural, words = _natural(cells), _longest_words(cells)
    widest = natural.index(max(natural))
    others = [each for at, each in enumerate(natural) if at != widest]
    return _total([*others, min(natural[widest], max(words[widest], _READABLE))]) <= width


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column: what it takes, or, where that is too much, the widest ones cut to the same."""
    natural = _natural(cells)
    if not width or _total(natural) <= width:
        return natural
    # A column gives way down to its longest word; where that is not enough, words are broken.
    for least in (_longest_words(cells), [1] * len(natural)):
        for most in range(max(natural), 0, -1):
            tried = [min(each, max(low, most)) for each, low in zip(natural, least, strict=True)]
            if _total(tried) <= width:
                return tried
    return [1] * len(natural)


def _natural(cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cells_in, column)) for column in zip(*cells, strict=True)]


def _longest_words(cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(cells_in(word) for cell in column for word in cell.split(" ")) for column in zip(*cells, strict=True)]


def _total(widths: Iterable[int]) -> int:
    all_of = list(widths)
    return sum(all_of) + len(_GAP) * (len(all_of) - 1)


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    parts = [_parts(cell, width) for cell, width in zip(row, widths, strict=True)]
    for at in range(max(map(len, parts))):
        line = [part[at] if at < len(part) else "" for part in parts]
        yield _GAP.join(
            text + " " * (width - cells_in(text)) for text, width in zip(line, widths, strict=True)
        ).rstrip()


def _parts(cell: str, width: int) -> list[str]:
    if cells_in(cell) <= width:
        return [cell]
    from loop_tui.tui.widgets.word_wrap import word_rows

    return [part for _, part in word_rows([cell], width)]


def cells_in(text: str) -> int:
    """How many cells of a terminal a text on one line takes: wide characters take two, marks upon others none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
