"""One row in Active Systems for a system that completed a run and is not listed there (SPEC section 7).

Only a table that exists gets a row. How far a system is, its row says from then on, as roll-ups keep it.
"""

from collections.abc import Iterator

from loop_tui.model.dream.rollup import Rolled, percent_of
from loop_tui.model.dream.tree import NodeStanding, SaidBy, Tier, key_of

from .dream_state import read_dream_state
from .markdown import MarkdownTable, parse
from .rows import cells_line, columns_of
from .splices import added_line, spliced
from .vocabulary import Column, Topic
from .words import topic_of

_ACTIVE, _DONE = "active", "complete"


def list_system(text: str, name: str, rolled: Rolled | None) -> str:
    """The organization's document with a row for a system of that name; `rolled` is how far it is, where that is known.

    Unchanged where a table lists it, where it is deferred, without a table of systems, and where the row would not be
    read as one. Every other byte stays.
    """
    known = _systems(text)
    if known.get(key_of(name), False):
        return text
    table = next(_tables(text), None)
    if table is None:
        return text
    columns = columns_of(table)
    is_done = rolled is not None and rolled.standing is NodeStanding.DONE
    said = {
        Column.NAME: name,
        Column.STATUS: _DONE if is_done else _ACTIVE,
        Column.COUNT: f"{rolled.done}/{rolled.total}" if rolled is not None and rolled.total else "",
        Column.PERCENT: f"{percent_of(rolled)}%" if rolled is not None and rolled.total else "",
    }
    cells = [""] * len(table.header.cells)
    for column, at in columns.items():
        cells[at] = said.get(column, "")
    added = spliced(text, [added_line(text, table.end, cells_line(cells))])
    # Behind a comment or a fence that never ends nothing is read: what would not be seen is not written.
    return added if _systems(added) == known | {key_of(name): True} else text


def _systems(text: str) -> dict[str, bool]:
    """What a document lists by the keys of the names, and whether no row is due: a table or a deferral says so."""
    return {
        key_of(node.name): node.standing is NodeStanding.DEFERRED
        or any(each.by is SaidBy.TABLE for each in node.stated)
        for node in read_dream_state(text, Tier.ORGANIZATION, "").root.children
    }


def _tables(text: str) -> Iterator[MarkdownTable]:
    """The tables that list systems: those of sections about systems with a column of names."""
    for section in parse(text).whole():
        if topic_of(section.title) is Topic.MEMBERS:
            yield from (table for table in section.tables() if Column.NAME in columns_of(table))
