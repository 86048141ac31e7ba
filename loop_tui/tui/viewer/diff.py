"""Two texts line by line, and which line of a unified diff means what."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of

MOST_LINES = 4000
"""Lines of each side, without what both begin and end with: comparing takes time with the square of it."""
MOST_SHOWN = 5000
_CONTEXT = 3


def compared(old: str, new: str, old_name: str, new_name: str) -> str:
    """A unified diff, empty when nothing differs. Raises Problem when the texts differ too much to be compared."""
    before, after = old.split("\n"), new.split("\n")
    top = _same(before, after)
    end = _same(before[top:][::-1], after[top:][::-1])
    if max(len(before), len(after)) - top - end > MOST_LINES:
        todo = "compare them with your own tool"
        raise Problem(
            f"more than {MOST_LINES:,} lines differ: too many to compare here", new_name, todo, code=Code.FILE_INVALID
        )
    # Only what differs is compared, with some lines around it; the numbers are put right afterwards.
    skip, keep = max(0, top - _CONTEXT), max(0, end - _CONTEXT)
    middle = before[skip : len(before) - keep], after[skip : len(after) - keep]
    lines = [_moved(line, skip) for line in unified_diff(*middle, old_name, new_name, lineterm="", n=_CONTEXT)]
    cut = [f"… {count_of(len(lines) - MOST_SHOWN, 'more line')} not shown"] if len(lines) > MOST_SHOWN else []
    return "\n".join([*lines[:MOST_SHOWN], *cut])


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _moved(line: str, by: int) -> str:
    if not by or not line.startswith("@@ -"):
        return line
    places = [_place(part, by) for part in line.split(" ")[1:3]]
    return f"@@ {' '.join(places)} @@"


def _place(part: str, by: int) -> str:
    start, comma, length = part[1:].partition(",")
    return f"{part[0]}{int(start) + by}{comma}{length}"


def tones(lines: Sequence[str]) -> Iterator[str]:
    """What each line of a text with unified diffs in it is: added, removed, place, head, or nothing.

    What stands before the first diff is nothing; a line of a hunk is never taken for a heading, whatever it says.
    """
    old = new = 0
    heading = within = False
    for line in lines:
        tone = ""
        if old > 0 or new > 0:
            tone = {"+": "added", "-": "removed"}.get(line[:1], "")
            # "\ No newline at end of file" is a line of neither side.
            old -= tone != "added" and not line.startswith("\\")
            new -= tone != "removed" and not line.startswith("\\")
        elif line.startswith("@@ ") and (heading or within):
            tone, heading, within = "place", False, True
            old, new = _lengths(line)
        elif line.startswith(("diff --git ", "--- ")) or (heading and line):
            tone, heading, within = "head", True, False
        else:
            heading = False
        yield tone


def _lengths(line: str) -> tuple[int, int]:
    """How many lines of the old and of the new side a hunk has, as its first line says."""
    found = []
    for part in line.split(" ")[1:3]:
        _, comma, length = part.partition(",")
        found.append(int(length) if length.isascii() and length.isdigit() else 0 if comma else 1)
    return (found[0], found[1]) if len(found) == 2 else (0, 0)
