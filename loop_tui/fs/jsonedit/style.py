"""How a JSON document is laid out, and how new values are written so that they fit in."""

import json
from collections.abc import Callable, Collection

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex

from .diff import Moved

_FIRST = regex(r"[{\[]([ \t\r\n]*)")
_COLON = regex(r'"([ \t]*:[ \t]*)')
_LAST_BREAK = regex(r"[\r\n]([ \t]*)\Z")
_LINE_WIDTH = 100
_ONE_LINE_MARKS = ('{ "', '{"', '["')


class Style(Struct, frozen=True):
    """The habits of one document.

    `unit` indents one level, in a document that is indented at all; `gap` follows commas within a line and `pad`
    stands inside the braces there. `short_in_line`: lists and objects of single values that fit go into one line.
    """

    is_indented: bool
    unit: str
    newline: str
    colon: str
    gap: str
    pad: str
    short_in_line: bool


def style_of(text: str, start: int) -> Style:
    """The style of a document whose value starts at `start`."""
    first = _FIRST.match(text, start)
    inside = first.group(1) if first else ""
    unit = indent_after(inside)
    empty = first is None or text[first.end() : first.end() + 1] in ("}", "]")
    found = _COLON.search(text, start)
    colon = found.group(1) if found else ": "
    return Style(
        is_indented=unit is not None or empty,
        unit="  " if unit is None or empty else unit,
        newline=_newline(text),
        colon=colon,
        gap=" " if colon.endswith(" ") else "",
        pad=" " if '{ "' in text else "",
        short_in_line=unit is not None and any(mark in text for mark in _ONE_LINE_MARKS),
    )


def _newline(text: str) -> str:
    feed = text.find("\n")
    if feed < 0:
        return "\r" if "\r" in text else "\n"
    return "\r\n" if text[feed - 1 : feed] == "\r" else "\n"


def indent_after(space: str) -> str | None:
    """The indentation that white space ends with, or None when it holds no line break."""
    found = _LAST_BREAK.search(space)
    return found.group(1) if found else None


def in_one_line(text: str) -> bool:
    """True when a value is written in one line."""
    return "\n" not in text and "\r" not in text


def quoted(text: str) -> str:
    """A JSON string. What a terminal might act on, and what UTF-8 cannot hold, is escaped."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


class Writer(Struct, frozen=True):
    """Writes new values in a style; `moved` gives the text of what is taken over from elsewhere."""

    style: Style
    moved: Callable[[Moved], str]

    def text(self, value: object, indent: str | None) -> str:
        """A value as text, in a line indented by `indent`; None keeps it all within the line.

        Raises Problem for what JSON cannot say.
        """
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, Moved):
            return self.moved(value)
        deeper = None if indent is None else indent + self.style.unit
        if isinstance(value, dict):
            members = [quoted(k) + self.style.colon + self.text(v, deeper) for k, v in value.items()]
            return self._wrapped("{}", members, self._layout(value.values(), members, indent))
        if isinstance(value, list):
            members = [self.text(v, deeper) for v in value]
            return self._wrapped("[]", members, self._layout(value, members, indent))
        try:
            return json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise Problem(f"{value!r} cannot be written as JSON", code=Code.FILE_INVALID) from error

    def _layout(self, values: Collection[object], members: list[str], indent: str | None) -> str | None:
        if indent is None or not self.style.short_in_line or any(isinstance(v, dict | list | Moved) for v in values):
            return indent
        return None if len(indent) + sum(len(m) + 2 for m in members) <= _LINE_WIDTH else indent

    def _wrapped(self, brackets: str, members: list[str], indent: str | None) -> str:
        opening, closing = brackets[0], brackets[1]
        if not members:
            return brackets
        if indent is None:
            pad = self.style.pad if opening == "{" else ""
            return opening + pad + f",{self.style.gap}".join(members) + pad + closing
        lead = self.style.newline + indent + self.style.unit
        return opening + lead + f",{lead}".join(members) + self.style.newline + indent + closing
