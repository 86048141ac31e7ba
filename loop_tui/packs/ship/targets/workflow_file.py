"""Will a push start this workflow? Read from the workflow's file; said only where it is certain that it will not."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from loop_tui.model.regex import regex

_LARGEST = 512 * 1024
_SKIPS = regex(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]")
_TRAILER = regex(r"^skip-checks:[ \t]*true[ \t]*$", re.MULTILINE)
_FOLDER = ".github/workflows/"


class Unclear(Exception):
    """The file says something that we do not understand, so nothing can be foretold."""


def workflow_path(name: str) -> str:
    """The path of a workflow file from the top of the repository, given its path or only its name."""
    return name if "/" in name else f"{_FOLDER}{name}"


def skips(message: str) -> str:
    """What in a commit's message tells GitHub Actions to leave the push alone; empty when nothing does."""
    found = _SKIPS.search(message)
    if found:
        return found[0]
    paragraphs = re.split(r"\n[ \t]*\n", message.rstrip())
    return "skip-checks: true" if len(paragraphs) > 1 and _TRAILER.search(paragraphs[-1]) else ""


def why_never(text: str, branch: str, files: Sequence[str] | None) -> str:
    """Why a push of these files to this branch cannot start the workflow; empty when it may, or when it is unclear.

    `files` is None when it is not known which files the push changes; filters by path are left alone then.
    """
    try:
        return _why_never(text, branch, files)
    except Unclear:
        return ""


def _why_never(text: str, branch: str, files: Sequence[str] | None) -> str:
    push = _push_filters(text)
    if push is None:
        return "it does not run on push"
    branches, not_branches = _patterns(push, "branches"), _patterns(push, "branches-ignore")
    if branches is None and not_branches is None and ("tags" in push or "tags-ignore" in push):
        return "it runs for pushes of tags only"
    if branches is not None and not matches(branches, branch):
        return f"its branches do not include {branch}"
    if not_branches is not None and matches(not_branches, branch):
        return f"its branches-ignore includes {branch}"
    if not files:
        return ""
    paths, not_paths = _patterns(push, "paths"), _patterns(push, "paths-ignore")
    if paths is not None and not any(matches(paths, file) for file in files):
        return "none of the files pushed is among its paths"
    if not_paths is not None and all(matches(not_paths, file) for file in files):
        return "all of the files pushed are among its paths-ignore"
    return ""


def _push_filters(text: str) -> dict[str, JsonValue] | None:
    """What stands under `on: push`, empty when that has no filters, None when push is no trigger. Raises Unclear."""
    import yaml

    if len(text) > _LARGEST:
        raise Unclear
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Unclear from None
    # To YAML 1.1 the word `on` is the same as `true`.
    triggers = document.get("on", document.get(True)) if isinstance(document, dict) else None
    if isinstance(triggers, str):
        triggers = [triggers]
    if isinstance(triggers, list):
        return {} if "push" in triggers else None
    if not isinstance(triggers, dict):
        raise Unclear
    if "push" not in triggers:
        return None
    push = triggers["push"]
    if push is not None and not isinstance(push, dict):
        raise Unclear
    return push or {}


def _patterns(push: dict[str, JsonValue], key: str) -> list[str] | None:
    given = push.get(key)
    if given is None:
        return None
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise Unclear
    return [str(entry) for entry in listed]


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether GitHub's filter patterns include a name: the last one that matches decides, `!` takes away.

    Raises Unclear for a pattern that we cannot read.
    """
    included = False
    for pattern in patterns:
        wanted = not pattern.startswith("!")
        if wanted != included and _expression(pattern.removeprefix("!")).fullmatch(name):
            included = wanted
    return included


def _expression(pattern: str) -> re.Pattern[str]:
    """A filter pattern as a regular expression: `*` stops at a slash, `**` does not, `?` and `+` follow a character."""
    found, place = [], 0
    while place < len(pattern):
        rest = pattern[place:]
        if rest.startswith("**/") and (place == 0 or pattern[place - 1] == "/"):
            part, length = "(?:.*/)?", 3
        elif rest.startswith("**"):
            part, length = ".*", 2
        elif rest[0] == "*":
            part, length = "[^/]*", 1
        elif rest[0] in "?+":
            part, length = rest[0], 1
        elif rest[0] == "[" and "]" in rest[1:]:
            length = rest.index("]", 1) + 1
            part = "[" + rest[1 : length - 1].replace("\\", "\\\\").replace("[", "\\[") + "]"
        elif rest[0] == "\\" and len(rest) > 1:
            part, length = re.escape(rest[1]), 2
        else:
            part, length = re.escape(rest[0]), 1
        found.append(part)
        place += length
    try:
        return re.compile("".join(found), re.DOTALL)
    except re.error:
        raise Unclear from None
