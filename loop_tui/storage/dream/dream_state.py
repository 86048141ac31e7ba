"""A Dream State as it is read: sections, lists and tables become a tree, however people write them (SPEC section 7).

What is understood is what `words` knows; sections that are not are kept as they are. Where no section is known, each
heading with a checklist is a module (of an organization, a system), and in a module's document every list counts.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from loop_tui.model.dream.tree import (
    ActiveLoop,
    Completion,
    DreamState,
    Kept,
    Node,
    NodeStanding,
    SaidBy,
    Stated,
    Tier,
    key_of,
)

from .markdown import ListItem, MarkdownTable, Prose, Row, Section, front_matter, parse
from .rows import cell, columns_of, completion_of, first_of, loop_of
from .vocabulary import Column, Topic
from .words import (
    count_in,
    heading_name,
    is_placeholder,
    is_template,
    is_title,
    item_name,
    member_title,
    names_in,
    percent_in,
    plain,
    says_deferred,
    standing_said,
    status_of,
    title_name,
    topic_of,
)

_MEMBER = {Tier.ORGANIZATION: Tier.SYSTEM, Tier.SYSTEM: Tier.MODULE, Tier.MODULE: Tier.FUNCTION}
_LONGEST = 2000
_Entry = TypeVar("_Entry")


def read_dream_state(text: str, tier: Tier, folder: str, document: str = "") -> DreamState:
    """What a document says that is of that tier, by its place. Never raises.

    `folder` is the name where the document has none; `document` is the path that its nodes name.
    """
    return _Reading(text, tier, document).read(folder)


class _Member:
    """A system or a module while its parts are gathered from all over the document."""

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.folder = ""
        self.is_deferred = False
        self.functions: list[Node] = []
        self.stated: list[Stated] = []


class _Reading:
    def __init__(self, text: str, tier: Tier, document: str) -> None:
        self._text = text
        self._tier = tier
        self._document = document
        self._members: dict[str, _Member] = {}
        self._functions: list[Node] = []
        """Those of the document's own tier, not of a member."""
        self._boxes: list[ListItem] = []
        """Of lists among the modules: each is a module by its name, or else a function."""
        self._deferred: list[tuple[str, int]] = []
        self._vision = ""
        self._vision_line = 0
        self._loops: list[ActiveLoop] = []
        self._completions: list[Completion] = []
        self._depends_on: list[str] = []
        self._depended_on_by: list[str] = []
        self._kept: list[Kept] = []

    def read(self, folder: str) -> DreamState:
        """The whole document."""
        document = parse(self._text)
        name, title = self._title(document)
        sections = [*title.sections, *document.sections[1:]] if title is not document else document.sections
        for top in {id(each): each for each in (document, title)}.values():
            self._boxes += chain.from_iterable(each.items for each in top.lists())
        is_known = any(map(self._is_structure, sections))
        for section in sections:
            self._section(section, is_known)
        self._labelled(title)
        return self._result(name, folder)

    def _title(self, document: Section) -> tuple[str, Section]:
        """The name of the document, and the section of its title, or the document itself where it has no title."""
        given = front_matter(self._text)
        known = (given.get(key, "") for key in ("name", "system", "module", "title"))
        name = next((each for each in known if each and not is_template(each)), "")
        first = document.sections[0] if document.sections else document
        is_title_of_it = first.level == 1 or is_title(first.title)
        if not is_title_of_it or topic_of(first.title) is not None or self._inline(first):
            return name, document
        titled = title_name(first.title)
        return name if is_template(titled) else titled or name, first

    def _is_structure(self, section: Section) -> bool:
        return topic_of(section.title) in (Topic.MEMBERS, Topic.FUNCTIONS) or bool(self._inline(section))

    def _inline(self, section: Section) -> str:
        """The name of a member that has a section beside the others, with a label; empty for any other section."""
        return member_title(section.title, _MEMBER[self._tier]) if self._tier is not Tier.MODULE else ""

    # --- sections -------------------------------------------------------------------------------------------------

    def _section(self, section: Section, is_known: bool) -> None:
        topic = topic_of(section.title)
        inline = self._inline(section)
        if topic is None and inline:
            self._member_section(section, inline)
        elif topic is None and not is_known and _has_boxes(section):
            self._unnamed(section)
        elif topic is None:
            self._keep(section)
        elif topic is Topic.VISION:
            self._purpose(section)
        elif topic is Topic.LOOPS:
            self._listed(section, self._loops, loop_of)
        elif topic is Topic.COMPLETIONS:
            self._listed(section, self._completions, completion_of)
        elif topic is Topic.DEFERRED:
            self._put_off(section)
        elif topic in (Topic.MEMBERS, Topic.FUNCTIONS):
            self._structure(section, topic)
        else:
            self._dependencies(section, topic)

    def _purpose(self, section: Section) -> None:
        if not self._vision and (text := _prose(section)):
            self._vision, self._vision_line = text, section.line

    def _labelled(self, section: Section) -> None:
        """The vision where no section but a line of the introduction has it: `**Vision:** what it is for`."""
        for block in section.blocks:
            if not isinstance(block, Prose) or self._vision:
                continue
            label, _, text = plain(block.text).partition(":")
            if topic_of(label) is Topic.VISION and not is_placeholder(text):
                self._vision, self._vision_line = text.strip()[:_LONGEST], block.line

    def _structure(self, section: Section, topic: Topic) -> None:
        if self._tier is Tier.MODULE or topic is Topic.FUNCTIONS:
            self._functions += self._functions_of(section, bullets=True)
            return
        self._boxes += chain.from_iterable(each.items for each in section.lists())
        for table in section.tables():
            self._members_table(table)
        for below in section.sections:
            known = topic_of(below.title)
            if known in (Topic.MEMBERS, None):
                self._member_section(below, self._inline(below))
            else:
                self._section(below, is_known=True)

    def _unnamed(self, section: Section) -> None:
        if self._tier is Tier.MODULE:
            self._functions += self._functions_of(section)
        else:
            self._member_section(section, "")

    def _member_section(self, section: Section, name: str) -> None:
        """A system or module with a heading of its own: what it says of itself, and its functions."""
        found, status, count = heading_name(name or section.title)
        if is_placeholder(found):
            return
        member = self._member(found, section.line)
        if status.standing is NodeStanding.DEFERRED:
            member.is_deferred = True
        elif status.standing is not None or count is not None:
            done, total = count or (None, None)
            member.stated.append(
                Stated(
                    SaidBy.HEADING,
                    status.standing,
                    status.words,
                    done,
                    total,
                    percent_in(section.title),
                    self._document,
                    section.line,
                )
            )
        member.functions += self._functions_of(section)

    def _members_table(self, table: MarkdownTable) -> None:
        columns = columns_of(table)
        named = columns.setdefault(Column.NAME, 0)
        for row in table.rows:
            name, status, count = heading_name(cell(row, named))
            if is_placeholder(name):
                continue
            member = self._member(name, row.line)
            member.folder = plain(cell(row, columns.get(Column.FOLDER)))
            said = status_of(cell(row, columns.get(Column.STATUS)))
            standing = said.standing or status.standing
            done, total = count_in(cell(row, columns.get(Column.COUNT))) or count or (None, None)
            percent = percent_in(cell(row, columns.get(Column.PERCENT)))
            member.is_deferred |= standing is NodeStanding.DEFERRED
            member.stated.append(
                Stated(SaidBy.TABLE, standing, said.words, done, total, percent, self._document, row.line)
            )

    def _member(self, name: str, line: int) -> _Member:
        return self._members.setdefault(key_of(name), _Member(name, line))

    # --- functions ------------------------------------------------------------------------------------------------

    def _functions_of(self, section: Section, *, bullets: bool = False) -> list[Node]:
        """The functions of a section and of those below it that are about functions, or of which nothing is known."""
        found: list[Node] = []
        for block in section.blocks:
            if isinstance(block, MarkdownTable):
                found += self._functions_table(block)
            elif not isinstance(block, Prose):
                found += self._nodes(block.items, bullets=bullets and not any(map(is_marked, block.items)))
        for below in section.sections:
            topic = topic_of(below.title)
            if topic in (Topic.FUNCTIONS, Topic.MEMBERS, None):
                found += self._functions_of(below, bullets=topic is Topic.FUNCTIONS)
            elif topic is Topic.VISION and self._tier is Tier.MODULE:
                self._purpose(below)
            elif topic is Topic.DEFERRED:
                found += map(_deferred, self._functions_of(below, bullets=True))
        return found

    def _functions_table(self, table: MarkdownTable) -> Iterator[Node]:
        columns = columns_of(table)
        if Column.NAME not in columns or Column.STATUS not in columns:
            return
        for row in table.rows:
            text = cell(row, columns[Column.NAME])
            if not is_placeholder(plain(text)):
                standing = status_of(cell(row, columns[Column.STATUS])).standing or NodeStanding.OPEN
                yield self._function(text, standing, (), row.line)

    def _nodes(self, items: Iterable[ListItem], *, bullets: bool = False) -> Iterator[Node]:
        """The functions in a list: items with a box, what is struck out, and the items of those that only group."""
        for item in items:
            if is_template(item_name(item.text)):
                continue
            if is_marked(item) or (bullets and not is_placeholder(plain(item.text))):
                yield self._function(item.text, item.standing or NodeStanding.OPEN, item.items, item.line)
            else:
                yield from self._nodes(item.items)

    def _function(self, text: str, standing: NodeStanding, items: Iterable[ListItem], line: int) -> Node:
        if standing is not NodeStanding.DONE:
            standing = standing_said(text) or standing
        parts = tuple(self._nodes(items))
        return Node(Tier.FUNCTION, item_name(text), plain(text), standing, parts, document=self._document, line=line)

    # --- beside the tree ------------------------------------------------------------------------------------------

    def _put_off(self, section: Section) -> None:
        for each in section.whole():
            for item in chain.from_iterable(listing.items for listing in each.lists()):
                self._deferred.append((item_name(item.text), item.line))
            for table in each.tables():
                named = columns_of(table).get(Column.NAME, 0)
                self._deferred += [(plain(cell(row, named)), row.line) for row in table.rows]

    def _dependencies(self, section: Section, topic: Topic) -> None:
        wanted = topic
        for text in _lines(section):
            head, colon, names = plain(text).partition(":")
            said = topic_of(head) if colon else None
            if said in (Topic.DEPENDS_ON, Topic.DEPENDED_ON_BY):
                self._names(said, names)
            elif wanted is not Topic.DEPENDENCIES:
                self._names(wanted, text)
            elif not colon:
                self._names(Topic.DEPENDS_ON, item_name(text))
        for below in section.sections:
            if (inner := topic_of(below.title)) in (Topic.DEPENDS_ON, Topic.DEPENDED_ON_BY):
                self._dependencies(below, inner)

    def _names(self, topic: Topic, text: str) -> None:
        into = self._depends_on if topic is Topic.DEPENDS_ON else self._depended_on_by
        into += [name for name in names_in(text) if name not in into]

    def _listed(
        self, section: Section, into: list[_Entry], make: Callable[[Row | ListItem, dict[Column, int]], _Entry]
    ) -> None:
        before = len(into)
        for block in section.blocks:
            if isinstance(block, MarkdownTable):
                columns = columns_of(block)
                into += [make(row, columns) for row in block.rows if not is_placeholder(first_of(row))]
            elif not isinstance(block, Prose):
                into += [make(item, {}) for item in block.items if not is_placeholder(plain(item.text))]
        if len(into) == before and not is_placeholder(_prose(section)):
            self._keep(section)

    def _keep(self, section: Section) -> None:
        text = self._text[section.body : max(each.end for each in section.whole())]
        self._kept.append(Kept(plain(section.title), section.line, text))

    # --- the end --------------------------------------------------------------------------------------------------

    def _result(self, name: str, folder: str) -> DreamState:
        for item in self._boxes:
            member = self._members.get(key_of(item_name(item.text)))
            if member is None or item.standing is None:
                self._functions += self._nodes([item])
                continue
            done, total = count_in(plain(item.text)) or (None, None)
            member.stated.append(Stated(SaidBy.TICK, item.standing, "", done, total, None, self._document, item.line))
        known = {key_of(each.name) for each in self._functions}
        for text, line in self._deferred:
            if (member := self._members.get(key_of(text))) is not None:
                member.is_deferred = True
            elif not is_placeholder(text) and key_of(text) not in known:
                self._functions.append(
                    Node(Tier.FUNCTION, text, text, NodeStanding.DEFERRED, document=self._document, line=line)
                )
        members = tuple(self._node(member) for member in self._members.values())
        root = Node(self._tier, name or folder, children=(*members, *self._functions), document=self._document, line=1)
        return DreamState(
            root,
            vision=self._vision,
            vision_line=self._vision_line,
            loops=tuple(self._loops),
            completions=tuple(self._completions),
            depends_on=tuple(self._depends_on),
            depended_on_by=tuple(self._depended_on_by),
            kept=tuple(self._kept),
        )

    def _node(self, member: _Member) -> Node:
        return Node(
            _MEMBER[self._tier],
            member.name,
            standing=NodeStanding.DEFERRED if member.is_deferred else None,
            children=tuple(member.functions),
            stated=tuple(member.stated),
            folder=member.folder,
            document=self._document,
            line=member.line,
        )


def is_marked(item: ListItem) -> bool:
    """True for an item with a box or sign, and for one that is struck out."""
    return item.standing is not None or (not item.items and item.text.startswith("~~") and says_deferred(item.text))


def _has_boxes(section: Section) -> bool:
    return any(_any_box(listing.items) for each in section.whole() for listing in each.lists())


def _any_box(items: Iterable[ListItem]) -> bool:
    return any(item.standing is not None or _any_box(item.items) for item in items)


def _deferred(node: Node) -> Node:
    return replace(node, standing=NodeStanding.DEFERRED)


def _prose(section: Section) -> str:
    """The paragraphs of a section; empty for what a template has there."""
    text = " ".join(plain(block.text) for block in section.blocks if isinstance(block, Prose) and block.text)
    return "" if is_placeholder(text) else text[:_LONGEST]


def _lines(section: Section) -> Iterator[str]:
    for block in section.blocks:
        if isinstance(block, Prose):
            yield from block.text.splitlines()
        elif not isinstance(block, MarkdownTable):
            yield from (item.text for item in block.items)
