"""A change of a text as the lines of a diff, for people."""

import difflib

from .text import count_of, one_line

_MOST_LINES = 60
_LONGEST = 200


def diff_lines(before: str, after: str, name: str, most: int = _MOST_LINES) -> tuple[str, ...]:
    """The changed lines with one line around them, as in a unified diff; of many the first, and how many more."""
    rows = list(difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=1))
    shown = [row[:1] + one_line(row[1:], _LONGEST) for row in rows[:most]]
    return (*shown, f"and {count_of(len(rows) - most, 'more line')}") if len(rows) > most else tuple(shown)
