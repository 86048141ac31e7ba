"""The output log of a run in memory. Implements `ports.LogSink`."""

from collections.abc import Sequence

from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.text import one_line


class MemoryLog:
    """Lines that were added, and those among them that readers see."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self._waiting: list[LogLine] = []

    def add_texts(self, at_ms: int, skill: str, level: LogLevel, texts: Sequence[str], stream: int = 0) -> None:
        """Add lines; a line feed in a text makes two of it."""
        parts = [part for text in texts for part in text.split("\n")]
        self._waiting += [LogLine(at_ms, one_line(skill), level, part) for part in parts]

    def forget(self) -> None:
        """Lose what waits, as with the process that had it."""
        self._waiting.clear()

    def flush(self) -> None:
        """Show what waits."""
        self.lines += self._waiting
        self._waiting.clear()
