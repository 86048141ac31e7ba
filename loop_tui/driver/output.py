"""The output log as a driver writes it: cleaned, masked, batched, and shown to whoever listens."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from loop_tui.files.outputlog import OutputLog
from loop_tui.model.log import Level, LogLine
from loop_tui.model.text import clean, mask
from loop_tui.tools.lines import Lines

FLUSH_S = 0.04

Listener = Callable[[LogLine], None]


class Output:
    """Takes lines of skills, programs and of the driver itself."""

    def __init__(self, log: OutputLog, secrets: Sequence[str], listener: Listener | None) -> None:
        self._log = log
        self._secrets = tuple(secrets)
        self._listener = listener

    def say(self, skill: str, text: str, level: Level) -> None:
        """Write our own words, or any text that nobody cleaned yet."""
        self.lines(skill, [mask(line, self._secrets) for line in clean(text).split("\n")], level)

    def lines(self, skill: str, texts: Sequence[str], level: Level) -> None:
        """Write lines that are clean and masked already."""
        at_ms = time.time_ns() // 1_000_000
        self._log.add_texts(at_ms, skill, level, texts)
        if self._listener is not None:
            for text in texts:
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=level, text=text))

    def printed(self, skill: str, lines: Lines) -> None:
        """Write what a program printed: with its colours to the file, plain to whoever listens."""
        at_ms = time.time_ns() // 1_000_000
        self._log.add_texts(at_ms, skill, Level.OUT, lines.coloured)
        if self._listener is not None:
            for text in lines.texts:
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=Level.OUT, text=text))

    def show(self, skill: str, text: str, level: Level) -> None:
        """Say it to whoever listens, and leave the file alone."""
        if self._listener is not None:
            at_ms = time.time_ns() // 1_000_000
            for line in clean(text).split("\n"):
                self._listener(LogLine(at_ms=at_ms, skill=skill, level=level, text=mask(line, self._secrets)))

    def flush(self) -> None:
        """Bring everything to the file."""
        self._log.flush()

    @contextlib.asynccontextmanager
    async def flowing(self):  # type: ignore[no-untyped-def]
        """While inside, lines reach the file within `FLUSH_S` seconds."""

        async def keep_flushing() -> None:
            while True:
                await asyncio.sleep(FLUSH_S)
                self._log.flush()

        task = asyncio.create_task(keep_flushing())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._log.flush()
