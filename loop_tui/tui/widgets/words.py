"""Pieces of text for panels: always `Content` made of plain text and a style, so that nothing is read as markup."""

from textual.content import Content

from loop_tui.model.secrets import mask
from loop_tui.model.text import clean
from loop_tui.tui.widgets.glyphs import Appearance

Part = Content | tuple[str, str] | str
"""A piece of text: plain, or with the name of a style."""

MUTED = "$status-muted"
STRONG = "bold"


def text_of(*parts: Part) -> Content:
    """The pieces one after the other, each cleaned and masked."""
    cleaned = [
        part
        if isinstance(part, Content)
        else mask(clean(part))
        if isinstance(part, str)
        else (mask(clean(part[0])), part[1])
        for part in parts
    ]
    return Content.assemble(*cleaned)


def lines_of(*lines: Content) -> Content:
    """Pieces on lines of their own."""
    return Content("\n").join(lines)


def look(found: Appearance, *, word: bool = True) -> tuple[str, str]:
    """A status as glyph and word in its colour."""
    return (f"{found.glyph} {found.word}" if word else found.glyph, f"${found.tone}")
