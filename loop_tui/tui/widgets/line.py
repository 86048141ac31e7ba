"""Lines of styled pieces for the line-API widgets: measured, cut and padded to a width in cells."""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from loop_tui.model.text import clean

Piece = tuple[str, Style]
CURSOR = "›"
"""Stands before what the keys act on."""


def one_row(text: str) -> str:
    """The text cleaned, with a space where a line ended."""
    return clean(text).replace("\n", " ").replace("\t", " ")


def fit(text: str, width: int) -> str:
    """The text cut to a width in cells, with an ellipsis when something is missing."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def fit_apart(text: str, width: int, others: Iterable[str]) -> str:
    """As `fit`; where another begins in the same way, the end is kept too, so that one can tell them apart."""
    short = fit(text, width)
    begins = short.removesuffix("…")
    if short == text or width < _APART or not any(each != text and each.startswith(begins) for each in others):
        return short
    tail = text[-(width // 2) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return set_cell_size(text, width - cell_len(tail) - 1).rstrip() + "…" + tail


_APART = 6
"""Cells below which there is no room for both ends of a name."""


def strip_of(pieces: Iterable[Piece], width: int, filler: Style) -> Strip:
    """One line of pieces, padded with the filler or cut to the width.

    What would steer the terminal is taken out here once more: names of folders and the like may come as they are.
    """
    segments = [Segment(text if text.isprintable() else one_row(text), style) for text, style in pieces if text]
    return Strip(segments).adjust_cell_length(width, filler)
