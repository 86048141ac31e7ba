"""What a run was held to, as its archive keeps it: the functions of its module or system (SPEC section 7)."""

from collections.abc import Iterable, Iterator

from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.told import ChecklistItem
from loop_tui.model.dream.tree import Node, NodeStanding, Tier, key_of

from .hierarchy import Hierarchy
from .ticking import functions_of


def checklist_of(found: Hierarchy, module: str, failing: Iterable[tuple[str, str]] = ()) -> tuple[ChecklistItem, ...]:
    """The items of a module, by its name or folder, or without one of the system; what is deferred is left out.

    `failing` names functions, each after its module, whose check failed when it ran last: they are not operational.
    """
    system = found.system
    if system is None:
        return ()
    whole = found.rolled_system
    node = next(_modules(system, module), None) if module else whole.node if whole is not None else None
    if node is None:
        return ()
    named = (each for owner, name in failing for each in functions_of(system, owner) if each.name == name)
    return tuple(_items(roll_up(node, frozenset((each.document, each.line) for each in named))))


def _modules(system: Node, module: str) -> Iterator[Node]:
    key = key_of(module)
    return (each for each in system.children if each.tier is Tier.MODULE and key in _keys(each))


def _keys(node: Node) -> tuple[str, ...]:
    folder = node.folder.removeprefix("./").strip("/")
    return (key_of(node.name), key_of(folder)) if folder else (key_of(node.name),)


def _items(rolled: Rolled) -> Iterator[ChecklistItem]:
    """The functions below; of a tier of which none is listed what its table says of it as a whole."""
    if rolled.standing is NodeStanding.DEFERRED:
        return
    if rolled.node.tier is Tier.FUNCTION or (rolled.is_stated and not rolled.children):
        yield ChecklistItem(rolled.node.name, rolled.standing is NodeStanding.DONE)
        return
    for child in rolled.children:
        yield from _items(child)
