"""What a conditional gate may state as its condition, and which files one is about (SPEC section 2)."""

from fnmatch import fnmatchcase

from msgspec import Struct

from loop_tui.model.regex import regex

from .text import clean

DEPLOY_TARGET = "deploy-target"
"""Holds when the loop delivers to at least one target."""
CHANGED = "changed:"
"""With a pattern of files behind it: holds when one of them changed against the base branch."""
ALLOWED = f'"{DEPLOY_TARGET}", or "{CHANGED}PATTERN" like "{CHANGED}migrations/**"'

_ANYWHERE = "**"
_WILD = regex(r"[*?\[]")
# What other tools understand in a pattern and we do not: taken as it stands it would never match, and nobody be asked.
_ELSEWHERE = regex(r"[{}\\]")


class ChangedFiles(Struct, frozen=True):
    """The files that changed since a branch was left: by path from the project folder, the deleted ones too."""

    base: str
    paths: tuple[str, ...] = ()


def pattern_of(condition: str) -> str | None:
    """The pattern of files that a condition is about; None for a condition that is about no files."""
    return condition.removeprefix(CHANGED).strip() if condition.startswith(CHANGED) else None


def complaint(condition: str) -> str:
    """What is wrong with a condition, after the words "it has a condition X"; empty when it is one that we know."""
    pattern = pattern_of(condition)
    if pattern is None:
        return "" if condition == DEPLOY_TARGET else "that is unknown"
    parts = pattern.removesuffix("/").split("/")
    if not pattern or pattern != clean(pattern) or any(part in ("", ".", "..") for part in parts):
        return "whose pattern matches nothing inside the project folder"
    if _ELSEWHERE.search(pattern) or pattern.startswith(("!", "~")):
        return "whose pattern uses more than *, ?, [...] and **"
    if any(_ANYWHERE in part and part != _ANYWHERE for part in parts):
        return "whose pattern has a ** that is not alone between slashes"
    return ""


def matches(pattern: str, path: str) -> bool:
    """True when a path is one that a pattern means.

    `*` and `?` stay within a folder, `**` is any number of folders. A pattern that ends in a plain name means a folder
    of that name, too, with everything in it.
    """
    wanted = pattern.removesuffix("/").split("/")
    if not _WILD.search(wanted[-1]):
        wanted.append(_ANYWHERE)
    here = _reached({0}, wanted)
    for part in path.split("/"):
        onward = {n if wanted[n] == _ANYWHERE else n + 1 for n in here if n < len(wanted) and _takes(wanted[n], part)}
        here = _reached(onward, wanted)
    return len(wanted) in here


def _takes(wanted: str, part: str) -> bool:
    return wanted == _ANYWHERE or fnmatchcase(part, wanted)


def _reached(places: set[int], wanted: list[str]) -> set[int]:
    """These places in a pattern, and those behind a `**` that takes nothing more."""
    found = set(places)
    for n, part in enumerate(wanted):
        if n in found and part == _ANYWHERE:
            found.add(n + 1)
    return found


def unmatched(pattern: str) -> str:
    """In words, that nothing changed which a pattern means."""
    folder = pattern.removesuffix("/").removesuffix("/" + _ANYWHERE)
    if not _WILD.search(folder) and pattern.endswith(("/", "/" + _ANYWHERE)):
        return f"nothing in {folder}/ changed"
    return f"nothing that matches {pattern} changed"
