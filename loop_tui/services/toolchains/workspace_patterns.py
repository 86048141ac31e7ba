"""The patterns of a workspace, as npm reads them: which folders are packages of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

_MOST = 1000
"""Patterns that braces may make of one."""
_BRACES = regex(r"\{([^{}]*)\}")
_NUMBERS = regex(r"(-?\d{1,6})\.\.(-?\d{1,6})")
_EXTENDED = regex(r"[@?*+!]\(")
_LITERAL = str.maketrans({"\ue000": "{", "\ue001": "}"})


def places(folder: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """The folders below this one that the patterns name and that hold a package.json, by their path from it.

    A pattern with `!` takes folders out wherever it stands, unless a later one without names what it takes out.
    Raises Problem for a pattern that cannot be read.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for pattern in patterns:
        bare = pattern.lstrip("!")
        is_negated = (len(pattern) - len(bare)) % 2 == 1
        for plain in _expanded(folder, pattern, bare):
            if is_negated:
                unwanted.append(plain)
                continue
            unwanted = [other for other in unwanted if not _fits(plain.split("/"), other.split("/"))]
            wanted.append(plain)
    found: dict[str, None] = {}
    for plain in wanted:
        found |= dict.fromkeys(_globbed(folder, plain))
    return tuple(place for place in found if not any(_fits(place.split("/"), no.split("/")) for no in unwanted))


def chosen(folder: Path, patterns: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Those of the known folders below this one, by their path from it, that the patterns name; reads nothing.

    As `places`, for who knows already which folders there are. Raises Problem for a pattern that cannot be read.
    """
    wanted: dict[str, None] = {}
    for pattern in patterns:
        bare = pattern.lstrip("!")
        plain = [each.split("/") for each in _expanded(folder, pattern, bare)]
        fitting = [place for place in known if any(_fits(place.split("/"), each) for each in plain)]
        if (len(pattern) - len(bare)) % 2:
            wanted = {place: None for place in wanted if place not in set(fitting)}
        else:
            wanted |= dict.fromkeys(fitting)
    return tuple(wanted)


def _expanded(folder: Path, pattern: str, bare: str) -> Iterator[str]:
    """A pattern without braces, for each that they stand for, as a path from the folder: none that leads out of it."""
    if _EXTENDED.search(bare) or "\0" in bare:
        raise _unread(folder, pattern)
    made = list(islice(_braces(bare.replace("\\", "/")), _MOST + 1))
    if len(made) > _MOST:
        raise _unread(folder, pattern)
    for each in made:
        parts = [part for part in re.sub(r"^\.?/+", "", each).split("/") if part not in ("", ".")]
        # Only alone do two of them stand for any number of folders.
        parts = [part if part == "**" else re.sub(r"\*\*+", "*", part) for part in parts]
        parts = [part for at, part in enumerate(parts) if part != "**" or parts[at - 1 : at] != ["**"]]
        if parts and ".." not in parts:
            yield "/".join(parts)


def _braces(text: str) -> Iterator[str]:
    """`{a,b}/*` is `a/*` and `b/*`, `{1..3}` is 1, 2 and 3; innermost first. Braces around one word are themselves."""
    match = _BRACES.search(text)
    if match is None:
        yield text.translate(_LITERAL)
        return
    before, inner, after = text[: match.start()], match[1], text[match.end() :]
    if numbers := _NUMBERS.fullmatch(inner):
        first, last = int(numbers[1]), int(numbers[2])
        step = 1 if first <= last else -1
        options: Sequence[object] = range(first, last + step, step)
    else:
        options = inner.split(",") if "," in inner else [f"\ue000{inner}\ue001"]
    for option in options:
        yield from _braces(f"{before}{option}{after}")


def _globbed(folder: Path, plain: str) -> Iterator[str]:
    try:
        manifests = sorted(folder.glob(f"{plain}/package.json"))
    except (ValueError, NotImplementedError, re.error):
        raise _unread(folder, plain) from None
    except OSError:
        return
    named = plain.split("/")
    for manifest in manifests:
        place = manifest.parent.relative_to(folder).as_posix()
        parts = place.split("/")
        is_hidden = any(part.startswith(".") and part not in named for part in parts)
        if place != "." and not is_hidden and "node_modules" not in parts:
            yield place


def _fits(place: Sequence[str], pattern: Sequence[str]) -> bool:
    """True when the parts of a path are those of a pattern, `**` being any number of them."""
    if not pattern:
        return not place
    if pattern[0] == "**":
        return any(_fits(place[start:], pattern[1:]) for start in range(len(place) + 1))
    return bool(place) and fnmatchcase(place[0], pattern[0]) and _fits(place[1:], pattern[1:])


def _unread(folder: Path, pattern: str) -> Problem:
    what = f"the workspace pattern {one_line(pattern, 80)} cannot be read"
    todo = "name the folders with *, ** and {a,b} only"
    return Problem(what, str(folder), todo, code=Code.FILE_INVALID)
