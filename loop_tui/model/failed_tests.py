"""The tests that failed by name, as the excerpt of a check lists them before the output (`packs.ship.verify`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.model.regex import regex

from .status import CheckStatus
from .text import clean

if TYPE_CHECKING:
    from .evidence import Check

MARK = "✖ "
"""What stands before each of them in an excerpt; a blank line ends the list."""
_MORE = regex(r"and \d{1,9} more")
_PLACED = regex(r"(?P<name>.+?) \((?P<place>[^\s()]*\.\w{1,8}(?::\d{1,9})?)\)(?:: (?P<said>.*))?")
_LINE = regex(r"(?P<file>.+?):(?P<line>\d{1,9})")


class FailedTest(NamedTuple):
    """One test that failed; `line` is 0 where only its file is known, and `file` empty where nothing is."""

    name: str
    message: str = ""
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """`file:line`, as far as it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file


def split_excerpt(excerpt: str) -> tuple[tuple[FailedTest, ...], str]:
    """The tests that an excerpt names, and the output below them; without such a list all of it is output."""
    head, blank, output = excerpt.partition("\n\n")
    lines = head.split("\n")
    told = [line for line in lines if line.startswith(MARK)]
    # An excerpt may be nothing but a list: it was cut, or the program said nothing else.
    if not told or any(not line.startswith(MARK) and not _MORE.fullmatch(line) for line in lines):
        return (), excerpt
    return tuple(_read(clean(line.removeprefix(MARK))) for line in told), output if blank else ""


def failed_tests(checks: Iterable[Check]) -> tuple[FailedTest, ...]:
    """The tests that the failed ones among the checks name, each once."""
    found = [t for c in checks if c.status is CheckStatus.FAILED for t in split_excerpt(c.excerpt)[0]]
    return tuple(dict.fromkeys(found))


def _read(line: str) -> FailedTest:
    match = _PLACED.fullmatch(line)
    if match is None:
        name, _, said = line.partition(": ")
        return FailedTest(name, said)
    placed = _LINE.fullmatch(match["place"])
    file, number = (placed["file"], int(placed["line"])) if placed else (match["place"], 0)
    return FailedTest(match["name"], match["said"] or "", file, number)
