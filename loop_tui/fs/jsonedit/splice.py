"""The edits of one JSON text, as cuts and insertions: everything between them stays byte for byte."""

from collections.abc import Sequence

from msgspec import Struct, field

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .diff import REMOVE, Edit, JsonPath, Moved, New, Removal
from .error import path_words
from .scan import Member, Scan, after_space, end_of_value, members_at
from .style import Writer, in_one_line, indent_after, quoted, style_of

_Splice = tuple[int, int, str]


class _Node(Struct):
    """What happens at one place: a value, or something further down."""

    value: New = None
    is_set: bool = False
    children: dict[str | int, "_Node"] = field(default_factory=dict)

    def made(self) -> New:
        """The value of a place that the document does not have; REMOVE when there is nothing to be made."""
        if self.is_set:
            return self.value
        made = {key: value for key, child in self.children.items() if (value := child.made()) is not REMOVE}
        if not made:
            return REMOVE
        if all(isinstance(key, int) for key in made):
            return [made[key] for key in sorted(made)]
        return {str(key): value for key, value in made.items()}


class _Box(Struct, frozen=True):
    """A container in the text: where it opens and closes, what it holds and how it is laid out.

    `indent` is that of its members, None when they stand in one line; `outer` is that around it.
    """

    opening: int
    closing: int
    members: Sequence[Member]
    indent: str | None
    outer: str | None
    colon: str


