"""Reading values out of a document: tolerant of what is missing, strict about what cannot be meant."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from math import isfinite
from typing import TypeVar

from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import JsonPath, fingerprint, path_words
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

JsonObject = Mapping[str, JsonValue]

_Made = TypeVar("_Made")

_MOST_DEPTH = 100
_MOST_REMEMBERED = 1000
_MOST_INT = 2**53
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class WrongType(Problem):
    """A value of a kind that cannot stand where it stands. `path` leads to it in the document."""

    def __init__(self, path: JsonPath, found: object, wanted: str) -> None:
        kind = "null" if found is None else _KINDS.get(type(found), "something else")
        super().__init__(f"{path_words(path) or 'the document'} is {kind}, must be {wanted}", code=Code.STATE_DAMAGED)
        self.path = path


def table_at(parent: JsonObject, key: str, path: JsonPath = ()) -> JsonObject:
    """The object under a key; an empty one when there is none. Raises WrongType."""
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongType((*path, key), value, "an object")
    return value


def list_at(parent: JsonObject, key: str, path: JsonPath = ()) -> list[JsonValue]:
    """The list under a key; an empty one when there is none. Raises WrongType."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType((*path, key), value, "a list")
    return value


def tables_at(parent: JsonObject, key: str, path: JsonPath = ()) -> Iterator[tuple[JsonObject, JsonPath]]:
    """The objects of the list under a key, each with its path. Raises WrongType."""
    for i, item in enumerate(list_at(parent, key, path)):
        if not isinstance(item, dict):
            raise WrongType((*path, key, i), item, "an object")
        yield item, (*path, key, i)


def members_of(parent: JsonObject, key: str, path: JsonPath = ()) -> Iterator[tuple[str, JsonObject, JsonPath]]:
    """The objects under the keys of the object under a key, each with its path. Raises WrongType."""
    for name, item in table_at(parent, key, path).items():
        if item is not None and not isinstance(item, dict):
            raise WrongType((*path, key, name), item, "an object")
        yield name, item or {}, (*path, key, name)


def text_at(table: JsonObject, *keys: str) -> str:
    """The text under the first of these keys that has any; numbers as text, everything else reads as nothing."""
    for key in keys:
        value = table.get(key)
        if isinstance(value, str):
            if value:
                return value
        elif value is not None and not isinstance(value, bool | dict | list):
            return f"{value:g}" if isinstance(value, float) else str(value) if abs(value) < _MOST_INT else ""
    return ""


def word_at(table: JsonObject, key: str, path: JsonPath = ()) -> str | None:
    """A text that decides something, like a status; None when there is none. Raises WrongType."""
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise WrongType((*path, key), value, "text")
    return value


def int_at(table: JsonObject, *keys: str) -> int | None:
    """The whole number under the first of these keys that has a usable one, or None."""
    for key in keys:
        value = table.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST_INT:
            return round(value)
    return None


def flag_at(table: JsonObject, key: str, default: bool) -> bool:
    """True or false under a key, or the default."""
    value = table.get(key)
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().lower(), default)
    return value if isinstance(value, bool) else default


def json_at(table: JsonObject, key: str, path: JsonPath = ()) -> dict[str, JsonValue] | None:
    """The object under a key as it is, with infinities as null; None when it is none. Raises WrongType."""
    value = table.get(key)
    return None if not isinstance(value, dict) else {k: _finite(v, (*path, key, k), 0) for k, v in value.items()}


def _finite(value: JsonValue, path: JsonPath, depth: int) -> JsonValue:
    if depth > _MOST_DEPTH:
        raise WrongType(path[:4], value, f"nested less than {_MOST_DEPTH} levels deep")
    if isinstance(value, dict):
        return {k: _finite(v, (*path, k), depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v, (*path, i), depth + 1) for i, v in enumerate(value)]
    return None if isinstance(value, float) and not isfinite(value) else value


def name_of(item: JsonValue, path: JsonPath, *keys: str) -> str:
    """The name that an item of a list is or has. Raises WrongType when it has none."""
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        name = text_at(item, *keys)
        if name:
            return name
        raise WrongType(path, item, f"an object with `{keys[0]}`")
    raise WrongType(path, item, "text or an object")


def put(table: dict[str, JsonValue], **values: JsonValue) -> dict[str, JsonValue]:
    """The table with those values added that say something: not None, not empty text."""
    for key, value in values.items():
        if value is not None and value != "":
            table[key] = value
    return table


def remembered(make: Callable[[JsonObject, JsonPath], _Made]) -> Callable[[JsonObject, JsonPath], _Made]:
    """`make`, asked once for each table: a state is read anew after every change, and most of it is as it was.

    What is made has to depend on the table alone (the path is for errors), and must never be changed afterwards.
    """
    known: dict[bytes, _Made] = {}

    @wraps(make)
    def made(table: JsonObject, path: JsonPath) -> _Made:
        key = fingerprint(dict(table))
        found = known.get(key) if key is not None else None
        if found is None:
            found = make(table, path)
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            if key is not None:
                known[key] = found
        return found

    return made
