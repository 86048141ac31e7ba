"""Edits of a text that can be taken back exactly. Pure."""

from collections.abc import Sequence

from msgspec import Struct
from pydantic import JsonValue


class TextEdit(Struct, frozen=True):
    """At `offset`, in characters of the text before, `removed` stands and `added` comes in its place."""

    offset: int
    removed: str
    added: str


def apply_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """The text with all edits made. Raises ValueError when it is not the text that they are of."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda each: each.offset):
        end = edit.offset + len(edit.removed)
        if edit.offset < at or text[edit.offset : end] != edit.removed:
            raise ValueError("these edits are of another text")
        parts += [text[at : edit.offset], edit.added]
        at = end
    return "".join((*parts, text[at:]))


def taken_back(text: str, edits: Sequence[TextEdit]) -> str:
    """The text as it was before the edits. Raises ValueError when it is not what they made."""
    back, moved = [], 0
    for edit in sorted(edits, key=lambda each: each.offset):
        back.append(TextEdit(edit.offset + moved, edit.added, edit.removed))
        moved += len(edit.added) - len(edit.removed)
    return apply_edits(text, back)


def as_facts(edits: Sequence[TextEdit]) -> list[JsonValue]:
    """The edits as a state file keeps them."""
    return [[edit.offset, edit.removed, edit.added] for edit in edits]


def from_facts(facts: object) -> tuple[TextEdit, ...]:
    """The edits that a state file keeps; what is none is left out."""
    found = []
    for each in facts if isinstance(facts, list) else ():
        if isinstance(each, list) and len(each) == 3 and isinstance(each[0], int) and each[0] >= 0:
            found.append(TextEdit(each[0], str(each[1]), str(each[2])))
    return tuple(found)
