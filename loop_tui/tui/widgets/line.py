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


def strip_of(pieces: Iterable[Piece], width: int, filler: Style) -> Strip:
    """One line of pieces, padded with the filler or cut to the width.

    What would steer the terminal is taken out here once more: names of folders and the like may come as they are.
    """
    segments = [Segment(text if text.isprintable() else one_row(text), style) for text, style in pieces if text]
    return Strip(segments).adjust_cell_length(width, filler)
