"""What a page says to its tab: a few short JSON lists. Whatever else is sent means nothing."""

import json
import re

from msgspec import Struct

from loop_tui.model.regex import regex

MOST_BYTES = 1 << 20
"""The longest message: what a person pastes at once is shorter."""
_KNOWN = regex(r'\s*\[\s*"(?:stdin|resize|ping|focus|blur)"', re.ASCII)
_MOST_COLUMNS, _MOST_ROWS = 1000, 500
_LONGEST_PING = 100


class TypedText(Struct, frozen=True):
    """Keys, mouse events and pasted text, as a terminal says them."""

    text: str


class Resized(Struct, frozen=True):
    """The page has so many cells; None where it said a number that no page has."""

    width: int | None
    height: int | None


class Pinged(Struct, frozen=True):
    """The page wants this back."""

    data: str


class Focused(Struct, frozen=True):
    """The page has got the keyboard, or has lost it."""

    has: bool


PageMessage = TypedText | Resized | Pinged | Focused


def parsed(text: str) -> PageMessage | None:
    """The message that a string is, or None."""
    if not _KNOWN.match(text):
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):  # No JSON; a number of thousands of digits; nested without end.
        return None
    match said:
        case ["stdin", str(typed)]:
            return TypedText(typed)
        case ["resize", {"width": width, "height": height}]:
            return Resized(cells(width, _MOST_COLUMNS), cells(height, _MOST_ROWS))
        case ["ping", str(data)] if len(data) <= _LONGEST_PING:
            return Pinged(data)
        case ["focus" | "blur" as what]:
            return Focused(what == "focus")
    return None


def size(width: str, height: str) -> Resized:
    """The size that a page asks for in its address."""
    return Resized(cells(_number(width), _MOST_COLUMNS), cells(_number(height), _MOST_ROWS))


def cells(count: object, most: int) -> int | None:
    """A number of columns or rows, or None for what is none: truth values, fractions, nothing, far too many."""
    return count if type(count) is int and 0 < count <= most else None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,5}", text, re.ASCII) else None
