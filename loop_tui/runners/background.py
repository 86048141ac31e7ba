"""Work of a skill that goes on while later skills run, so that a slow program need not be waited for at once.

Nothing rests on it: whoever needs what it makes looks whether it is there, and otherwise makes it, as after the death
of a driver. What goes wrong in it is left for them to meet again, and to say.
"""

import asyncio
from collections.abc import Callable, Coroutine

BackgroundWork = Callable[[Callable[[], None]], Coroutine[None, None, None]]
"""What is to be done; it calls what it is given as soon as it no longer minds changes in the working tree."""


class Aside:
    """One such piece of work, begun."""

    def __init__(self, work: BackgroundWork) -> None:
        self._free = asyncio.Event()
        self._task = asyncio.create_task(work(self._free.set))
        self._task.add_done_callback(lambda _: self._free.set())

    @property
    def failed(self) -> bool:
        """True when it ended without having done its work."""
        return self._task.done() and (self._task.cancelled() or self._task.exception() is not None)

    async def free(self) -> None:
        """Wait until the working tree may change, or it is over."""
        await self._free.wait()

    async def over(self) -> None:
        """Wait for its end, whatever that is."""
        await asyncio.wait({self._task})

    async def end(self) -> None:
        """Stop it, and its programs with it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Asides:
    """What one driver has begun, by key."""

    def __init__(self) -> None:
        self._begun: dict[str, Aside] = {}

    def begin(self, key: str, work: BackgroundWork) -> bool:
        """Begin the work of that key. False, and nothing begun, when it goes on or was done."""
        if key in self._begun and not self._begun[key].failed:
            return False
        self._begun[key] = Aside(work)
        return True

    async def free(self, key: str) -> None:
        """Wait until the work of that key, if it was begun, no longer minds changes in the working tree."""
        if key in self._begun:
            await self._begun[key].free()

    async def over(self, key: str) -> None:
        """Wait for the end of the work of that key, if it was begun."""
        if key in self._begun:
            await self._begun[key].over()

    async def end(self) -> None:
        """Stop all of it."""
        for key in tuple(self._begun):
            await self._begun.pop(key).end()
