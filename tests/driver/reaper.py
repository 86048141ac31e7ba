"""The death of a driver before any call of its ports."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from loop_tui.driver import DriveResult, Options
from tests.memory.clock import in_no_time

from .driven import Driven

_PORTS = ("store", "lease", "log", "artifacts", "archive", "workspace", "clock", "dreams")


class Killed(BaseException):
    """The end of a process: nothing of it runs on, not even what should always run."""


class Reaper:
    """Counts the calls of all ports and of the world, and kills before the one of number `at`."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0
        self.dead = False

    def tick(self, name: str = "") -> None:
        """One more call. What a dead driver calls never happens."""
        self.count += 1
        if self.dead or self.count == self.at:
            self.dead = True
            raise Killed(name)

    def watched(self, driven: Driven) -> dict[str, object]:
        """The ports of a driver, each call counted."""
        driven.world.between = self.tick
        return {name: _Watched(getattr(driven.run, name), self) for name in _PORTS}


class _Watched:
    """A port whose calls are counted; what it gives is watched like itself when it is a lease that is held."""

    def __init__(self, port: object, reaper: Reaper) -> None:
        self._port = port
        self._reaper = reaper

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        if inspect.iscoroutinefunction(found):
            return self._awaited(found, name)

        def call(*args: object, **named: object) -> object:
            self._reaper.tick(name)
            given = found(*args, **named)
            return _Watched(given, self._reaper) if hasattr(given, "beat") else given

        return call

    def _awaited(self, found: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def call(*args: object, **named: object) -> object:
            self._reaper.tick(name)
            return await found(*args, **named)

        return call


def drive(driven: Driven, reaper: Reaper, options: Options | None = None) -> DriveResult | None:
    """Drive once; None when the driver was killed."""

    async def work() -> DriveResult:
        # What runs beside the driver dies with it, and nobody is there to hear of it.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        return await driven.drive(options or Options(by="ann"), **reaper.watched(driven))

    try:
        return in_no_time(work())
    except Killed:
        driven.run.lease.die()
        driven.run.log.forget()
        return None
