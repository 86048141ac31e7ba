"""What a completion changes in the documents of a project, as a pure function of their texts (SPEC section 7).

One row for the run, items ticked on an exact match, counts rolled up from module to system to organization. Applied to
what it made it changes nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.fs.atomic import replace_if, revision
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.paths import project_name
from loop_tui.model.dream.rollup import Rolled
from loop_tui.model.dream.told import CompletedRun, DocumentEdit
from loop_tui.model.dream.tree import DreamState, Node, NodeStanding, Tier, key_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import shown

from .active_systems import list_system
from .hierarchy import Hierarchy, read_hierarchy
from .noting import note
from .places import DreamPlaces
from .reading import ReadText, bytes_of, text_of
from .recording import record
from .running import leave
from .ticking import Chosen, Rolls, choose, correct_counts, functions_of, roll_counts, tick


class Completed(Struct, frozen=True):
    """What a completion changes: documents that stay as they are have no edit."""

    edits: tuple[DocumentEdit, ...]
    chosen: Chosen


def complete(
    places: DreamPlaces,
    *,
    items: Iterable[str] = (),
    module: str = "",
    proven: Iterable[tuple[str, str]] = (),
    run: CompletedRun | None = None,
    read: ReadText = text_of,
) -> Completed:
    """What changes when these items are operational, and this run is over. Nothing is written.

    With `module` only items of that module are ticked. `proven` names functions, each after its module, whose check
    passed. Raises Problem for a document that cannot be read.
    """
    texts = _texts(places, read)
    old = read_hierarchy(places, _reader(texts, read))
    chosen = choose(old.root.node, items, module) if old.root is not None else Chosen(missing=tuple(items))
    by_check = tuple(node for owner, name in proven if old.root for node in choose(old.root.node, [name], owner).nodes)
    boxes = (*chosen.nodes, *by_check, *_copies(old, (*chosen.nodes, *by_check)))
    now = {path: tick(text, (node for node in boxes if node.document == str(path))) for path, text in texts.items()}
    new = read_hierarchy(places, _reader(now, read))
    _roll(places, now, old, new)
    if run is not None:
        _record(places, now, new, run)
    edits = tuple(DocumentEdit(path, text, now[path]) for path, text in texts.items() if now[path] != text)
    done = _ticked(new)
    ticked = tuple(node for node in chosen.nodes if (node.document, node.line) in done)
    lost = (node.name for node in chosen.nodes if (node.document, node.line) not in done)
    return Completed(edits, replace(chosen, nodes=ticked, missing=(*chosen.missing, *lost)))


def correct_documents(places: DreamPlaces, name: str = "", read: ReadText = text_of) -> tuple[DocumentEdit, ...]:
    """What changes where tables and headings contradict the lists; with a `name` only of that system or module.

    Nothing is written. Raises Problem for a document that cannot be read, and a name that no document lists.
    """
    texts = _texts(places, read)
    tiers = _by_tier(read_hierarchy(places, _reader(texts, read)))
    known = [
        child.node for rolled in tiers.values() for child in rolled.children if child.node.tier is not Tier.FUNCTION
    ]
    if name and key_of(name) not in {key_of(node.name) for node in known}:
        todo = f"one of: {', '.join(node.name for node in known)}" if known else "no document lists any"
        raise Problem(f"there is no system or module {shown(name)}", todo=todo, code=Code.NAME_UNKNOWN)
    edits = []
    for path, tier in _counting(places):
        if path in texts and tier in tiers:
            rolls = {key_of(child.node.name): child for child in tiers[tier].children}
            meant = {key: rolled for key, rolled in rolls.items() if not name or key == key_of(name)}
            edits.append(DocumentEdit(path, texts[path], correct_counts(texts[path], tier, meant)))
    return tuple(edit for edit in edits if edit.after != edit.before)


def apply(edit: DocumentEdit, places: DreamPlaces) -> None:
    """Write an edit, durably, unless the document has changed since it was read. Raises Problem."""
    if not write(edit, places):
        raise Problem("changed while it was edited", str(edit.path), "try again", code=Code.STATE_BUSY)


def write(edit: DocumentEdit, places: DreamPlaces) -> bool:
    """Write an edit, durably. False, and nothing written, where the document is another now, or is being written.

    Raises Problem where it cannot be written.
    """
    path = Path(os.path.realpath(edit.path.parent), edit.path.name)
    within = places.top if edit.path.is_relative_to(places.top) else Path.home()
    try:
        unlock = lock_folder(path.parent)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", str(edit.path), code=Code.NOT_WRITABLE) from error
    if unlock is None:
        return False
    try:
        return replace_if(path, bytes_of(edit.after), revision(bytes_of(edit.before)), within=within)
    finally:
        unlock()


def _texts(places: DreamPlaces, read: ReadText) -> dict[Path, str]:
    """The documents that can be edited, by their paths."""
    found: dict[Path, str] = {}
    for path in (places.organization, *((places.system,) if places.system is not None else ()), *places.modules):
        try:
            found[path] = read(path)
        except FileNotFoundError:
            continue
    return found


def _reader(texts: Mapping[Path, str], read: ReadText) -> ReadText:
    return lambda path: texts[path] if path in texts else read(path)


def _copies(found: Hierarchy, nodes: Iterable[Node]) -> Iterator[Node]:
    """The same items where a higher tier lists them too: modules in the system's document, and in the organization's
    all that it lists of the system."""
    own, above, system = found.documents.system, found.documents.organization, found.system
    if system is None:
        return
    ticked = {(node.document, node.line) for node in nodes}
    modules = {key_of(node.name): node for node in system.children}
    for listed in own.root.children if own is not None else ():
        module = modules.get(key_of(listed.name))
        if module is not None and module.document != listed.document:
            names = (node.name for node in functions_of(module) if (node.document, node.line) in ticked)
            yield from choose(listed, names).nodes
    for listed in above.root.children if above is not None else ():
        if listed.tier is Tier.SYSTEM and key_of(listed.name) == key_of(system.name):
            names = (node.name for node in functions_of(system) if (node.document, node.line) in ticked)
            yield from choose(listed, names).nodes


def _ticked(found: Hierarchy) -> frozenset[tuple[str, int]]:
    """Where the functions stand that are ticked."""
    functions = functions_of(found.root.node) if found.root is not None else ()
    return frozenset((node.document, node.line) for node in functions if node.standing is NodeStanding.DONE)


def _roll(places: DreamPlaces, texts: dict[Path, str], old: Hierarchy, new: Hierarchy) -> None:
    """The counts of systems in the organization's document, and those of modules in the system's."""
    before, after = _by_tier(old), _by_tier(new)
    for path, tier in _counting(places):
        if path in texts:
            texts[path] = roll_counts(texts[path], tier, _rolls(before.get(tier), after.get(tier)))


def _counting(places: DreamPlaces) -> Iterator[tuple[Path, Tier]]:
    """The documents that count what their systems or modules have done."""
    yield places.organization, Tier.ORGANIZATION
    if places.system is not None:
        yield places.system, Tier.SYSTEM


def _by_tier(found: Hierarchy) -> dict[Tier, Rolled]:
    """The organization and the project's system in a hierarchy."""
    tiers: dict[Tier, Rolled] = {}
    if found.root is not None:
        tiers[found.root.node.tier] = found.root
        for child in found.root.children:
            if found.system is not None and key_of(child.node.name) == key_of(found.system.name):
                tiers.setdefault(Tier.SYSTEM, child)
    return tiers


