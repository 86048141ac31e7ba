"""What the rows of tables in Dream States say, and the items of lists that stand for them."""

from collections.abc import Iterable

from loop_tui.model.dream.tree import ActiveLoop, Completion
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .markdown import ListItem, MarkdownTable, Row
from .vocabulary import Column
from .words import column_of, plain

_LONGEST = 200
_UNSAFE = regex(r"[^A-Za-z0-9._-]+")
_SPECIAL = regex(r"([\\|`\[])")


def columns_of(table: MarkdownTable) -> dict[Column, int]:
    """Which column says what; of several that say the same the first."""
    found: dict[Column, int] = {}
    for at, cell in enumerate(table.header.cells):
        column = column_of(cell.text)
        if column is not None:
            found.setdefault(column, at)
    return found


def cell(row: Row, at: int | None) -> str:
    """The text of a cell; empty where a row has no such cell, or the table no such column."""
    return row.cells[at].text if at is not None and at < len(row.cells) else ""


def first_of(row: Row) -> str:
    """What stands first in a row."""
    return next((text for cell in row.cells if (text := plain(cell.text))), "")


def loop_of(found: Row | ListItem, columns: dict[Column, int]) -> ActiveLoop:
    """The loop that a row of a table, or an item of a list, says is running."""
    if isinstance(found, ListItem):
        return ActiveLoop(text=plain(found.text), line=found.line)
    return ActiveLoop(
        loop=plain(cell(found, columns.get(Column.LOOP, 0))),
        phase=plain(cell(found, columns.get(Column.PHASE))),
        module=plain(cell(found, columns.get(Column.NAME, columns.get(Column.SCOPE)))),
        started=plain(cell(found, columns.get(Column.STARTED))),
        line=found.line,
    )


def completion_of(found: Row | ListItem, columns: dict[Column, int]) -> Completion:
    """The run that a row of a table, or an item of a list, says was completed."""
    if isinstance(found, ListItem):
        return Completion(text=plain(found.text), line=found.line)
    others = (plain(each.text) for at, each in enumerate(found.cells) if at not in columns.values())
    return Completion(
        date=plain(cell(found, columns.get(Column.DATE))),
        loop=plain(cell(found, columns.get(Column.LOOP))),
        module=plain(cell(found, columns.get(Column.NAME, columns.get(Column.SCOPE)))),
        outcome=plain(cell(found, columns.get(Column.OUTCOME, columns.get(Column.STATUS)))),
        more=", ".join(filter(None, others)),
        line=found.line,
    )


def comment(word: str, run: str) -> str:
    """The comment in a row of ours, which no reader shows: by it the row of a run is found again."""
    return f"<!-- {word} {_UNSAFE.sub('-', run)[:80]} -->"


def row_line(cells: Iterable[str], mark: str) -> str:
    """A row of a table, with a mark in its last cell."""
    *first, last = map(quoted, cells)
    return _line((*first, f"{last} {mark}".lstrip()))


def cells_line(cells: Iterable[str]) -> str:
    """A row of a table."""
    return _line(map(quoted, cells))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def quoted(text: str) -> str:
    """A text for a cell: on one line, and nothing in it is read as Markdown that would end the cell or the row."""
    return _SPECIAL.sub(r"\\\1", one_line(text, _LONGEST)).replace("<", "&lt;")
