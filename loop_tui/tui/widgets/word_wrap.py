"""Text in rows of so many cells, broken between words; only a word that has no room on a row is broken in itself."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, get_character_cell_size

_HANGING = 2
"""How many cells further in than its line a row stands that continues it."""
_AHEAD = 4
"""Letters looked at for each cell of a row: those of no width go along with the one that they belong to."""


def word_rows(lines: Sequence[str], width: int) -> Iterator[tuple[int, str]]:
    """The rows of each line with its number, counted from 0. What continues a line is indented a little more."""
    for number, line in enumerate(lines):
        for row in _rows_of(line.rstrip(), width):
            yield number, row


def _rows_of(line: str, width: int) -> Iterator[str]:
    lead = len(line) - len(line.lstrip())
    indent, start, at = min(lead + _HANGING, width // 2), "", 0
    while True:
        room = width - len(start)
        # Never the whole of what is left, which may be long.
        ahead = line[at : at + _AHEAD * room]
        if at + len(ahead) == len(line) and cell_len(ahead) <= room:
            yield start + ahead
            return
        end = _break(ahead, room, 0 if at else lead)
        yield start + ahead[:end].rstrip()
        at += end
        while line[at : at + 1] == " ":
            at += 1
        start = " " * indent


def _break(text: str, room: int, lead: int) -> int:
    """Where a text is broken that has no room: before its last space that fits, else behind the last letter.

    `lead` is how many spaces it begins with, at which it is not broken.
    """
    used, fits = 0, len(text)
    for place, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > room:
            fits = place
            break
    space = text.rfind(" ", lead, fits + 1)
    return space if space > lead else max(fits, 1)
