"""Ticking items of a Dream State, and rolling up the counts that say how many there are (SPEC section 7).

Only a box whose item has exactly the name is ticked. A count, percentage or status is rolled up where it agreed with
the list before: one that contradicts it is corrected only when a person asks for that (`correct_counts`).
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from loop_tui.model.dream.rollup import Rolled, contradicts, percent_of
from loop_tui.model.dream.tree import Node, NodeStanding, SaidBy, Stated, Tier, key_of

from .dream_state import read_dream_state
from .markdown import Cell, ListItem, MarkdownList, MarkdownTable, Row, Section, parse
from .rows import columns_of
from .splices import Splice, spliced
from .vocabulary import Column
from .words import count_at, percent_at, plain, whole_count_at, without_signs

Rolls = Mapping[str, tuple[Rolled, Rolled]]
"""What became of the systems or modules of a document, by the key of their names: before and after."""
_STARTED = frozenset({"in-progress", "in progress", "pending", "planned", "todo", "wip", "active", "open"})
_DONE_WORD = "complete"
_FINISHED = frozenset({_DONE_WORD, "completed", "done", "finished", "operational"})


class Chosen(Struct, frozen=True):
    """The items that names are for: those to tick, and the names that tick nothing.

    These are ticked already (`before`), not there (`missing`), or there more than once (`several`).
    """

    nodes: tuple[Node, ...] = ()
    before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    several: tuple[str, ...] = ()


def choose(root: Node, names: Iterable[str], module: str = "") -> Chosen:
    """The functions below a node that have exactly these names, or say exactly that; with `module` only its own."""
    nodes: dict[int, Node] = {}
    others: dict[str, list[str]] = {"before": [], "missing": [], "several": []}
    functions = list(functions_of(root, module))
    for name in dict.fromkeys(names):
        found = [node for node in functions if name in (node.name, node.text)]
        if len(found) != 1:
            others["several" if found else "missing"].append(name)
        elif found[0].standing is NodeStanding.DONE:
            others["before"].append(name)
        else:
            nodes[id(found[0])] = found[0]
    return Chosen(tuple(nodes.values()), *map(tuple, others.values()))


def tick(text: str, nodes: Iterable[Node]) -> str:
    """The text of a document with the boxes of these functions of it ticked; one without a box stays as it is."""
    places = _Places(text)
    # A module of which only the system lists functions has them from there: one box may be meant twice.
    lines = {node.line for node in nodes}
    return spliced(text, (places.box(line) for line in lines if line in places.items))


def functions_of(node: Node, module: str = "") -> Iterator[Node]:
    """The functions below a node, and parts of them; `module` names one module or system, by name or folder."""
    for child in node.children:
        if child.tier is Tier.FUNCTION:
            if not module:
                yield child
                yield from functions_of(child)
        else:
            yield from functions_of(child, "" if not module or _is_called(child, module) else module)


def _is_called(node: Node, module: str) -> bool:
    """True for the module or system of that name, and for the module in that folder."""
    folder = node.folder.removeprefix("./").strip("/")
    return key_of(module) == key_of(node.name) or (bool(folder) and key_of(module.strip("/")) == key_of(folder))


def roll_counts(text: str, tier: Tier, rolls: Rolls) -> str:
    """The text with the counts of its systems or modules as they are after; only those that agreed before change."""
    places = _Places(text)
    pieces: list[Splice] = []
    for node in read_dream_state(text, tier, "").root.children:
        old, new = rolls.get(key_of(node.name), (None, None))
        if node.tier is Tier.FUNCTION or old is None or new is None:
            continue
        if (old.done, old.total, old.standing) != (new.done, new.total, new.standing):
            pieces += (piece for stated in node.stated for piece in _counts(places, stated, old, new))
    return spliced(text, pieces)


def correct_counts(text: str, tier: Tier, rolls: Mapping[str, Rolled]) -> str:
    """The text with what contradicts the lists of its systems or modules made what these say; `rolls` by key.

    Counts, percentages, and a status in one of the usual words. Another word (`blocked`) and a ticked box are what a
    person said: they stay.
    """
    places = _Places(text)
    pieces: list[Splice] = []
    for node in read_dream_state(text, tier, "").root.children:
        rolled = rolls.get(key_of(node.name))
        if node.tier is Tier.FUNCTION or rolled is None or rolled.is_stated or rolled.standing is NodeStanding.DEFERRED:
            continue
        pieces += (piece for stated in node.stated for piece in _corrections(places, stated, rolled))
    return spliced(text, pieces)


class _Places:
    """Where the boxes, table rows and headings of a text are, by line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.items: dict[int, ListItem] = {}
        self.rows: dict[int, tuple[Row, MarkdownTable]] = {}
        self.headings: dict[int, Section] = {}
        for section in parse(text).whole():
            self.headings[section.line] = section
            for block in section.blocks:
                if isinstance(block, MarkdownList):
                    self._boxes(block.items)
                elif isinstance(block, MarkdownTable):
                    self.rows |= {row.line: (row, block) for row in block.rows}
        self._box = "[X]" if "[X]" in text and "[x]" not in text else "[x]"

    def _boxes(self, items: Iterable[ListItem]) -> None:
        for item in items:
            if item.start >= 0:
                self.items[item.line] = item
            self._boxes(item.items)

    def header(self, stated: Stated) -> int:
        """How far the header of a table is before its row that says this; 0 where no table does."""
        if stated.by is not SaidBy.TABLE or stated.line not in self.rows:
            return 0
        row, table = self.rows[stated.line]
        return row.start - table.header.start

    def box(self, line: int) -> Splice:
        """The box of the item in that line, ticked as the document ticks its boxes."""
        item = self.items[line]
        sign = self.text[item.start]
        return Splice(item.start, item.end, self._box if sign == "[" else "☑" if sign == "☐" else "✅")


