"""The messages that carry news from the feed to the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from loop_tui.control.snapshot import Snapshot

if TYPE_CHECKING:
    from loop_tui.model.chosen_move import MoveChoice


class SnapshotTaken(Message):
    """The run looks different now."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class LogArrived(Message):
    """Raw lines of the output log, in one batch; `anew` when they replace what was shown before.

    `end` is the place in the file after the last of them, in bytes.
    """

    def __init__(self, raw: Sequence[str], anew: bool = False, end: int = 0) -> None:
        super().__init__()
        self.raw = raw
        self.anew = anew
        self.end = end


class DriverFailed(Message):
    """A driver that we started ended before it took the run."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Told(Message):
    """Something happened that no snapshot shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Posting:
    """Posts what a feed tells as messages. Implements `control.feed.Listener`."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post

    def snapshot(self, snapshot: Snapshot) -> None:
        """Post that the run looks different."""
        self._post(SnapshotTaken(snapshot))

    def log(self, raw: Sequence[str], *, anew: bool, end: int) -> None:
        """Post lines of the log."""
        self._post(LogArrived(raw, anew, end))

    def told(self, text: str) -> None:
        """Post that something happened."""
        self._post(Told(text))

    def driver_failed(self, reason: str) -> None:
        """Post that a driver ended at once."""
        self._post(DriverFailed(reason))


class NextWanted(Message):
    """The person wants to start what the panel says is worth doing next."""

    def __init__(self, choice: MoveChoice) -> None:
        super().__init__()
        self.choice = choice
