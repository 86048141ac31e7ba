"""The search over documents and logs of archived runs: who asks for it, and what it found of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.content import Content

    from loop_tui.control.archived_runs import Grepped, Hit

SIGN = "/"
"""What a filter begins with that is searched for in documents and logs."""
MOST_LINES = 2_000
OF_EACH = 6
"""So many lines of a run are shown."""


def search(text: str, told: Callable[[int, int], None]) -> Grepped:
    """The newest lines with that text. Raises Problem."""
    from loop_tui.control.archived_runs import grep_runs
    from loop_tui.fs.homes import claude_home

    return grep_runs(claude_home(), text, MOST_LINES, of_each=OF_EACH, progress=told)


def said_of(text: str, runs: int, found: Grepped) -> str:
    """How many runs have it."""
    many = count_of(runs, "run")
    more = ", the newest" if found.has_more else ""
    slow = "; every text was read, as SQLite here has no full-text search" if found.without_index else ""
    return f"{many} with \u201c{one_line(text, 40)}\u201d in documents and logs{more}{slow}"


def lines_with(hits: Sequence[Hit], text: str) -> Content:
    """The lines of a run, each with its file, and the text in them picked out."""
    return lines_of(*(_line(hit, text.casefold()) for hit in hits))


def _line(hit: Hit, text: str) -> Content:
    place = (f"{one_line(hit.file, 40)}:{hit.line}  ", MUTED)
    at = hit.excerpt.casefold().find(text)
    if at < 0:
        return text_of(place, hit.excerpt)
    before, found, after = hit.excerpt[:at], hit.excerpt[at : at + len(text)], hit.excerpt[at + len(text) :]
    return text_of(place, before, (found, "bold $status-waiting"), after)
