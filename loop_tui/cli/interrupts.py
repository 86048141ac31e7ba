"""Work that a person may interrupt."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine
from typing import Any

INTERRUPTED = 130
"""The exit code of what was interrupted."""


def interruptible(work: Coroutine[Any, Any, Any]) -> Any:
    """Run until done; on INT, TERM or HUP the work is cancelled, ends its programs, and None comes back."""

    # What the imports left is there to stay: the first collection need not look at it.
    gc.freeze()
    gc.enable()

    async def main() -> Any:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.add_signal_handler(name, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return None

    return asyncio.run(main())
