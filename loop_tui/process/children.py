"""Ending a program that nobody waits for any more."""

import asyncio
from asyncio.subprocess import Process


async def kill_and_wait(process: Process) -> None:
    """Kill it, if it still runs, and wait until it has gone, however often we are cancelled meanwhile.

    A screen cancels what it asked for, and the event loop cancels it once more when it ends: a program that is left
    between the two stays a zombie. The last cancellation is raised when the program has gone.
    """
    if process.returncode is not None:
        return
    cancelled: asyncio.CancelledError | None = None
    process.kill()
    while process.returncode is None:
        try:
            await process.wait()
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
