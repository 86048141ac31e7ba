"""JSON as text: read it strictly, change single values in it, keep every other byte (SPEC section 3).

The text is scanned by the C scanner of the standard library, once, and taken apart only along the paths that change.
"""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .diff import REMOVE, ById, Edit, JsonPath, Moved, New, changes, diff, fingerprint
from .error import NoSuchNumber, broken_json, path_words, place
from .scan import BOM, Scan
from .splice import spliced

__all__ = [
    "REMOVE",
    "ById",
    "Edit",
    "JsonPath",
    "Moved",
    "New",
    "changes",
    "diff",
    "edit",
    "fingerprint",
    "locate",
    "parse",
    "path_words",
]


def parse(text: str, where: str = "") -> JsonValue:
    """The document as Python values; of duplicate keys the last one holds, as everywhere.

    Numbers too large for Python become infinity. Raises Problem, with `where`, line, column and the key it happened
    at, for anything but one JSON value; NaN and Infinity are refused, for JSON knows neither.
    """
    body = text[1:] if text.startswith(BOM) else text
    try:
        return _parsed(body)
    except json.JSONDecodeError as error:
        raise broken_json(body, error.pos, error.msg, where) from error
    except NoSuchNumber as error:
        raise broken_json(body, None, f"{error} is not a JSON number", where) from error
    except RecursionError as error:
        raise Problem("is nested too deeply to be read", where, code=Code.FILE_INVALID) from error


def _parsed(text: str) -> JsonValue:
    value: JsonValue
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (json.JSONDecodeError, NoSuchNumber):
        raise
    except ValueError:
        # An integer with more digits than Python converts.
        value = json.loads(text, parse_constant=_no_constant, parse_int=_any_int)
    return value


def _no_constant(name: str) -> float:
    raise NoSuchNumber(name)


def _any_int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def locate(text: str, path: JsonPath) -> tuple[int, int]:
    """Line and column, from 1, of the value at a path of a valid document; of what is around it when it is missing."""
    scan = Scan(text)
    at = scan.start
    for depth in range(len(path)):
        member = scan.member(path[: depth + 1])
        if member is None:
            break
        at = member.start
    return place(text[1:], at - 1) if text.startswith(BOM) else place(text, at)


def edit(text: str, edits: Sequence[Edit]) -> str:
    """The text of a valid document with values set or removed; all else stays byte for byte as it was.

    New members go to the end of their object, in its style; missing objects and lists on the way are made, and null
    counts as missing. Edits that meet in one place take effect one after the other. Raises Problem when a path leads
    into something that has no such members, and for values that JSON cannot say.
    """
    try:
        return spliced(text, edits)
    except RecursionError as error:
        raise Problem("is nested too deeply to be changed", code=Code.FILE_INVALID) from error