def _rolls(old: Rolled | None, new: Rolled | None) -> Rolls:
    before = {key_of(child.node.name): child for child in (old.children if old is not None else ())}
    after = {key_of(child.node.name): child for child in (new.children if new is not None else ())}
    return {key: (child, after[key]) for key, child in before.items() if key in after}


def _record(places: DreamPlaces, texts: dict[Path, str], found: Hierarchy, run: CompletedRun) -> None:
    """One row in the document of each tier that the run belongs to, none where it is shown as running any more."""
    system = found.system.name if found.system is not None else project_name(places.top)
    for document in found.documents.modules:
        path = Path(document.root.document)
        if path in texts and is_module(document, run.module):
            texts[path] = record(leave(texts[path], run.id), Tier.MODULE, run)
    if places.system is not None and places.system in texts:
        texts[places.system] = note(record(leave(texts[places.system], run.id), Tier.SYSTEM, run), run)
    if places.organization in texts:
        whole = " / ".join(filter(None, (system, run.module)))
        text = leave(texts[places.organization], run.id)
        recorded = record(text, Tier.ORGANIZATION, replace(run, module=whole))
        # With the row of the run, so that a system that a person took off the table stays off it.
        is_new = recorded != text
        texts[places.organization] = list_system(recorded, system, found.rolled_system) if is_new else recorded


def is_module(document: DreamState, module: str) -> bool:
    """True for the document of a module that is named by its name or its folder."""
    return bool(module) and key_of(module) in (key_of(document.root.name), key_of(document.folder))
