"""What the Dream States of organization, system and module tell a run (SPEC section 7)."""

from collections.abc import Iterable, Iterator

from loop_tui.model.dream.rollup import Rolled, percent_of
from loop_tui.model.dream.tree import ActiveLoop, Completion, DreamState, NodeStanding, Tier

from .values import ContextLine, ContextPart, ContextSection, Rank, Source, said, section_of

_MOST_NAMES = 20
_MOST_OPEN = 8
_MOST_RECENT = 3
_NAME = 60


def organization(document: DreamState, rolled: Rolled) -> tuple[ContextSection, ...]:
    """The organization: what it is for, how far its systems are, and what was done last."""
    systems = [child for child in rolled.children if child.node.tier is Tier.SYSTEM]
    lines = [
        *_vision("Vision", document),
        *_members("Active Systems", systems, document),
        *_beside(document),
    ]
    return section_of(ContextPart.ORGANIZATION, "Organization", lines)


def system(document: DreamState | None, rolled: Rolled) -> tuple[ContextSection, ...]:
    """The system: what it is for, how far its modules are, what of them is open, and what was done last."""
    modules = [child for child in rolled.children if child.node.tier is Tier.MODULE]
    own = [child for child in rolled.children if child.node.tier is Tier.FUNCTION]
    beside = list(_beside(document)) if document is not None else []
    lines = [
        *(_vision("Vision", document) if document is not None else ()),
        *_members("Modules", modules, document),
        *_open_functions(own, ""),
        *_open_modules(modules),
        *beside,
    ]
    return section_of(ContextPart.SYSTEM, f"System: {said(rolled.node.name, _NAME)}", lines)


def module(document: DreamState | None, rolled: Rolled) -> tuple[ContextSection, ...]:
    """The module that a run is about: its purpose, its functions, which of them are open, what it depends on."""
    lines = list(_vision("Purpose", document)) if document is not None else []
    source = Source(rolled.node.document, rolled.node.line)
    if rolled.total or rolled.is_stated:
        lines.append(ContextLine(f"Functions: {how_far(rolled)}", source, Rank.PROGRESS))
    lines += _open_functions(rolled.children, "")
    if document is not None:
        for words, names in (("Depends on", document.depends_on), ("Depended on by", document.depended_on_by)):
            if names:
                about = Source(document.root.document)
                lines.append(ContextLine(f"{words}: {_listed(names)}", about, Rank.DEPENDS))
        lines += _beside(document)
    return section_of(ContextPart.MODULE, f"Module: {said(rolled.node.name, _NAME)}", lines)


def how_far(rolled: Rolled) -> str:
    """How far a tier is: done, deferred, its count, or what its table says; systems by percent."""
    if rolled.standing in (NodeStanding.DONE, NodeStanding.DEFERRED):
        return rolled.standing.value
    if rolled.total and rolled.node.tier is Tier.SYSTEM:
        return f"{percent_of(rolled)}%"
    if rolled.total:
        return f"{rolled.done}/{rolled.total}"
    stated = next((each for each in rolled.node.stated if each.percent is not None or each.words), None)
    if stated is None:
        return "nothing listed"
    return f"{stated.percent}%" if stated.percent is not None else said(stated.words, _NAME)


def _vision(word: str, document: DreamState) -> Iterator[ContextLine]:
    if document.vision:
        source = Source(document.root.document, document.vision_line)
        yield ContextLine(f"{word}: {said(document.vision)}", source, Rank.VISION)


def _members(word: str, members: list[Rolled], document: DreamState | None) -> Iterator[ContextLine]:
    """All members on one line, as the injection format has it; those that are open are never the ones left out."""
    if not members:
        return
    ordered = sorted(members, key=lambda member: member.standing in (NodeStanding.DONE, NodeStanding.DEFERRED))
    kept = {id(member) for member in ordered[:_MOST_NAMES]}
    named = [f"{said(each.node.name, _NAME)} ({how_far(each)})" for each in members if id(each) in kept]
    more = f" and {len(members) - len(named):,} more" if len(members) > len(named) else ""
    first = members[0].node
    stated = (each for member in members for each in member.node.stated)
    file = document.root.document if document is not None else ""
    said_there = next((each for each in stated if each.line and each.document == file), None)
    place = (said_there.document, said_there.line) if said_there is not None else (first.document, first.line)
    yield ContextLine(f"{word}: {', '.join(named)}{more}", Source(*place), Rank.PROGRESS)


def _open_modules(modules: Iterable[Rolled]) -> Iterator[ContextLine]:
    """The open functions of each module that is neither done nor deferred, a line each."""
    unfinished = [each for each in modules if each.standing not in (NodeStanding.DONE, NodeStanding.DEFERRED)]
    listed = [each for each in unfinished if each.children]
    for number, each in enumerate(listed[:_MOST_OPEN]):
        for line in _open_functions(each.children, f" in {said(each.node.name, _NAME)}"):
            yield ContextLine(line.text, line.source, Rank.OPEN + number)


def _open_functions(functions: Iterable[Rolled], where: str) -> list[ContextLine]:
    found = [each for each in functions if each.standing not in (NodeStanding.DONE, NodeStanding.DEFERRED)]
    if not found:
        return []
    names = [
        said(each.node.name, _NAME) + (" (blocked)" if each.node.standing is NodeStanding.BLOCKED else "")
        for each in found
    ]
    first = found[0].node
    return [ContextLine(f"Open{where}: {_listed(names)}", Source(first.document, first.line), Rank.OPEN)]


def _beside(document: DreamState) -> Iterator[ContextLine]:
    """The loops that a document says are running, and what it says was completed last."""
    file = document.root.document
    for number, loop in enumerate(document.loops[:_MOST_RECENT]):
        yield ContextLine(f"Active loop: {_loop(loop)}", Source(file, loop.line), Rank.ACTIVE + number)
    for number, done in enumerate(newest(document.completions)):
        yield ContextLine(f"Completed: {_completion(done)}", Source(file, done.line), Rank.COMPLETED + number)


def newest(completions: tuple[Completion, ...]) -> tuple[Completion, ...]:
    """The last completions of a document, newest first: some documents list them the other way round.

    Where dates do not tell, the order of the document does: what is said first counts as the newest.
    """
    dates = [each.date for each in completions]
    if dates and all(dates) and dates == sorted(dates) and dates[0] != dates[-1]:
        completions = completions[::-1]
    return completions[:_MOST_RECENT]


def _loop(loop: ActiveLoop) -> str:
    started = f"since {loop.started}" if loop.started else ""
    return said(loop.text or " ".join(filter(None, (loop.loop, loop.phase, loop.module, started))))


def _completion(done: Completion) -> str:
    return said(done.text or " ".join(filter(None, (done.date, done.loop, done.module, done.outcome, done.more))))


def _listed(names: Iterable[str]) -> str:
    every = [said(name, _NAME) for name in names]
    more = f" and {len(every) - _MOST_NAMES:,} more" if len(every) > _MOST_NAMES else ""
    return ", ".join(every[:_MOST_NAMES]) + more
