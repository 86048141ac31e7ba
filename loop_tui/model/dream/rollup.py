"""The completion algebra (SPEC section 7): what is done, from the functions up, and why not.

Done is a tier of which everything that counts is done: an organization by its systems, a system by its modules, a
module by its functions. What is deferred does not count, and what lists nothing is not done. Where no function is
listed, what tables say stands in, and is told apart as `is_stated`.
"""

from collections.abc import Iterable, Mapping, Set
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from .tree import Node, NodeStanding, SaidBy, Stated, Tier

_NOT_DONE = (NodeStanding.OPEN, NodeStanding.BLOCKED)
_WHOLE = 100
_ROUNDING = 1
"""Percentages may be this far from the counts that they round."""


class NotDone(StrEnum):
    """Why something is not done."""

    OPEN = "open"
    BLOCKED = "blocked"
    BROKEN = "broken"
    STATED = "stated"
    EMPTY = "empty"


Verdicts = Mapping[tuple[str, int], str]
"""What checks say of functions, by document and line."""
REASONS = {
    NotDone.OPEN: "not operational",
    NotDone.BLOCKED: "blocked",
    NotDone.BROKEN: "its check failed",
    NotDone.STATED: "its table says that it is not done",
    NotDone.EMPTY: "nothing is listed",
}
"""The same in words."""


class Why(Struct, frozen=True):
    """One thing that is missing: its name after those that it is part of."""

    path: tuple[str, ...]
    missing: NotDone


class Differs(Struct, frozen=True):
    """One contradiction: what a place says (`said`) against what was counted; `line` is that of the place."""

    name: str
    said: str
    counted: str
    document: str
    line: int


class Rolled(Struct, frozen=True):
    """A node with its roll-up; `done`, `total` and `deferred` count functions, its own and those below."""

    node: Node
    standing: NodeStanding
    done: int
    total: int
    deferred: int
    children: "tuple[Rolled, ...]" = ()
    why: tuple[Why, ...] = ()
    differs: tuple[Differs, ...] = ()
    is_stated: bool = False


Broken = Set[tuple[str, int]]
"""Functions whose check fails, by document and line: they are not operational, whatever their boxes say."""


def roll_up(node: Node, broken: Broken = frozenset()) -> Rolled:
    """How far a node is. `why` is empty when it is done or deferred; paths in it begin below the node."""
    return seen_alone(_rolled(node, broken))


def seen_alone(rolled: Rolled) -> Rolled:
    """The same part of a hierarchy without what is above it: each reason has a name, that of the part if no other."""
    return replace(rolled, why=tuple(why if why.path else Why((rolled.node.name,), why.missing) for why in rolled.why))


def _own(missing: NotDone) -> Why:
    return Why((), missing)


def _rolled(node: Node, broken: Broken) -> Rolled:
    if node.tier is Tier.FUNCTION:
        return _function(node, broken)
    children = tuple(_rolled(child, broken) for child in node.children)
    if _is_deferred(node):
        return Rolled(node, NodeStanding.DEFERRED, 0, 0, max(1, _leaves(children)), children, is_stated=not children)
    return _container(node, children) if children else _stated(node)


def _leaves(children: Iterable[Rolled]) -> int:
    return sum(child.total + child.deferred for child in children)


def _is_deferred(node: Node) -> bool:
    return node.standing is NodeStanding.DEFERRED or any(each.standing is NodeStanding.DEFERRED for each in node.stated)


def _function(node: Node, broken: Broken) -> Rolled:
    parts = tuple(_rolled(child, broken) for child in node.children)
    if node.standing is NodeStanding.DEFERRED:
        return Rolled(node, NodeStanding.DEFERRED, 0, 0, 1, parts)
    counted = [part for part in parts if part.standing is not NodeStanding.DEFERRED]
    done_parts = sum(part.standing is NodeStanding.DONE for part in counted)
    is_broken = (node.document, node.line) in broken
    ticked = node.standing is NodeStanding.DONE and not is_broken
    differs = _all_differs(parts)
    if ticked and done_parts < len(counted):
        told = Differs(node.name, "ticked", f"parts {done_parts}/{len(counted)}", node.document, node.line)
        differs = (told, *differs)
    if ticked and done_parts == len(counted):
        return Rolled(node, NodeStanding.DONE, 1, 1, 0, parts, differs=differs)
    missing = NotDone.BLOCKED if node.standing is NodeStanding.BLOCKED else NotDone.OPEN
    why = (_own(NotDone.BROKEN),) if is_broken else _below(parts) or (_own(missing),)
    return Rolled(node, NodeStanding.OPEN, 0, 1, 0, parts, why, differs)


