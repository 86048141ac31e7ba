"""What has to be edited in a JSON document so that it says something new, and nothing else."""

import marshal
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, TypeGuard

from msgspec import Struct
from pydantic import JsonValue


class Removal(Enum):
    """The one value that is no value."""

    REMOVE = "remove"


REMOVE: Final = Removal.REMOVE
JsonPath = tuple[str | int, ...]

# A version of the format without references, whose bytes depend on the values alone.
_PLAIN = 2
_NAMES = ("id", "name", "skill", "text")


class Moved(Struct, frozen=True):
    """The text that stands at `source` in the same document, with these edits (paths relative to it) made in it."""

    source: JsonPath
    changes: tuple["Edit", ...] = ()


class Edit(Struct, frozen=True):
    """The value that is to stand at a path; REMOVE takes the member away.

    Positions in lists are those of the document before any edit; one at or past the end appends. A list may hold
    `Moved` items.
    """

    path: JsonPath
    value: "New"


New = JsonValue | Removal | Moved | Sequence[object] | Mapping[str, object]
"""What can be put into a document: JSON, in which a list or object may hold `Moved` values."""


class ById(dict[str, JsonValue]):
    """A map by id: where a document lacks it, only the members that change are written, not all of it."""


def diff(old: JsonValue, new: JsonValue) -> list[Edit]:
    """The edits that turn a document which reads `old` into one which reads `new`; none when both read the same."""
    return changes(old, old, new)


def changes(document: JsonValue, old: JsonValue, new: JsonValue) -> list[Edit]:
    """The edits that carry the difference between two readings of a document over into the document itself.

    `old` and `new` name only what is ours; the document may hold more, lack parts that `old` was able to infer, or
    write things in another shape. What reads the same is never touched. A part that differs and is missing in the
    document, or has another shape there, is written whole.
    """
    found: list[Edit] = []
    _compare((), document, old, new, found)
    return found


def same(one: object, other: object) -> bool:
    """True when two JSON values say the same: 1 is 1.0, but True is not 1."""
    if one is other:
        return True
    if one != other or isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return _same_bytes(one, other) or all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return _same_bytes(one, other) or all(map(same, one, other))
    return True


def fingerprint(value: JsonValue) -> bytes | None:
    """Bytes that only the same JSON value has (Python takes True for 1, these do not); None for what has none."""
    try:
        return marshal.dumps(value, _PLAIN)
    except ValueError:
        return None


def _same_bytes(one: JsonValue, other: JsonValue) -> bool:
    """A quick yes for equal values, or no answer."""
    found = fingerprint(one)
    return found is not None and found == fingerprint(other)


def _compare(path: JsonPath, document: object, old: object, new: JsonValue, found: list[Edit]) -> None:
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        if isinstance(document, dict):
            _compare_members(path, document, old, new, found)
        elif not same(old, new):
            if document is None and isinstance(new, ById):
                _compare_members(path, {}, old, new, found)
            else:
                found.append(Edit(path, new))
    elif isinstance(old, list) and isinstance(new, list):
        if not same(old, new):
            _compare_lists(path, document, old, new, found)
    elif not same(old, new):
        found.append(Edit(path, new))


def _compare_members(
    path: JsonPath,
    document: Mapping[str, JsonValue],
    old: Mapping[str, JsonValue],
    new: Mapping[str, JsonValue],
    found: list[Edit],
) -> None:
    for key, value in new.items():
        there = document.get(key)
        if key in old:
            _compare((*path, key), there, old[key], value, found)
        elif isinstance(value, dict) and isinstance(there, dict):
            _compare((*path, key), there, {}, value, found)
        elif key not in document or not same(there, value):
            found.append(Edit((*path, key), value))
    found.extend(Edit((*path, key), REMOVE) for key in old if key not in new)


def _is_list(value: object) -> TypeGuard[list[JsonValue]]:
    return isinstance(value, list)


def _compare_lists(
    path: JsonPath, document: object, old: list[JsonValue], new: list[JsonValue], found: list[Edit]
) -> None:
    """Items are told apart by their name, and among items of the same name by their turn."""
    if not _is_list(document):
        found.append(Edit(path, new))
        return
    done = _untouched(document, old, new)
    there, old, new = document[done:], old[done:], new[done:]
    old_keys, new_keys = _keys(old), _keys(new)
    before, after = dict(zip(old_keys, old, strict=True)), set(new_keys)
    kept = [key for key in old_keys if key in after]
    added = [key for key in new_keys if key not in before]
    places = _places(there, old, old_keys, is_reading=document is old)
    if new_keys != kept + added and len(there) == len(old) == len(places):
        if done:
            there, places = document, {key: place + done for key, place in places.items()}
        items = _rearranged(path, there, before, dict(zip(new_keys, new, strict=True)), places)
        found.append(Edit(path, [*(Moved((*path, i)) for i in range(done)), *items]))
        return
    found.extend(Edit((*path, done + places[key]), REMOVE) for key in old_keys if key not in after and key in places)
    end = len(document)
    for key, item in zip(new_keys, new, strict=True):
        place = places.get(key)
        if key in before and place is not None:
            _compare((*path, done + place), there[place], before[key], item, found)
        elif key not in before or not same(before[key], item):
            found.append(Edit((*path, end), item))
            end += 1


def _untouched(document: Sequence[JsonValue], old: Sequence[JsonValue], new: Sequence[JsonValue]) -> int:
    """How many objects at the start of a list are the same as before and stand where they stood.

    Logs grow at their end: what is older is not looked at twice. Only for lists that the document holds one to one.
    """
    if len(document) != len(old):
        return 0
    count = 0
    for one, other in zip(old, new, strict=False):
        if not isinstance(one, dict) or not same(one, other):
            break
        count += 1
    return count


_Key = tuple[object, int]


def _keys(items: Sequence[JsonValue]) -> list[_Key]:
    seen: dict[object, int] = {}
    keys = []
    for item in items:
        name = _name(item)
        turn = seen.get(name, 0)
        seen[name] = turn + 1
        keys.append((name, turn))
    return keys


def _name(item: JsonValue) -> object:
    if isinstance(item, dict):
        return next((v for field in _NAMES if isinstance(v := item.get(field), str)), None)
    if isinstance(item, list):
        return None
    return item if isinstance(item, str) else (type(item).__name__, item)


def _places(
    document: Sequence[JsonValue], old: Sequence[JsonValue], old_keys: Sequence[_Key], *, is_reading: bool
) -> dict[_Key, int]:
    """Where in the document the items of a reading stand: by name, else by position when none is more or less."""
    if is_reading:
        return {key: i for i, key in enumerate(old_keys)}
    by_name = {key: i for i, key in enumerate(_keys(document)) if key[0] is not None}
    places = {key: by_name[key] for key in old_keys if key in by_name}
    if len(document) == len(old):
        taken = set(places.values())
        places |= {key: i for i, key in enumerate(old_keys) if key not in places and i not in taken}
    return places


def _rearranged(
    path: JsonPath,
    document: Sequence[JsonValue],
    old: Mapping[_Key, JsonValue],
    new: Mapping[_Key, JsonValue],
    places: Mapping[_Key, int],
) -> list[JsonValue | Moved]:
    """The new list, with every item that was there before taken over as it was written."""
    items: list[JsonValue | Moved] = []
    for key, value in new.items():
        if key not in old:
            items.append(value)
            continue
        inner: list[Edit] = []
        _compare((), document[places[key]], old[key], value, inner)
        whole = any(not edit.path for edit in inner)
        items.append(value if whole else Moved((*path, places[key]), tuple(inner)))
    return items
