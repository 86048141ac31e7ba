"""The dry run as it is shown: by kind, each of which folds, with a colour for what its lines mean."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.model.text import count_of
from loop_tui.tui.widgets.line import CURSOR

LONG = 12
"""A kind of more lines is folded at first where not all of it fits."""
_COMMAND = regex(r"\s{8}\S")
_COMMIT = regex(r"\s{4}(major|minor|patch)\b")
_TONES = {"✗": "removed", "!": "removed", "◆": "place", "A": "added", "?": "number"}


class PlanPart(NamedTuple):
    """One kind: its heading, and the lines below it as they were told."""

    title: str
    lines: tuple[str, ...]


class Shown(NamedTuple):
    """The lines that are shown, the tone of each, and where each came from: the number of its part and of its line in
    there (-1 for a heading).
    """

    lines: tuple[str, ...]
    tones: tuple[str, ...]
    origins: "tuple[Place, ...]"


def parts_of(text: str) -> tuple[PlanPart, ...]:
    """The kinds of a plan: each begins after a blank line with a line that is not indented."""
    blocks = [block.split("\n") for block in re.split(r"\n{2,}", text.strip("\n"))]
    return tuple(PlanPart(block[0], tuple(block[1:])) for block in blocks)


def folded_first(parts: Sequence[PlanPart], height: int) -> frozenset[int]:
    """Which kinds are folded at first: none where all fits; the first says what it is about."""
    if sum(len(part.lines) + 2 for part in parts) <= height:
        return frozenset()
    return frozenset(number for number, part in enumerate(parts) if number and len(part.lines) > LONG)


Place = tuple[int, int]
"""The number of a part, and of a line in it: -1 for its heading."""
NOTHING: Place = (-2, -2)
"""The place of nothing."""


def shown_of(parts: Sequence[PlanPart], folded: Collection[int], at: Place = NOTHING, found: Place = NOTHING) -> Shown:
    """What is shown; `at` is the line with the cursor, whose kind enter folds, `found` the one of a search."""
    lines: list[str] = []
    tones: list[str] = []
    origins: list[Place] = []

    def add(line: str, tone: str, origin: Place) -> None:
        lines.append(f"{CURSOR if origin == at != NOTHING else ' '}{line}" if line else "")
        tones.append("found" if origin == found != NOTHING else tone)
        origins.append(origin)

    for number, part in enumerate(parts):
        if number:
            add("", "", NOTHING)
        mark = "" if not part.lines else "▸ " if number in folded else "▾ "
        more = f"   {count_of(len(part.lines), 'line')}" if number in folded else ""
        add(f"{mark}{part.title}{more}", tone_of(part.title) or "head", (number, -1))
        for place, line in enumerate(() if number in folded else part.lines):
            add(line, tone_of(line), (number, place))
    return Shown(tuple(lines), tuple(tones), tuple(origins))


def tone_of(line: str) -> str:
    """The tone of a line of a plan, by the mark that it begins with."""
    if _COMMAND.match(line):
        return "place"
    if _COMMIT.match(line):
        return "added"
    mark, _, rest = line.strip().partition(" ")
    return _TONES.get(mark, "") if rest else ""


def matches(parts: Sequence[PlanPart], wanted: str) -> tuple[Place, ...]:
    """The lines that hold a text, whatever the case, those of folded kinds too."""
    word = wanted.casefold()
    return tuple(
        (number, at)
        for number, part in enumerate(parts)
        for at, line in enumerate((part.title, *part.lines), start=-1)
        if word and word in line.casefold()
    )
