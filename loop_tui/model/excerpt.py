"""Which part of a program's output tells why it failed."""

import re
from collections.abc import Sequence

from loop_tui.model.regex import regex

_TELLING = regex(
    r"^\s*(?:not ok\b|[✖✗✘×]\s|FAIL(?:ED)?\b|--- FAIL|E\s{2,}\S|\S*(?:Error|Exception|Panic)\b\s*[:(]|error\b[:\[ ])"
    r"|\berror TS\d+|^\s*\d+:\d+\s+error\b|npm (?:ERR!|error)",
    re.IGNORECASE,
)
_BEFORE = 2


def telling(lines: Sequence[str], most: int) -> tuple[int, list[str]]:
    """The part of some output to show, at most `most` lines, and how many lines stand above it.

    It begins shortly before the first line that names a failure; without one it is the end.
    """
    if len(lines) <= most:
        return 0, list(lines)
    first = next((i for i, line in enumerate(lines) if _TELLING.search(line)), None)
    start = len(lines) - most if first is None else min(max(first - _BEFORE, 0), len(lines) - most)
    return start, list(lines[start : start + most])


def both_ends(text: str, most: int) -> str:
    """A text of at most about so many characters: of a longer one a quarter of that from its beginning, and its end.

    Cut between lines where there are some, with a line that says how much is left out. Most tools say what they do
    first, and why they refuse last.
    """
    if len(text) <= most:
        return text
    first, last = text[: most // 4], text[-(most - most // 4) :]
    first = first[: first.rfind("\n")] if "\n" in first else first
    last = last[last.find("\n") + 1 :] if "\n" in last[:-1] else last
    return f"{first}\n… {len(text) - len(first) - len(last)} characters omitted …\n{last}"