def _container(node: Node, children: tuple[Rolled, ...]) -> Rolled:
    done, total = sum(child.done for child in children), sum(child.total for child in children)
    deferred = sum(child.deferred for child in children)
    counting = [child for child in children if child.standing is not NodeStanding.DEFERRED]
    standing = NodeStanding.DEFERRED if not counting else NodeStanding.OPEN
    if counting and all(child.standing is NodeStanding.DONE for child in counting):
        standing = NodeStanding.DONE
    rolled = Rolled(node, standing, done, total, deferred, children, _below(children))
    own = tuple(told for stated in node.stated if (told := _against(stated, rolled)) is not None)
    return replace(rolled, differs=(*own, *_all_differs(children)))


def _below(children: Iterable[Rolled]) -> tuple[Why, ...]:
    return tuple(Why((child.node.name, *why.path), why.missing) for child in children for why in child.why)


def _all_differs(children: Iterable[Rolled]) -> tuple[Differs, ...]:
    return tuple(each for child in children for each in child.differs)


def _stated(node: Node) -> Rolled:
    """A tier of which nothing is listed: what the document says of it as a whole."""
    said = [each for each in node.stated if each.says_something]
    counts = next((each for each in said if each.total is not None and not _is_impossible(each)), None)
    done, total = (counts.done or 0, counts.total or 0) if counts is not None else (0, 0)
    if said and not any(map(_says_open, said)):
        return Rolled(node, NodeStanding.DONE, done, total, 0, is_stated=True)
    missing = NotDone.STATED if said else NotDone.EMPTY
    if any(each.standing is NodeStanding.BLOCKED for each in said):
        missing = NotDone.BLOCKED
    differs = (*_tick_against(node, said), *_more_than_all(node, said))
    return Rolled(node, NodeStanding.OPEN, done, total, 0, (), (_own(missing),), differs, is_stated=bool(said))


def _says_open(stated: Stated) -> bool:
    short = stated.total is not None and (stated.done != stated.total or not stated.total)
    return short or (stated.percent is not None and stated.percent < _WHOLE) or stated.standing in _NOT_DONE


def _is_impossible(stated: Stated) -> bool:
    """More that is done than there is: a slip, which counts for nothing above it."""
    return stated.done is not None and stated.total is not None and stated.done > stated.total


def _more_than_all(node: Node, said: Iterable[Stated]) -> tuple[Differs, ...]:
    return tuple(
        Differs(node.name, f"{each.by.value} {each.done}/{each.total}", "more than there are", each.document, each.line)
        for each in said
        if _is_impossible(each)
    )


def _tick_against(node: Node, said: Iterable[Stated]) -> tuple[Differs, ...]:
    """Where the box of a module and its table differ, and nothing is listed that would decide."""
    ticks = [each for each in said if each.by is SaidBy.TICK]
    tables = [each for each in said if each.by is SaidBy.TABLE]
    return tuple(
        Differs(node.name, _words(tick), f"{table.by.value} {_words(table)}", tick.document, tick.line)
        for tick in ticks
        for table in tables
        if (tick.standing is NodeStanding.DONE) == _says_open(table)
    )


def _words(stated: Stated) -> str:
    if stated.by is SaidBy.TICK:
        return "ticked" if stated.standing is NodeStanding.DONE else "not ticked"
    counts = f"{stated.done}/{stated.total}" if stated.total is not None else ""
    percent = f"{stated.percent}%" if stated.percent is not None else ""
    return " ".join(filter(None, (stated.words, counts, percent)))


class Wrong(Struct, frozen=True):
    """Which parts of what a place says are not borne out by the list below it."""

    standing: bool
    count: bool
    percent: bool


def contradicts(stated: Stated, rolled: Rolled) -> Wrong:
    """What a place says against the list: totals may count what is deferred, percentages are rounded."""
    is_done = rolled.standing is NodeStanding.DONE
    totals = (rolled.total, rolled.total + rolled.deferred)
    return Wrong(
        standing=stated.standing is not None and (stated.standing is NodeStanding.DONE) != is_done,
        count=stated.total is not None and (stated.done != rolled.done or stated.total not in totals),
        percent=stated.percent is not None and abs(stated.percent - percent_of(rolled)) > _ROUNDING,
    )


def _against(stated: Stated, rolled: Rolled) -> Differs | None:
    wrong = contradicts(stated, rolled)
    if rolled.standing is NodeStanding.DEFERRED or not (wrong.standing or wrong.count or wrong.percent):
        return None
    standing = stated.standing.value if stated.standing is not None else ""
    words = _words(stated) if stated.by is SaidBy.TICK else stated.words or standing
    parts = (
        words if wrong.standing else "",
        f"{stated.done}/{stated.total}" if wrong.count else "",
        f"{stated.percent}%" if wrong.percent else "",
    )
    said = " ".join((*(() if stated.by is SaidBy.TICK else (stated.by.value,)), *filter(None, parts)))
    return Differs(rolled.node.name, said, f"checklist {rolled.done}/{rolled.total}", stated.document, stated.line)


def percent_of(rolled: Rolled) -> int:
    """How many of a hundred functions are operational; 0 where none counts."""
    return round(_WHOLE * rolled.done / rolled.total) if rolled.total else 0
