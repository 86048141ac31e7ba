"""What a roadmap plans, for a run: how much of it is done, and what comes next."""

from loop_tui.model.dream.tree import NodeStanding, Roadmap, RoadmapItem, key_of

from .values import ContextLine, ContextPart, ContextSection, Rank, Source, said, section_of

_MOST = 6
_NAME = 120


def roadmap_section(roadmap: Roadmap, document: str) -> tuple[ContextSection, ...]:
    """How much is done, then the next items: those that wait for nothing first, in the order of the roadmap."""
    items = [(group.title, item) for group in roadmap.groups for item in group.items]
    counted = [item for _, item in items if item.standing is not NodeStanding.DEFERRED]
    if not counted:
        return ()
    done = {key_of(item.name) for item in counted if item.standing is NodeStanding.DONE}
    finished = sum(item.standing is NodeStanding.DONE for item in counted)
    lines = [ContextLine(f"Done: {finished} of {len(counted)}", Source(document), Rank.ROADMAP)]
    planned = [(title, item) for title, item in items if item.standing in (NodeStanding.OPEN, NodeStanding.BLOCKED)]
    planned.sort(key=lambda each: bool(_missing(each[1], done)) or each[1].standing is NodeStanding.BLOCKED)
    for number, (title, item) in enumerate(planned[:_MOST]):
        text = f"Next: {said(item.name, _NAME)} ({said(title, 40)}){_waits(item, done)}"
        lines.append(ContextLine(text, Source(document, item.line), Rank.ROADMAP + number))
    return section_of(ContextPart.ROADMAP, "Roadmap", lines)


def _missing(item: RoadmapItem, done: set[str]) -> list[str]:
    return [name for name in item.depends_on if key_of(name) not in done]


def _waits(item: RoadmapItem, done: set[str]) -> str:
    if item.standing is NodeStanding.BLOCKED:
        return ", blocked"
    missing = _missing(item, done)
    return f", after {', '.join(said(name, _NAME) for name in missing[:4])}" if missing else ""