def spliced(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made. Those that meet in one place take effect one after the other."""
    rest = list(edits)
    while rest:
        root, count = _tree(rest)
        text = _Splicer(text).run(root)
        rest = rest[count:]
    return text


def _tree(edits: Sequence[Edit]) -> tuple[_Node, int]:
    """The edits as a tree, and how many of them it holds: as many as do not meet an earlier one."""
    root = _Node()
    for count, change in enumerate(edits):
        node = root
        for step in change.path:
            if node.is_set:
                return root, count
            node = node.children.setdefault(step, _Node())
        if node.is_set or node.children:
            return root, count
        node.value, node.is_set = change.value, True
    return root, len(edits)


class _Splicer:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.scan = Scan(text)
        self.style = style_of(text, self.scan.start)
        self.writer = Writer(self.style, self._moved)

    def run(self, root: _Node) -> str:
        """The text with all that the tree says."""
        start = self.scan.start
        if not root.is_set:
            _, splices = self._walk(start, root, "", ())
        elif root.value is REMOVE:
            raise Problem("the whole document cannot be removed", code=Code.FILE_INVALID)
        else:
            end = end_of_value(self.text, start)
            splices = [(start, end, self._text_of(root.value, "", self.text[start:end]))]
        pieces: list[str] = []
        at = 0
        for begin, end, piece in splices:
            pieces += (self.text[at:begin], piece)
            at = end
        return "".join((*pieces, self.text[at:]))

    def _walk(self, opening: int, node: _Node, outer: str | None, path: JsonPath) -> tuple[int, list[_Splice]]:
        """Behind the container that opens there, and its splices. `outer` is None when it stands within a line."""
        text = self.text
        wanted = {"{": str, "[": int}.get(text[opening])
        if wanted is None or not all(type(key) is wanted and key != -1 for key in node.children):
            kind = {"{": "an object", "[": "a list"}.get(text[opening], "a single value")
            raise Problem(
                f"{path_words(path) or 'the document'} is {kind} and cannot be changed like that",
                code=Code.FILE_INVALID,
            )
        inner: dict[str | int, list[_Splice]] = {}
        failed: dict[str | int, Problem] = {}
        first = after_space(text, opening + 1)
        indent = indent_after(text[opening + 1 : first])

        def end_of(key: str | int, start: int) -> int:
            child = node.children.get(key)
            if child is None or child.is_set:
                return end_of_value(text, start)
            # Of duplicate keys only the last one counts.
            inner.pop(key, None)
            failed.pop(key, None)
            # null holds nothing that could be kept: it is replaced like something missing.
            if text[start] != "n":
                try:
                    end, inner[key] = self._walk(start, child, indent, (*path, key))
                except Problem as problem:
                    failed[key] = problem
                else:
                    return end
            return end_of_value(text, start)

        members, closing = members_at(text, opening, end_of)
        for problem in failed.values():
            raise problem
        box = _Box(opening, closing, members, self._indent(members, outer), outer, self._colon(members))
        return closing + 1, self._splices(box, node, inner)

    def _indent(self, members: Sequence[Member], outer: str | None) -> str | None:
        """The indentation that a new member gets; None when members stand in one line."""
        if not members:
            return None if outer is None or not self.style.is_indented else outer + self.style.unit
        for member in (members[-1], members[0]):
            found = indent_after(self.text[member.lead : member.at])
            if found is not None:
                return found
        return None

    def _colon(self, members: Sequence[Member]) -> str:
        if members and isinstance(members[-1].key, str):
            return self.text[end_of_value(self.text, members[-1].at) : members[-1].start]
        return self.style.colon

    def _splices(self, box: _Box, node: _Node, inner: dict[str | int, list[_Splice]]) -> list[_Splice]:
        last = {m.key: i for i, m in enumerate(box.members)}
        replaced: dict[int, list[_Splice]] = {}
        removed: set[int] = set()
        added: list[tuple[str | int, New]] = []
        for key, child in node.children.items():
            index = last.get(key)
            if index is not None and key in inner:
                replaced[index] = inner[key]
                continue
            value = child.made()
            if isinstance(value, Removal):
                # Of duplicate keys none may come back to life.
                removed |= {i for i, m in enumerate(box.members) if m.key == key} if child.is_set else set()
            elif index is None:
                added.append((key, value))
            else:
                start, end = box.members[index].start, box.members[index].end
                replaced[index] = [(start, end, self._text_of(value, box.indent, self.text[start:end]))]
        if self.text[box.opening] == "[":
            added.sort(key=lambda pair: pair[0])
        return self._cuts(box, replaced, removed) + self._tail(box, removed, self._entries(box, added))

    def _entries(self, box: _Box, added: Sequence[tuple[str | int, New]]) -> list[str]:
        """New members as text, laid out like the last one there is."""
        like = self.text[box.members[-1].start : box.members[-1].end] if box.members and added else ""
        return [
            (quoted(key) + box.colon if isinstance(key, str) else "") + self._text_of(value, box.indent, like)
            for key, value in added
        ]

    def _cuts(self, box: _Box, replaced: dict[int, list[_Splice]], removed: set[int]) -> list[_Splice]:
        """What happens to members, but for those at the end that go."""
        members = box.members
        kept = [i for i in range(len(members)) if i not in removed]
        splices: list[_Splice] = []
        for i in sorted(replaced.keys() | removed):
            if i not in removed:
                splices += replaced[i]
            elif kept and i < kept[0]:
                # The first one that stays takes the place of the first one.
                splices.append((members[i].at, members[i + 1].at, ""))
            elif kept and i < kept[-1]:
                splices.append((members[i].lead, members[i].after, ""))
        return splices

    def _tail(self, box: _Box, removed: set[int], entries: Sequence[str]) -> list[_Splice]:
        """What happens behind the last member that stays."""
        members = box.members
        last = next((m for i, m in reversed(list(enumerate(members))) if i not in removed), None)
        if last is not None:
            text = "".join(f",{self._between(box)}{entry}" for entry in entries)
            return [(last.end, members[-1].end, text)] if text or last is not members[-1] else []
        if not members and not entries:
            return []
        return [(box.opening + 1, box.closing, self._filled(box, entries))]

    def _between(self, box: _Box) -> str:
        """White space between a comma and the member after it."""
        if box.indent is not None:
            return self.style.newline + box.indent
        if len(box.members) > 1:
            return self.text[box.members[-1].lead : box.members[-1].at]
        return self.style.gap

    def _filled(self, box: _Box, entries: Sequence[str]) -> str:
        """What stands between the brackets of a container all of whose members are new."""
        if not entries:
            return ""
        lead = close = self.style.pad if self.text[box.opening] == "{" else ""
        if box.indent is not None:
            lead, close = self.style.newline + box.indent, self.style.newline + (box.outer or "")
        if box.members:
            close = self.text[box.members[-1].end : box.closing]
            lead = lead if box.indent is not None else self.text[box.members[0].lead : box.members[0].at]
        return lead + f",{self._between(box)}".join(entries) + close

    def _text_of(self, value: New, indent: str | None, like: str = "") -> str:
        """A new value as text. `like` is the text of the value that it replaces or follows."""
        if indent is not None and like[:1] in ("{", "[") and len(like) > 2 and in_one_line(like):
            indent = None
        return self.writer.text(value, indent)

    def _moved(self, moved: Moved) -> str:
        member = self.scan.member(moved.source)
        if member is None:
            raise Problem(f"{path_words(moved.source)} does not exist to be moved", code=Code.FILE_INVALID)
        return spliced(self.text[member.start : member.end], moved.changes)
