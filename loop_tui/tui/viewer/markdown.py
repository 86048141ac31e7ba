"""Markdown as the viewer renders it, and what is better shown as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
MOST_BYTES = 50_000
"""Above this the source is shown (SCREEN "Other screens"): each block is a widget."""
MOST_BLOCKS = 1200
"""Few bytes can make many blocks, and each of them is a widget or more: this many take some seconds."""
_FENCE = 3
_DEEP = 4


def parser() -> MarkdownIt:
    """Tables and struck text; no HTML, which would hide what is written, and nothing is made a link that is none."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def why_source(text: str) -> str:
    """Why a Markdown text is not rendered, or nothing."""
    if len(text) > MOST_BYTES:
        return f"{len(text) // 1000:,} kB of Markdown: too much to render"
    # Cells and paragraphs have an inline token beside their own. What is nested deeply is laid out again and again.
    found = (token for token in parser().parse(text) if token.nesting >= 0)
    blocks = sum((_FENCE if token.type == "fence" else 1) + token.level // _DEEP for token in found)
    return f"{blocks:,} blocks of Markdown: too many to render" if blocks > MOST_BLOCKS else ""
