"""Programs that we started: how their end is seen, and ending one that nobody waits for any more."""

import asyncio
import os
import sys
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


def watch_by_descriptor() -> None:
    """Let the end of a program be seen without a thread for each, as Python 3.12 and later do where the system can."""
    if sys.version_info >= (3, 12) or not hasattr(os, "pidfd_open"):
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # An old kernel, or a sandbox.
        return
    asyncio.get_event_loop_policy().set_child_watcher(asyncio.PidfdChildWatcher())
