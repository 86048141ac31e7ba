"""Markdown for deliverables: every piece of text from outside is cleaned, masked and escaped on its way in.

A plain `str` is text and is escaped; a `Markup` is Markdown that one of these functions made and is taken as it is.
So a commit subject can never start a heading, close a table or become a link (SPEC section 8).
"""

import re
from collections.abc import Iterable, Sequence

from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line

# `>` quotes at the start of a line and closes nothing where no `<` is left; `&` means something before a name only.
_SPECIAL = regex(r"([\\`*\[\]<|~]|&(?=#?\w+;))")
# An underscore inside a word is plain text in CommonMark; anywhere else it may start emphasis.
_UNDERSCORE = regex(r"(?<![^\W_])_|_(?![^\W_])")
_BLOCK_START = regex(r"^([#+=>-]|\d+(?=[.)](?:\s|$)))")
_BACKTICKS = regex(r"`+")


class Markup(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """The text on one line, cleaned and masked, such that Markdown renders it as it reads."""
    return text if isinstance(text, Markup) else Markup(_BLOCK_START.sub(_escape_start, _inline(text)))


def _inline(text: str) -> str:
    """The text as it can stand inside a line: what only means something at a line's start is left alone."""
    return _UNDERSCORE.sub(r"\\_", _SPECIAL.sub(r"\\\1", mask(one_line(text))))


def _escape_start(match: re.Match[str]) -> str:
    start = match[1]
    # A number is escaped behind it: `1\.` is text, `\1.` is not an escape at all.
    return start + "\\" if start[0].isdigit() else "\\" + start


def code(text: str) -> Markup:
    """The text as an inline code span, also inside a table; empty text gives an empty Markup."""
    line = mask(one_line(text))
    if "\\|" in line or not line:
        # Inside a table no spelling of a backslash before a pipe is code to every reader.
        return Markup(_inline(line))
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return Markup(f"{ticks}{pad}{line}{pad}{ticks}")


def strong(text: str) -> Markup:
    """The text in bold."""
    return Markup(f"**{escape(text)}**")


def join(*parts: str) -> Markup:
    """The parts behind one another, each escaped unless it is Markup. Spaces at the seams are kept."""
    whole = ""
    for part in parts:
        starts = not whole.strip() or whole.endswith("\n")
        whole += part if isinstance(part, Markup) else _keep_edges(part, starts=starts)
    return Markup(whole)


def _keep_edges(text: str, *, starts: bool) -> str:
    """The text escaped; `starts`: it begins a line, where signs such as `-` mean something."""
    start = " " if text[:1].isspace() else ""
    end = " " if text[-1:].isspace() and text.strip() else ""
    return f"{start}{escape(text) if starts else _inline(text)}{end}"


def heading(text: str, level: int = 2) -> Markup:
    """A heading of that level, 1 to 6."""
    return Markup(f"{'#' * min(max(level, 1), 6)} {escape(text)}")


def fence(text: str, language: str = "") -> Markup:
    """The text as a code block, with a fence that nothing in it can close."""
    body = mask(clean(text)).strip("\n")
    ticks = "`" * max(3, _longest_run(body) + 1)
    return Markup(f"{ticks}{language}\n{body}\n{ticks}")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table. Short rows are filled up with empty cells, long ones are cut to the header."""
    width = len(header)
    lines = [_row(header), "|" + " --- |" * width]
    for row in rows:
        cells = [*row, *[""] * width][:width]
        lines.append(_row(cells))
    return Markup("\n".join(lines))


def _row(cells: Sequence[str]) -> str:
    # A pipe inside a code span still splits the cell, so it needs its backslash there too.
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _cell(text: str) -> str:
    if isinstance(text, Markup):
        return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split("\n")))
    return _inline(text)


def bullets(items: Iterable[str]) -> Markup:
    """A list with one item a line."""
    return Markup("\n".join(f"- {escape(item)}" for item in items))


def document(title: str, *blocks: str) -> str:
    """A whole document: a first-level heading and the blocks that are not empty, each set apart by a blank line."""
    parts = [heading(title, 1), *(escape(b) for b in blocks if b)]
    return "\n\n".join(parts) + "\n"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
