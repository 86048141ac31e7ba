"""The commands of the command line as a face knows them that does not import it."""

from msgspec import Struct

COLUMNS_VARIABLE = "LOOP_TUI_COLUMNS"
"""Environment: how wide the page is on which a screen shows what a command prints."""


class Verb(Struct, frozen=True):
    """One command: its name, the words behind it, what it does in a line, and its options as they are typed.

    `looks` is True where nothing can be changed by it, `asks` where a screen asks first, since it takes work back or
    does much at once.
    """

    name: str
    words: str = ""
    text: str = ""
    options: tuple[str, ...] = ()
    looks: bool = False
    asks: bool = False

    @property
    def usage(self) -> str:
        """How it is typed."""
        return f"{self.name} {self.words}".strip()


class CommandOutput(Struct, frozen=True):
    """What a program printed on its two outputs, as it came, and its exit code (negative: the signal that ended it)."""

    code: int
    output: str
    errors: str = ""
