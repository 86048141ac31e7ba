"""Screens with a list that is read after the first paint, and in which nothing can be changed."""

from __future__ import annotations

from typing import ClassVar

from textual.widgets import OptionList, Static

from .dismiss_once import LeftOnce
from .foot import Foot
from .listing import Listing
from .words import text_of
from .worker import run_feed


class ReadList(LeftOnce[None], Listing[None]):
    """Such a screen: the row on top, one list, and the keys below; more may stand between them.

    `SUBJECT` is the word on top, `READING` what is said until `read_again` has read, `NO_COMMANDS` why nothing is typed
    here.
    """

    SUBJECT: ClassVar[str] = ""
    READING: ClassVar[str] = "reading…"
    NO_COMMANDS: ClassVar[str] = ""

    def on_mount(self) -> None:
        """Read after the first paint."""
        self.query_one(OptionList).focus()
        self.query_one(Foot).renew()
        self._say(self.READING)
        self.call_after_refresh(run_feed, self, self.read_again)

    async def read_again(self) -> None:
        """Read, and show what was read."""
        raise NotImplementedError

    def _say(self, text: str, tone: str = "") -> None:
        """Say something in the row on top, the first of the screen."""
        self.query(Static).first().update(text_of((f"{self.SUBJECT}  ", "bold $status-running"), (text, tone)))

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        listed = self.query_one(OptionList)
        if listed.option_count:
            listed.highlighted = max(0, min(listed.option_count - 1, (listed.highlighted or 0) + step))

    def action_back(self) -> None:
        """Back to where this was opened from."""
        if self.is_lowest:
            self.app.exit(0)
        else:
            self.dismiss(None)

    def action_command(self) -> None:
        """Commands are for one run."""
        self.app.nothing_done(self.NO_COMMANDS)
