"""The front matter of a document: `key: value` lines between two lines of three hyphens, at its very beginning.

It is not read as YAML: nested values, lists and texts over several lines are passed over and stay what they are.
"""

from collections.abc import Mapping

from msgspec import Struct

from loop_tui.model.regex import regex

_RULE = "---"
_MOST_LINES = 200
_ENTRY = regex(r"([A-Za-z][\w-]{0,40})[ \t]*:[ \t]*(.*?)[ \t]*")
_QUOTED = regex(r"([\"'])(.*)\1(?:[ \t]+#.*)?")
_COMMENT = regex(r"(?:^|[ \t]+)#.*")
_LINES = regex(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class FrontMatter(Struct, frozen=True):
    """What it says: values with their lines by key, in small letters. `end_line` is its last line, 0 without any."""

    entries: Mapping[str, tuple[str, int]]
    end_line: int = 0

    def get(self, key: str) -> tuple[str, int]:
        """The value of a key and its line; an empty text and 0 where it is not given."""
        return self.entries.get(key, ("", 0))


def read_front_matter(text: str) -> FrontMatter:
    """The front matter of a document; empty where it has none, or where that never ends."""
    entries: dict[str, tuple[str, int]] = {}
    at = 1 if text.startswith("\ufeff") else 0
    for number in range(1, _MOST_LINES + 1):
        found = _LINES.match(text, at)
        if found is None or at >= len(text):
            break
        line, at = found[0].rstrip("\r\n"), found.end()
        if number == 1:
            if line.rstrip() != _RULE:
                break
        elif line.rstrip() == _RULE:
            return FrontMatter(entries, number)
        elif (entry := _ENTRY.fullmatch(line)) is not None:
            entries.setdefault(entry[1].lower(), (value_of(entry[2]), number))
    return FrontMatter({})


def value_of(text: str) -> str:
    """A value without its quotes, or without the comment behind it."""
    quoted = _QUOTED.fullmatch(text)
    return quoted[2] if quoted is not None else _COMMENT.sub("", text).strip()


def with_state(text: str, state: str) -> str:
    """The text with another `state` in its front matter, which it gets where it has none; every other byte stays."""
    front = read_front_matter(text)
    end = "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    if not front.end_line:
        return f"{mark}{_RULE}{end}state: {state}{end}{_RULE}{end}{end}{text.removeprefix(mark)}"
    lines = _LINES.findall(text)
    _, line = front.get("state")
    if not line:
        lines.insert(front.end_line - 1, f"state: {state}{end}")
    else:
        before = lines[line - 1]
        key, colon, rest = before.partition(":")
        space = rest[: len(rest) - len(rest.lstrip(" \t"))] or " "
        ending = before[len(before.rstrip("\r\n")) :]
        lines[line - 1] = f"{key}{colon}{space}{state}{ending}"
    return "".join(lines)
