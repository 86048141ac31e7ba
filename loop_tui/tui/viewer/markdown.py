"""Markdown as the viewer renders it, and what is better shown as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
MOST_BYTES = 50_000
"""Above this the source is shown (SCREEN "Other screens"): each block is a widget."""
MOST_BLOCKS = 1200
"""Few bytes can make many blocks, and each of them is a widget or more: this many take some seconds."""
_FENCE = 3
_DEEP = 4
_LONGEST = 200


def parser() -> MarkdownIt:
    """Tables and struck text; no HTML, which would hide what is written, and nothing is made a link that is none.

    Behind a link stands where it leads, unless its text says that.
    """
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.core.ruler.push("addresses", _show_addresses)
    return made


def _show_addresses(state: StateCore) -> None:
    for token in state.tokens:
        if token.children and any(child.type == "link_open" for child in token.children):
            token.children = list(_with_addresses(token.children))


def _with_addresses(children: Sequence[Token]) -> Iterator[Token]:
    from markdown_it.token import Token

    address, said = "", ""
    for child in children:
        yield child
        if child.type == "link_open":
            address, said = str(child.attrGet("href") or ""), ""
        elif child.type == "link_close" and address not in ("", said, f"mailto:{said}"):
            yield Token("text", "", 0, content=f" ({one_line(address, _LONGEST)})")
        said += child.content


def why_source(text: str) -> str:
    """Why a Markdown text is not rendered, or nothing."""
    if len(text) > MOST_BYTES:
        return f"{len(text) // 1000:,} kB of Markdown: too much to render"
    # Cells and paragraphs have an inline token beside their own. What is nested deeply is laid out again and again.
    found = (token for token in parser().parse(text) if token.nesting >= 0)
    blocks = sum((_FENCE if token.type == "fence" else 1) + token.level // _DEEP for token in found)
    return f"{blocks:,} blocks of Markdown: too many to render" if blocks > MOST_BLOCKS else ""
