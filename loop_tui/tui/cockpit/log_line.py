"""One line of the log in pieces of one style each: the colours that its program printed, and what was searched for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rich.ansi import AnsiDecoder
from rich.color import Color
from rich.style import Style

from loop_tui.tui.widgets.line import Piece

_TAB = 4
_NEARLY_BACKGROUND = (0, 7, 15)
"""Black and the two whites of the 16 colours: without a background they are meant as plain text."""
_BRIGHT = 8 * 75
"""From here on black is easier to read on a colour than white: weighted red, green and blue."""
_REMEMBERED = 1024
"""Lines whose colours are kept for the next painting: some screens full."""


def pieces_of(parts: Sequence[str], style: Style) -> list[Piece]:
    """The text that `outputline.printed` gives in parts, cleaned, on top of a style, tabs made spaces."""
    if len(parts) == 1:
        return [(parts[0].expandtabs(_TAB), style)]
    return _untabbed([(text, style + own) for text, own in _coloured("".join(parts))])


def cut(pieces: Iterable[Piece], length: int) -> list[Piece]:
    """The first so many characters."""
    kept: list[Piece] = []
    for text, style in pieces:
        if length <= 0:
            break
        kept.append((text[:length], style))
        length -= len(text)
    return kept


def highlighted(pieces: Sequence[Piece], needle: str, found: Style) -> list[Piece]:
    """The pieces, with a style on top of theirs wherever the text is, in any case."""
    folded = "".join(text for text, _ in pieces).casefold()
    needle = needle.casefold()
    if not needle or needle not in folded or len(folded) != sum(len(text) for text, _ in pieces):
        return list(pieces)
    edges: list[int] = []
    at = folded.find(needle)
    while at >= 0:
        edges += [at, at + len(needle)]
        at = folded.find(needle, at + len(needle))
    made: list[Piece] = []
    start = 0
    for text, style in pieces:
        inside = edges[bisect_right(edges, start) : bisect_left(edges, start + len(text))]
        for left, right in pairwise((start, *inside, start + len(text))):
            # An odd number of edges lies before whatever was found.
            lit = bisect_right(edges, left) % 2
            if left < right:
                made.append((text[left - start : right - start], style + found if lit else style))
        start += len(text)
    return made


def _untabbed(pieces: Iterable[Piece]) -> list[Piece]:
    made: list[Piece] = []
    column = 0
    for text, style in pieces:
        spaces = " " * (column % _TAB)
        made.append(((spaces + text).expandtabs(_TAB)[len(spaces) :], style))
        column += len(made[-1][0])
    return made


@lru_cache(_REMEMBERED)
def _coloured(text: str) -> tuple[Piece, ...]:
    """The pieces of a text with colour sequences. What would hide a text or make it blink is left out."""
    decoded = AnsiDecoder().decode_line(text)
    pieces: list[Piece] = []
    end = 0
    for span in decoded.spans:
        pieces += [
            (decoded.plain[end : span.start], Style.null()),
            (decoded.plain[span.start : span.end], _harmless(span.style)),
        ]
        end = span.end
    return tuple((text, style) for text, style in (*pieces, (decoded.plain[end:], Style.null())) if text)


def _harmless(style: Style | str) -> Style:
    if isinstance(style, str):
        return Style.null()
    return Style(
        color=_readable(style),
        bgcolor=style.bgcolor,
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=style.reverse,
    )


def _readable(style: Style) -> Color | None:
    """The colour of the text; ours where the program's would be lost on a dark or on a light screen."""
    if style.bgcolor is None:
        return None if style.color is not None and style.color.number in _NEARLY_BACKGROUND else style.color
    if style.color is not None and not style.color.is_default:
        return style.color
    red, green, blue = style.bgcolor.get_truecolor()
    return Color.parse("black" if 2 * red + 5 * green + blue > _BRIGHT else "bright_white")