def _counts(places: _Places, stated: Stated, old: Rolled, new: Rolled) -> Iterator[Splice]:
    """What one place says of a system or module, as it is after."""
    wrong = contradicts(stated, old)
    is_done = new.standing is NodeStanding.DONE and not wrong.standing
    is_empty_box = stated.by is SaidBy.TICK and stated.standing is NodeStanding.OPEN
    if is_done and is_empty_box and stated.line in places.items:
        yield places.box(stated.line)
    header = places.header(stated)
    for part, column in _parts(places, stated):
        said = places.text[part.start : part.end]
        at: tuple[int, int] | None = None
        if column is Column.STATUS:
            if is_done and said.casefold() in _STARTED:
                at, now = (0, len(said)), _DONE_WORD
        elif column is Column.COUNT and not wrong.count:
            at, now = count_at(said), str(new.done)
        elif column is Column.PERCENT and not wrong.percent:
            at, now = percent_at(said), str(percent_of(new))
        if at is not None:
            splice = Splice(part.start + at[0], part.start + at[1], now)
            yield _padded(places.text, splice, part, header) if header else splice


def _corrections(places: _Places, stated: Stated, rolled: Rolled) -> Iterator[Splice]:
    """What one place says of a system or module against its list, as the list has it."""
    wrong, is_done = contradicts(stated, rolled), rolled.standing is NodeStanding.DONE
    if stated.by is SaidBy.TICK and wrong.standing and is_done and stated.line in places.items:
        yield places.box(stated.line)
    header = places.header(stated)
    for part, column in _parts(places, stated):
        said = places.text[part.start : part.end]
        word = without_signs(plain(said)).strip().casefold()
        at: tuple[int, int] | None = None
        if column is Column.STATUS and wrong.standing and word in (_STARTED if is_done else _FINISHED):
            at, now = (0, len(said)), _DONE_WORD if is_done else "in-progress" if rolled.done else "pending"
        elif column is Column.COUNT and wrong.count and (found := whole_count_at(said)) is not None:
            kept = stated.total == rolled.total + rolled.deferred
            at, now = found[:2], f"{rolled.done}{found[2]}{stated.total if kept else rolled.total}"
        elif column is Column.PERCENT and wrong.percent:
            at, now = percent_at(said), str(percent_of(rolled))
        if at is not None:
            splice = Splice(part.start + at[0], part.start + at[1], now)
            yield _padded(places.text, splice, part, header) if header else splice


def _parts(places: _Places, stated: Stated) -> Iterator[tuple[Cell, Column]]:
    """Where a place says its status, count and percentage."""
    if stated.by is SaidBy.TABLE and stated.line in places.rows:
        row, table = places.rows[stated.line]
        columns = columns_of(table)
        for column in (Column.STATUS, Column.COUNT, Column.PERCENT):
            at = columns.get(column)
            if at is not None and at < len(row.cells):
                yield row.cells[at], column
    elif stated.by is SaidBy.HEADING and stated.line in places.headings:
        section = places.headings[stated.line]
        heading = places.text[section.start : section.body]
        opened, closed = heading.rfind("("), heading.rfind(")")
        if 0 <= opened < closed:
            column = Column.COUNT if stated.total is not None else Column.STATUS
            yield Cell(heading[opened + 1 : closed], section.start + opened + 1, section.start + closed), column
    elif stated.by is SaidBy.TICK and stated.line in places.items:
        item = places.items[stated.line]
        yield Cell(item.text, item.end, item.end + len(item.text) + 1), Column.COUNT


def _padded(text: str, splice: Splice, cell: Cell, header: int) -> Splice:
    """A new text in a cell, with spaces behind it so that its column stays as wide, where the header's is as wide.

    `header` says how far the start of the header's line is before that of the cell's.
    """
    after = cell.end
    while text[after : after + 1] == " ":
        after += 1
    longer = len(splice.text) - (splice.end - splice.start)
    spaces = after - cell.end - longer
    if text[after : after + 1] != "|" or text[after - header] != "|" or spaces < 1:
        return splice
    return Splice(splice.start, after, splice.text + text[splice.end : cell.end] + " " * spaces)
