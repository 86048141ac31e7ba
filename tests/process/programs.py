"""Small programs for the tests to run, and ways to look at them from outside."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from loop_tui.process.shell import Lines


def python(source: str, *arguments: str) -> list[str]:
    """The argument list of a Python program, isolated and unbuffered."""
    return [sys.executable, "-I", "-S", "-u", "-c", source, *arguments]


def is_running(pid: int) -> bool:
    """It exists and is more than a dead entry that nobody has reaped."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


async def until(true: Callable[[], bool]) -> None:
    """Wait until something about the world outside holds, which nobody tells us about."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_gone(*pids: int) -> None:
    """Wait until none of these processes runs any more."""
    await until(lambda: not any(map(is_running, pids)))


class Seen:
    """An `on_lines` that remembers what came, and can be awaited."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.batches = 0
        self._changed = asyncio.Event()

    def __call__(self, lines: Lines) -> None:
        """A batch."""
        self.batches += 1
        self.texts += lines
        self._changed.set()

    async def count(self, number: int) -> list[str]:
        """The lines, as soon as there are that many."""
        async with asyncio.timeout(60):
            while len(self.texts) < number:
                self._changed.clear()
                await self._changed.wait()
        return self.texts


def hold(gate: Path) -> str:
    """A line of sh that waits until the test makes the file `gate`."""
    return f"while [ ! -e '{gate}' ]; do sleep 0.01; done"
