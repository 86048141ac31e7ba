"""Holding the lease of a run: its heartbeat, the mark on our programs, and the programs of a driver that died."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from loop_tui.model.lease import HEARTBEAT_S, LeaseRecord
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.ports import Clock, HeldLease, Lease
from loop_tui.process.environment import started_by

_Result = TypeVar("_Result")


class _Says(Protocol):
    def say(self, skill: str, text: str, level: LogLevel) -> None: ...


def holder_name(by: str) -> str:
    """The name that a driver of this process goes by."""
    return f"{by} ({os.getpid()})"


@contextlib.asynccontextmanager
async def driving(held: HeldLease, clock: Clock, output: _Says | None = None) -> AsyncIterator[None]:
    """While inside, the heartbeat goes on and what is started is marked as ours; first a dead driver's programs end.

    When the lease is lost, the task inside is cancelled; then the Problem that says why is raised. The lease itself is
    given back by whoever acquired it.
    """
    await _end_leftovers(held, output)
    with started_by(held.record.token):
        async with _beating(held, clock):
            yield


async def under_lease(
    lease: Lease,
    name: str,
    clock: Clock,
    work: Callable[[], Awaitable[_Result]],
    refuse: Callable[[LeaseRecord], Problem],
) -> _Result:
    """Do something to a run that nobody may drive meanwhile, and give what the work gives.

    Raises what `refuse` makes of the record of the driver that has the lease.
    """
    held = lease.acquire(name)
    if isinstance(held, LeaseRecord):
        raise refuse(held)
    try:
        async with driving(held, clock):
            return await work()
    finally:
        held.release()


async def _end_leftovers(held: HeldLease, output: _Says | None) -> None:
    """Programs of a driver that died must not go on beside ours: a commit that it began may be about to end."""
    previous = held.previous
    if previous is None or not previous.token:
        return
    from loop_tui.process.shell import end_leftovers

    ended = await asyncio.to_thread(end_leftovers, previous.token)
    if output is None:
        return
    output.say("", f"took over from {previous.name or previous.pid}, which ended unexpectedly", LogLevel.WARN)
    for name in ended:
        output.say("", f"ended {name}, which it had started", LogLevel.WARN)


@contextlib.asynccontextmanager
async def _beating(held: HeldLease, clock: Clock) -> AsyncIterator[None]:
    """Keep the heartbeat going; when the lease is lost, the driver is cancelled. Raises the Problem that says why."""
    driver = asyncio.current_task()
    assert driver is not None
    lost: list[Problem] = []

    async def beat() -> None:
        while True:
            await clock.sleep(HEARTBEAT_S)
            try:
                held.beat()
            except Problem as problem:
                lost.append(problem)
                driver.cancel()
                return

    task = asyncio.create_task(beat())
    try:
        yield
    except asyncio.CancelledError:
        if lost:
            raise lost[0] from None
        raise
    finally:
        task.cancel()
