"""A roadmap as it is read: layers, versions or phases with what is planned in each, from tables and checklists."""

from collections.abc import Iterator

from loop_tui.model.dream.tree import Kept, NodeStanding, Roadmap, RoadmapGroup, RoadmapItem, key_of

from .dream_state import is_marked
from .markdown import MarkdownList, MarkdownTable, Section, parse
from .rows import cell, columns_of
from .vocabulary import Column, Topic
from .words import (
    heading_name,
    is_placeholder,
    item_name,
    names_in,
    plain,
    standing_said,
    status_of,
    topic_of,
    without_signs,
)


def read_roadmap(text: str) -> Roadmap:
    """What a roadmap plans. Never raises; a section that plans nothing is kept, the title of the document aside."""
    groups: list[RoadmapGroup] = []
    kept: list[Kept] = []
    unlocked: dict[str, list[str]] = {}
    for section in parse(text).whole():
        is_deferred = topic_of(section.title) is Topic.DEFERRED
        items = tuple(_items(section, is_deferred, unlocked))
        if items:
            groups.append(RoadmapGroup(without_signs(plain(section.title)), items))
        elif section.level > 1 and not section.sections and text[section.body : section.end].strip():
            kept.append(Kept(plain(section.title), section.line, text[section.body : section.end]))
    return Roadmap(tuple(_settled(groups, unlocked)), tuple(kept))


def _items(section: Section, is_deferred: bool, unlocked: dict[str, list[str]]) -> Iterator[RoadmapItem]:
    for block in section.blocks:
        if isinstance(block, MarkdownTable):
            yield from _of_table(block, is_deferred, unlocked)
        elif isinstance(block, MarkdownList):
            yield from _of_list(block, is_deferred)


def _of_list(listing: MarkdownList, is_deferred: bool) -> Iterator[RoadmapItem]:
    for item in listing.items:
        if not (is_marked(item) or is_deferred) or is_placeholder(plain(item.text)):
            continue
        standing = item.standing or NodeStanding.OPEN
        if standing is not NodeStanding.DONE:
            standing = NodeStanding.DEFERRED if is_deferred else standing_said(item.text) or standing
        yield RoadmapItem(item_name(item.text), standing, line=item.line)


def _of_table(table: MarkdownTable, is_deferred: bool, unlocked: dict[str, list[str]]) -> Iterator[RoadmapItem]:
    columns = columns_of(table)
    if Column.NAME not in columns:
        return
    for row in table.rows:
        name, sign, _ = heading_name(cell(row, columns[Column.NAME]))
        if is_placeholder(name):
            continue
        said = status_of(cell(row, columns.get(Column.STATUS)))
        standing = said.standing or sign.standing or NodeStanding.OPEN
        beyond = [status_of(each.text).standing for each in row.cells[len(table.header.cells) :]]
        if standing is not NodeStanding.DONE and (is_deferred or NodeStanding.DEFERRED in beyond):
            standing = NodeStanding.DEFERRED
        for other in names_in(cell(row, columns.get(Column.UNLOCKS))):
            unlocked.setdefault(key_of(other), []).append(name)
        yield RoadmapItem(name, standing, names_in(cell(row, columns.get(Column.DEPENDS_ON))), row.line)


def _settled(groups: list[RoadmapGroup], unlocked: dict[str, list[str]]) -> Iterator[RoadmapGroup]:
    """The groups with what unlocks an item among what it depends on; an item that is listed twice counts once.

    Where it is listed as deferred too, it is deferred.
    """
    deferred = {key_of(item.name) for group in groups for item in group.items if item.standing is NodeStanding.DEFERRED}
    known: set[str] = set()
    for group in groups:
        items: list[RoadmapItem] = []
        for item in group.items:
            key = key_of(item.name)
            if key in known:
                continue
            known.add(key)
            needs = tuple(dict.fromkeys((*item.depends_on, *unlocked.get(key, ()))))
            put_off = key in deferred and item.standing is not NodeStanding.DONE
            standing = NodeStanding.DEFERRED if put_off else item.standing
            items.append(RoadmapItem(item.name, standing, needs, item.line))
        if items:
            yield RoadmapGroup(group.title, tuple(items))
