"""The messages that carry news from the feed to the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from loop_tui.control.snapshot import Snapshot


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
