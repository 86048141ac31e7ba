"""A line that a person types at the terminal, asked for while an event loop runs: an interrupt ends the waiting."""

import asyncio
import os
import sys
import termios

from loop_tui.model.secrets import mask
from loop_tui.model.text import clean

_LONGEST = 4096


async def typed_line(text: str, *, hidden: bool = False) -> str | None:
    """The line, `hidden` without showing what is typed; None where there is no terminal, and at the end of input."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    terminal, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(os.read(terminal, _LONGEST))

    before = termios.tcgetattr(terminal)
    if hidden:
        silent = termios.tcgetattr(terminal)
        silent[3] &= ~termios.ECHO
        # What was typed before it was asked for is no answer.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
    sys.stderr.write(f"{mask(clean(text))} ")
    sys.stderr.flush()
    loop.add_reader(terminal, read)
    try:
        line = await typed
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        if hidden:
            sys.stderr.write("\n")
    return line.decode("utf-8", "replace").strip() if line else None
