"""What is done to a run that nobody may drive meanwhile, as undo is (`driver.under_lease`)."""

import asyncio

import pytest

from loop_tui.driver import under_lease
from loop_tui.model.lease import HEARTBEAT_S, LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.process.environment import clean_environment
from tests.memory import MemoryClock, MemoryLease
from tests.memory.clock import in_no_time


def driven(record: LeaseRecord) -> Problem:
    return Problem(f"driven by {record.name}", code=Code.LEASE_HELD)


async def marked() -> str:
    return clean_environment({}).get("LOOP_TUI_CHILD", "")


def test_the_lease_is_held_meanwhile_its_programs_are_marked_and_it_is_given_back() -> None:
    clock = MemoryClock()
    lease = MemoryLease(clock, "driver")
    assert in_no_time(under_lease(lease, "undo by ann", clock, marked, driven)) == "driver-1"
    assert lease.current() is None
    assert in_no_time(marked()) == ""


def test_while_somebody_drives_nothing_is_done() -> None:
    clock = MemoryClock()
    lease = MemoryLease(clock)
    lease.acquire("bob")
    with pytest.raises(Problem, match="driven by bob"):
        in_no_time(under_lease(lease, "undo by ann", clock, marked, driven))
    current = lease.current()
    assert current is not None
    assert current.name == "bob"


def test_what_goes_wrong_goes_on_and_the_lease_is_free() -> None:
    clock = MemoryClock()
    lease = MemoryLease(clock)

    async def work() -> None:
        raise Problem("not what was committed", code=Code.GIT_STATE)

    with pytest.raises(Problem, match="not what was committed"):
        in_no_time(under_lease(lease, "undo by ann", clock, work, driven))
    assert lease.current() is None


def test_whose_lease_is_lost_stops() -> None:
    clock = MemoryClock()
    lease = MemoryLease(clock)
    stopped: list[str] = []

    async def work() -> None:
        lease.take_over("bob")
        try:
            await asyncio.sleep(HEARTBEAT_S * 1000)
        finally:
            stopped.append("work")

    with pytest.raises(Problem, match="now driven by bob"):
        in_no_time(under_lease(lease, "undo by ann", clock, work, driven))
    assert stopped == ["work"]
