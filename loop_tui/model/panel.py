"""Lines that packs have for the panel of the screen: plain text, with a mark at the front where one matters."""

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from .chosen_move import MoveChoice

WRONG, NEW, GONE = "! ", "+ ", "- "
"""What a line begins with that says what is wrong or dangerous, what comes in, and what is there no longer."""

CONTEXT = "context"
"""What lines before a run are about that say what it would know."""


class PanelLine(Struct, frozen=True):
    """A line for the panel before a run: what it is about, in a word or two, and the plain text.

    Lines about the same stand below each other, with that as their heading; `text` may begin with one of the marks.
    """

    about: str
    text: str


class ReadyTold(Struct, frozen=True):
    """What starting a run would do, as it was told at a moment (a timestamp, empty before the first answer)."""

    lines: tuple[PanelLine, ...] = ()
    at: str = ""

    @property
    def is_told(self) -> bool:
        """False until packs were asked and answered."""
        return bool(self.at)


class NextTold(Struct, frozen=True):
    """What is worth doing next, as `loop-tui next` has it first: None where nothing is open."""

    first: "MoveChoice | None" = None
