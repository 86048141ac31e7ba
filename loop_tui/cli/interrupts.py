"""Work that a person may interrupt."""

import asyncio
import gc
import logging
from collections.abc import Coroutine
from typing import Any

from loop_tui.fs.guard import ProcessGuard
from loop_tui.process.children import watch_by_descriptor
from loop_tui.process.cleanup import end_all_at_once, hurry

INTERRUPTED = 130
"""The exit code of what was interrupted."""
# A driver lives for seconds and makes few circles: more often is a cost without a use.
_ALLOCATIONS = 10_000


def interruptible(work: Coroutine[Any, Any, Any]) -> Any:
    """Run until done; on INT, TERM or HUP the work is cancelled, ends its programs, and None comes back.

    When that takes too long, or the event loop hangs, programs and process are ended at once; a run can be resumed
    from there as from any other instant.
    """

    # What the imports left is there to stay: the first collection need not look at it.
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    gc.enable()
    # A program that ends after the loop that started it is no news for whoever interrupted us.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    watch_by_descriptor()
    tasks: list[asyncio.Future[Any]] = []

    def leave(_: int) -> None:
        hurry()
        for task in tasks:
            task.cancel()

    guard = ProcessGuard(leave, end_all_at_once, exit_code=lambda _: INTERRUPTED)

    async def main() -> Any:
        tasks.append(asyncio.ensure_future(work))
        guard.start(asyncio.get_running_loop())
        try:
            return await tasks[0]
        except asyncio.CancelledError:
            return None

    try:
        return asyncio.run(main())
    finally:
        guard.stop()
