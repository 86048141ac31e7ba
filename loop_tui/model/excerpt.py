"""Which lines of a program's output tell why it failed."""

import re
from collections.abc import Sequence

_TELLING = re.compile(
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
