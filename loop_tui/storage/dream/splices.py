"""Edits of a text as pieces that are put in place of others: what no piece names stays as it is, byte for byte."""

from collections.abc import Iterable

from msgspec import Struct


class Splice(Struct, frozen=True, order=True):
    """`text` in place of what stands from `start` to `end`, offsets in characters."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all pieces in their places. They may not overlap."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices):
        assert splice.start >= at
        parts += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join((*parts, text[at:]))


def line_end_of(text: str, at: int = 0) -> str:
    """The line end that is used at an offset: that of the line before, else the first of the text, else a line feed."""
    before = text.rfind("\n", 0, at)
    place = before if before >= 0 else text.find("\n")
    if place < 0:
        return "\r" if "\r" in text else "\n"
    return "\r\n" if text[place - 1 : place] == "\r" else "\n"


def added_line(text: str, at: int, line: str) -> Splice:
    """A line put in before an offset that begins one; at the end of a text without a last line end, it gets none."""
    end = line_end_of(text, at)
    if at == len(text) and text and text[-1] not in "\r\n":
        return Splice(at, at, end + line)
    return Splice(at, at, line + end)
