"""Saying that something goes on: what it is, once it takes longer than a moment, and again the longer it takes."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loop_tui.model.clock import words

MOMENTS_S = (1, 10, 60, 300, 900)
"""When it is said. What takes longer than all of these says by then why, or is ended by its own limit."""


@contextmanager
def said_while_slow(say: Callable[[str], object], what: str) -> Iterator[None]:
    """Inside a coroutine: while the body goes on, `what` is said after a second, ten seconds, a minute and so on."""
    loop = asyncio.get_running_loop()
    timers = [
        loop.call_later(moment_s, say, f"{what}: running" + (f" for {words(moment_s * 1000)}" if at else ""))
        for at, moment_s in enumerate(MOMENTS_S)
    ]
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
