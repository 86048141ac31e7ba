"""Where the members of a JSON text stand. The text has to be valid: whoever scans it has parsed it before."""

import json
from collections.abc import Callable
from typing import NamedTuple

from loop_tui.model.regex import regex

from .diff import JsonPath

BOM = "\ufeff"

_spaces = regex(r"[ \t\n\r]*").match
# Numbers stay text: that is cheaper, and no number is too long.
_value: Callable[[str, int], tuple[object, int]] = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


class Member(NamedTuple):
    """One member of an object or list, by positions in the text.

    From `lead` (behind the bracket or comma) white space runs to `at` (the key, or the value in a list); the value
    stands from `start` to `end`; `after` is behind the comma that follows, or -1.
    """

    key: str | int
    lead: int
    at: int
    start: int
    end: int
    after: int


def after_space(text: str, at: int) -> int:
    """The first position from `at` on that is not white space."""
    found = _spaces(text, at)
    return found.end() if found else at


def start_of(text: str) -> int:
    """Where the value of a document starts, behind the byte order mark and white space."""
    return after_space(text, 1 if text.startswith(BOM) else 0)


def end_of_value(text: str, start: int) -> int:
    """Where the value or key that starts there ends."""
    return _value(text, start)[1]


def members_at(text: str, opening: int, end_of: Callable[[str | int, int], int]) -> tuple[list[Member], int]:
    """The members of the object or list that opens there, and where it closes. `end_of(key, start)` ends a value."""
    named = text[opening] == "{"
    members: list[Member] = []
    lead = opening + 1
    at = after_space(text, lead)
    if text[at] in "}]":
        return members, at
    while True:
        key: str | int = len(members)
        start = at
        if named:
            name, start = _value(text, at)
            key = str(name)
            start = after_space(text, after_space(text, start) + 1)
        end = end_of(key, start)
        comma = after_space(text, end)
        more = text[comma] == ","
        members.append(Member(key, lead, at, start, end, comma + 1 if more else -1))
        if not more:
            return members, comma
        lead = comma + 1
        at = after_space(text, lead)


class Scan:
    """Finds members by their path and remembers what it saw on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = start_of(text)
        self._found: dict[JsonPath, dict[str | int, Member]] = {}

    def member(self, path: JsonPath) -> Member | None:
        """The member at a path (of duplicate keys the last one), or None. The document itself is no member."""
        if not path:
            return None
        parent = path[:-1]
        if parent not in self._found:
            above = self.member(parent)
            opening = above.start if above else self.start if not parent else len(self.text)
            holds = self.text[opening : opening + 1] in ("{", "[")
            members = members_at(self.text, opening, self._end)[0] if holds else []
            self._found[parent] = {m.key: m for m in members}
        return self._found[parent].get(path[-1])

    def _end(self, key: str | int, start: int) -> int:
        return end_of_value(self.text, start)
