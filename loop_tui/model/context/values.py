"""The context of a run as values: sections in their order, each line with where it comes from and how much it matters.

Texts are on one line, cleaned and masked: they were read from documents and archives (`said`).
"""

from enum import IntEnum, StrEnum

from msgspec import Struct

from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

CONTEXT_NAME = "context.md"
"""The file in the folder of a run."""
CONTEXT_VARIABLE = "LOOP_TUI_CONTEXT"
"""The variable in which programs that do a skill are told its path."""
LONGEST = 300
"""So many characters of one text are given."""
_TAG = regex(r"<(?=[A-Za-z/!?])")


class ContextPart(StrEnum):
    """The parts of a context, in the order in which they are loaded and given."""

    ORGANIZATION = "organization"
    SYSTEM = "system"
    MODULE = "module"
    RUNS = "runs"
    LAST_TIME = "last-time"
    MEMORY = "memory"
    ROADMAP = "roadmap"
    DELIVERABLES = "deliverables"
    HELD_TO = "held-to"


class Rank(IntEnum):
    """How much a line matters: what has the higher number is left out first. A list adds one for each further item."""

    LAST_TIME = 0
    DELIVERABLES = 10
    HELD_TO = 11
    VISION = 12
    PROGRESS = 13
    RUNS = 16
    OPEN = 22
    ACTIVE = 24
    DEPENDS = 26
    ROADMAP = 28
    COMPLETED = 30
    PATTERNS = 32
    DECISIONS = 34
    CALIBRATION = 36


class Source(Struct, frozen=True):
    """Where a line comes from: a file with its line (from 1; 0 for the whole file), or a run with its archive."""

    file: str = ""
    line: int = 0
    run: str = ""


class ContextLine(Struct, frozen=True):
    """One line. `rank` is 0 for what is left out last."""

    text: str
    source: Source
    rank: int


class ContextSection(Struct, frozen=True):
    """One part. `left_out` is how many of its lines the budget had no room for."""

    part: ContextPart
    title: str
    lines: tuple[ContextLine, ...]
    left_out: int = 0


class LoadedContext(Struct, frozen=True):
    """The context of a run, as much of it as `budget` tokens hold; `tokens` is how many it has.

    `bases` are folders, each with the name that it has at the front of a path in text. `problems` names what could not
    be read.
    """

    loop: str
    system: str
    module: str
    sections: tuple[ContextSection, ...]
    budget: int = 0
    tokens: int = 0
    bases: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """False where nothing is known: what the loop's definition demands stands in the definition."""
        demanded = (ContextPart.DELIVERABLES, ContextPart.HELD_TO)
        return any((section.lines or section.left_out) and section.part not in demanded for section in self.sections)


def said(text: str, limit: int = LONGEST) -> str:
    """A text from a document or an archive as a context gives it: one line, cleaned, masked and cut.

    Nothing in it is a tag or a comment, so that none of it ends the part that is marked as data.
    """
    return _TAG.sub("&lt;", one_line(text, limit))


def section_of(part: ContextPart, title: str, lines: list[ContextLine]) -> tuple[ContextSection, ...]:
    """The part, or none where it has no line."""
    return (ContextSection(part, title, tuple(lines)),) if lines else ()
