"""Registries of modules in JSON: `modules.json`, `dream-state.json`, `roadmap.json`, in the forms that tools write.

Only what has the type that is due is taken; what is not understood is left to the file.
"""

from collections.abc import Iterable, Iterator, Mapping

from loop_tui.model.dream.tree import (
    DreamState,
    Node,
    NodeStanding,
    Roadmap,
    RoadmapGroup,
    RoadmapItem,
    SaidBy,
    Stated,
    Tier,
)

from .words import count_in, item_name, percent_in, status_of

_LONGEST = 2000
_NAMES = ("name", "id", "module", "title")
_TICKS = ("operational", "complete", "completed", "done", "checked")
_LISTS = ("modules", "items", "milestones", "features")


def read_modules(data: object, document: str) -> tuple[Node, ...]:
    """The modules of a `modules.json` or `dream-state.json`; none of anything else. Never raises."""
    return tuple(_module(name, entry, document) for name, entry in _entries(data, _LISTS))


def read_dream_json(data: object, folder: str, document: str) -> DreamState:
    """The system that a `dream-state.json` describes. Never raises."""
    fields = data if isinstance(data, Mapping) else {}
    name = _text(fields, ("system", "name"))
    root = Node(Tier.SYSTEM, name or folder, children=read_modules(data, document), document=document)
    return DreamState(root, vision=_text(fields, ("vision", "purpose")))


def read_roadmap_json(data: object) -> Roadmap:
    """What a `roadmap.json` plans, by layer. Never raises."""
    groups: dict[str, list[RoadmapItem]] = {}
    unlocked: dict[str, list[str]] = {}
    entries = list(_entries(data, _LISTS))
    for name, entry in entries:
        for other in _names(entry, ("unlocks",)):
            unlocked.setdefault(other, []).append(name)
    for name, entry in entries:
        layer = next((str(entry[key]) for key in ("layer", "phase", "version") if _is_plain(entry.get(key))), "")
        group = f"Layer {layer}" if layer.isdecimal() else layer or "Roadmap"
        needs = (*_names(entry, ("dependsOn", "depends_on")), *unlocked.get(name, ()))
        standing = _standing(entry) or NodeStanding.OPEN
        groups.setdefault(group, []).append(RoadmapItem(name, standing, tuple(dict.fromkeys(needs))))
    return Roadmap(tuple(RoadmapGroup(title[:_LONGEST], tuple(items)) for title, items in groups.items()))


def _entries(data: object, keys: Iterable[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The named entries of a list, of a table by name, or of either under one of these keys."""
    if isinstance(data, Mapping):
        data = next((data[key] for key in keys if isinstance(data.get(key), list | Mapping)), None)
    if isinstance(data, Mapping):
        for name, entry in data.items():
            yield str(name)[:_LONGEST], entry if isinstance(entry, Mapping) else {}
    elif isinstance(data, list):
        for entry in data:
            fields = {"name": entry} if isinstance(entry, str) else entry
            if isinstance(fields, Mapping) and (name := _text(fields, _NAMES)):
                yield name, fields


def _module(name: str, entry: Mapping[str, object], document: str) -> Node:
    status, listed = _text(entry, ("status", "state")), entry.get("functions")
    said = status_of(status)
    done, total = (count_in(listed) or (None, None)) if isinstance(listed, str) else (None, None)
    percent = percent_in(_text(entry, ("progress",)))
    stated = Stated(SaidBy.REGISTRY, said.standing, said.words, done, total, percent, document)
    is_deferred = _standing(entry) is NodeStanding.DEFERRED
    return Node(
        Tier.MODULE,
        name,
        standing=NodeStanding.DEFERRED if is_deferred else None,
        children=tuple(_functions(listed, document)),
        stated=(stated,) if stated.says_something else (),
        folder=_text(entry, ("path", "folder", "location")),
        document=document,
    )


def _functions(listed: object, document: str) -> Iterator[Node]:
    for entry in listed if isinstance(listed, list) else ():
        fields = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, Mapping) or not (text := _text(fields, _NAMES)):
            continue
        ticked = next((fields[key] for key in _TICKS if isinstance(fields.get(key), bool)), None)
        standing = _standing(fields) or (NodeStanding.DONE if ticked else NodeStanding.OPEN)
        yield Node(Tier.FUNCTION, item_name(text), text, standing, document=document)


def _standing(entry: Mapping[str, object]) -> NodeStanding | None:
    if entry.get("deferred") is True:
        return NodeStanding.DEFERRED
    return status_of(_text(entry, ("status", "state"))).standing


def _text(entry: Mapping[str, object], keys: Iterable[str]) -> str:
    return next((value[:_LONGEST] for key in keys if isinstance(value := entry.get(key), str) and value), "")


def _names(entry: Mapping[str, object], keys: Iterable[str]) -> list[str]:
    found = (entry[key] for key in keys if isinstance(entry.get(key), list))
    return [name[:_LONGEST] for names in found if isinstance(names, list) for name in names if isinstance(name, str)]


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
