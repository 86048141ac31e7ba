"""One tree from all documents of a project: what the higher tiers say of a module or system, and its own document.

A document of its own decides what belongs to a module or system. What the tier above lists of it is compared with that
by its counts, and what the organization asks of a system beside its modules is asked of it too.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from .rollup import roll_up
from .tree import DreamState, Node, NodeStanding, SaidBy, Stated, Tier, key_of


def system_of(name: str, own: DreamState | None, registry: Iterable[Node], modules: Iterable[DreamState]) -> Node:
    """A system with its modules: those of its document, of its registries, and those with a document of their own."""
    root = own.root if own is not None else Node(Tier.SYSTEM, name)
    found = {key_of(node.name): node for node in root.children if node.tier is Tier.MODULE}
    for node in registry:
        key = key_of(node.name)
        found[key] = _registered(found[key], node) if key in found else node
    for document in modules:
        key = _place(found, document)
        found[key] = _own_document(found.get(key), document)
    functions = (node for node in root.children if node.tier is Tier.FUNCTION)
    return replace(root, children=(*found.values(), *functions))


def organization_of(own: DreamState, system: Node | None) -> Node:
    """An organization with its systems; `system` is the one that is looked at, by its own documents."""
    if system is None:
        return own.root
    key = key_of(system.name)
    children = tuple(
        _asked(node, system) if node.tier is Tier.SYSTEM and key_of(node.name) == key else node
        for node in own.root.children
    )
    known = any(node.tier is Tier.SYSTEM and key_of(node.name) == key for node in own.root.children)
    return replace(own.root, children=children if known else (*children, system))


def _registered(node: Node, other: Node) -> Node:
    """A module with what a registry knows of it; the document's own list and folder go first."""
    return replace(
        node,
        children=node.children or other.children,
        folder=node.folder or other.folder,
        stated=(*node.stated, *other.stated),
    )


def _place(found: dict[str, Node], document: DreamState) -> str:
    """Which module a document is about: by its folder, else by its name."""
    folder = document.folder.strip("/")
    for key, node in found.items():
        if node.folder and folder and node.folder.removeprefix("./").strip("/") == folder:
            return key
    return key_of(document.root.name)


def _own_document(node: Node | None, document: DreamState) -> Node:
    root = replace(document.root, folder=document.folder)
    if node is None:
        return root
    said = node.stated
    if node.children and root.children:
        listed = roll_up(node)
        said = (*said, Stated(SaidBy.SYSTEM, None, "", listed.done, listed.total, None, node.document, node.line))
    return replace(
        root,
        name=node.name,
        standing=node.standing,
        stated=said,
        children=root.children or node.children,
    )


def _asked(node: Node, system: Node) -> Node:
    """A system with what the organization says of it, and asks of it beside its modules and functions."""
    known = {key_of(each.name) for child in system.children for each in (child, *child.children)}
    more = tuple(each for each in node.children if key_of(each.name) not in known)
    deferred = NodeStanding.DEFERRED if node.standing is NodeStanding.DEFERRED else system.standing
    return replace(system, standing=deferred, stated=(*system.stated, *node.stated), children=(*system.children, *more))
