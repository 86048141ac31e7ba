"""A hierarchy as `loop-tui dream` prints it, for people and as JSON."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import to_builtins
from pydantic import JsonValue

from loop_tui.control.dream import Hierarchy, Promotion
from loop_tui.model.dream.rollup import REASONS, Rolled, Verdicts, Why
from loop_tui.model.dream.tree import DreamState, NodeStanding, Roadmap, Tier
from loop_tui.model.text import count_of, one_line

from .show import problem_json
from .tables import cells_in

_MOST = 20
"""So many reasons and contradictions are printed without `--all`."""
_RECENT = 5
_NAME = 60
_SIGNS = {**dict.fromkeys(NodeStanding, "·"), NodeStanding.DONE: "✓", NodeStanding.DEFERRED: "-"}
_WORDS = {**dict.fromkeys(NodeStanding, "not done"), NodeStanding.DONE: "done", NodeStanding.DEFERRED: "deferred"}


def text_of(found: Hierarchy, root: Rolled, verdicts: Verdicts, *, everything: bool) -> Iterator[str]:
    """The lines that tell of a hierarchy, from `root` down; functions and unknown sections only with `everything`."""
    yield from _aligned(_tree(root, 0, everything, verdicts))
    most = None if everything else _MOST
    yield from _listed("Not done", [_reason(why) for why in root.why], most)
    differs = [
        f"{_place(found, each.document, each.line)}{each.name}: {each.said}, {each.counted}" for each in root.differs
    ]
    yield from _listed("Contradictions", differs, most)
    system = found.documents.system
    for title, document in (("Organization", found.documents.organization), ("System", system)):
        if document is not None and root.node.tier is not Tier.MODULE:
            yield from _document(title, document, everything)
    if found.roadmap is not None and root.node.tier is not Tier.MODULE:
        yield from _roadmap(found.roadmap, everything)


def promotions_text(found: Hierarchy, tier: Tier, proposed: Iterable[Promotion]) -> Iterator[str]:
    """The patterns that are proposed for a tier, each with the modules or systems that have it."""
    lines = [
        f"{one_line(each.name, _NAME)}: in {', '.join(one_line(name, _NAME) for name in each.owners)}, "
        f"not in {path_text(each.to, found.places.top)}"
        for each in proposed
    ]
    yield from _listed(f"Proposed for the {tier}", lines, _MOST)


def promotions_json(proposed: Iterable[Promotion], owners: str) -> list[JsonValue]:
    """The same as JSON; `owners` is the key of those that have a pattern."""
    return [{"name": each.name, owners: list(each.owners), "to": each.to} for each in proposed]


def json_of(found: Hierarchy, root: Rolled | None, verdicts: Verdicts) -> dict[str, JsonValue]:
    """The same as one JSON object: the tree, why it is not done, contradictions, and what stands beside it."""
    documents = found.documents
    return {
        "project": str(found.places.top),
        "system": found.system.name if found.system is not None else None,
        "root": _node_json(root, verdicts) if root is not None else None,
        "why": [{"path": list(why.path), "missing": why.missing.value} for why in (root.why if root else ())],
        "differs": [to_builtins(each) for each in (root.differs if root else ())],
        "organization_document": _document_json(documents.organization),
        "system_document": _document_json(documents.system),
        "module_documents": [_document_json(each) for each in documents.modules],
        "roadmap": to_builtins(found.roadmap) if found.roadmap is not None else None,
        "problems": [dict(problem_json(each)) for each in documents.problems],
    }


def path_text(path: str | Path, top: Path) -> str:
    """A path from the top of the project, or from the home, as short as it can be said."""
    whole = str(path)
    for base, name in ((str(top), ""), (str(Path.home()), "~")):
        if whole.startswith(base + os.sep):
            return str(Path(name, whole[len(base) + 1 :]))
    return whole


def _tree(rolled: Rolled, depth: int, everything: bool, verdicts: Verdicts) -> Iterator[tuple[str, str, str]]:
    node, indent = rolled.node, "  " * depth
    label = f"{node.tier} " if node.tier in (Tier.ORGANIZATION, Tier.SYSTEM) else ""
    name = f"{indent}{_SIGNS[rolled.standing]} {label}{one_line(node.name, _NAME)}"
    if node.tier is Tier.FUNCTION:
        word = "operational" if rolled.standing is NodeStanding.DONE else _WORDS[rolled.standing]
        yield name, word, verdicts.get((node.document, node.line), "")
    else:
        yield name, _WORDS[rolled.standing], _counts(rolled)
    for child in rolled.children:
        if everything or child.node.tier is not Tier.FUNCTION:
            yield from _tree(child, depth + 1, everything, verdicts)


def _counts(rolled: Rolled) -> str:
    parts = [f"{rolled.done}/{rolled.total}"] if rolled.total else []
    if rolled.deferred and rolled.standing is not NodeStanding.DEFERRED:
        parts.append(f"{rolled.deferred} deferred")
    if rolled.is_stated:
        parts.append("by its table")
    return ", ".join(parts)


def _aligned(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    found = list(rows)
    first, second = (max(cells_in(row[column]) for row in found) for column in (0, 1))
    return (
        f"{name}{' ' * (first - cells_in(name))}  {word}{' ' * (second - cells_in(word))}  {counts}".rstrip()
        for name, word, counts in found
    )


def _reason(why: Why) -> str:
    return f"{' > '.join(one_line(name, _NAME) for name in why.path)}: {REASONS[why.missing]}"


def _listed(title: str, lines: list[str], most: int | None) -> Iterator[str]:
    if not lines:
        return
    yield from ("", f"{title}:")
    yield from (f"  {one_line(line, 200)}" for line in islice(lines, most))
    if most is not None and len(lines) > most:
        yield f"  and {len(lines) - most:,} more (--all)"


def _place(found: Hierarchy, document: str, line: int) -> str:
    return f"{path_text(document, found.places.top)}:{line}: " if document and line else ""


def _document(title: str, document: DreamState, everything: bool) -> Iterator[str]:
    vision = [f"Vision: {document.vision}"] if document.vision else []
    needs = [f"Depends on: {', '.join(document.depends_on)}"] if document.depends_on else []
    needs += [f"Depended on by: {', '.join(document.depended_on_by)}"] if document.depended_on_by else []
    loops = [f"Active loop: {each.words}" for each in document.loops]
    done = [f"Completed: {each.words}" for each in document.completions[:_RECENT]]
    kept = [f"Not understood, kept as it is: {each.title} (line {each.line})" for each in document.kept]
    lines = [*vision, *needs, *loops, *done, *kept]
    yield from _listed(f"{title} {document.root.name}", lines, None)
    if everything:
        for each in document.kept:
            yield from ("", f"{title} {document.root.name}, line {each.line}, {each.title}:", each.text.strip("\r\n"))


def _roadmap(roadmap: Roadmap, everything: bool) -> Iterator[str]:
    items = [item for group in roadmap.groups for item in group.items]
    counted = [item for item in items if item.standing is not NodeStanding.DEFERRED]
    done = sum(item.standing is NodeStanding.DONE for item in counted)
    put_off = f", {len(items) - len(counted)} deferred" if len(items) > len(counted) else ""
    if not items:
        return
    yield from ("", f"Roadmap: {done} of {count_of(len(counted), 'item')} done{put_off}")
    for group in roadmap.groups if everything else ():
        yield f"  {one_line(group.title, _NAME)}"
        for item in group.items:
            needs = one_line(f"(depends on {', '.join(item.depends_on)})", 120) if item.depends_on else ""
            yield f"    {_SIGNS[item.standing]} {one_line(item.name, _NAME)}  {needs}".rstrip()


def _node_json(rolled: Rolled, verdicts: Verdicts) -> JsonValue:
    node = rolled.node
    return {
        "tier": node.tier.value,
        "name": node.name,
        "standing": rolled.standing.value,
        "done": rolled.done,
        "total": rolled.total,
        "deferred": rolled.deferred,
        "stated": rolled.is_stated,
        "folder": node.folder,
        "document": node.document,
        "line": node.line,
        "check": verdicts.get((node.document, node.line)),
        "children": [_node_json(child, verdicts) for child in rolled.children],
    }


def _document_json(document: DreamState | None) -> JsonValue:
    if document is None:
        return None
    told: dict[str, JsonValue] = {
        name: to_builtins(getattr(document, name))
        for name in ("vision", "folder", "loops", "completions", "depends_on", "depended_on_by", "kept")
    }
    return {"name": document.root.name, "path": document.root.document, **told}
