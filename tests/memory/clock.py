"""A clock that goes with the event loop, and an event loop in which no time is waited for."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

_Result = TypeVar("_Result")
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class MemoryClock:
    """Implements `ports.Clock`. Inside `in_no_time` it moves on as far as is slept; elsewhere as `pass_by` says."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment
        self._back_s = 0.0

    def now(self) -> datetime:
        """The moment."""
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            return self.moment
        return self.moment + timedelta(seconds=running.time()) if isinstance(running, _Leaping) else self.moment

    def steady_s(self) -> float:
        """Seconds since the start, as if nobody had put the clock back."""
        return (self.now() - START).total_seconds() + self._back_s

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)

    def put_back(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self.moment -= timedelta(seconds=seconds)
        self._back_s += seconds

    def pass_by(self, seconds: float) -> None:
        """Move on."""
        self.moment += timedelta(seconds=seconds)


def in_no_time(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine to its end; where everybody in it only waits for time, the time is there at once.

    Timers fire in their order, so that the same work always goes the same way. Threads and programs must not be
    waited for inside: they would be overtaken.
    """
    with asyncio.Runner(loop_factory=_Leaping) as runner:
        return runner.run(work)


class _Leaping(asyncio.SelectorEventLoop):
    """An event loop whose clock leaps to the next timer when there is nothing else to do."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._ahead_s

    def leap(self, seconds: float) -> None:
        """Move on."""
        self._ahead_s += seconds


class _Selector(selectors.SelectSelector):
    """Asks what is ready, and lets the loop leap instead of waiting."""

    def __init__(self, loop: _Leaping) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for something that never comes")
        if not ready and timeout:
            self._loop.leap(timeout)
        return ready
