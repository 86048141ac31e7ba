"""What every lease does (`ports.Lease`)."""

import pytest

from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.ports import HeldLease

from .worlds import PortsWorld


def taken(there: PortsWorld, name: str) -> HeldLease:
    held = there.ports().lease.acquire(name)
    assert not isinstance(held, LeaseRecord)
    return held


def test_one_driver_at_a_time(there: PortsWorld) -> None:
    held = taken(there, "one")
    assert held.previous is None
    assert (held.record.name, held.record.since) == ("one", "2026-01-02T03:04:05.000Z")
    assert there.ports().lease.acquire("two") == held.record
    assert there.ports().lease.current() == held.record


def test_given_back_it_is_free_and_nobody_died(there: PortsWorld) -> None:
    held = taken(there, "one")
    held.release()
    held.release()
    held.beat()
    assert there.ports().lease.current() is None
    assert taken(there, "two").previous is None


def test_the_record_of_a_dead_driver_is_handed_to_the_next(there: PortsWorld) -> None:
    held = taken(there, "one")
    there.kill(held)
    assert there.ports().lease.current() is None
    after = taken(there, "two")
    assert after.previous is not None
    assert (after.previous.name, after.previous.token) == ("one", held.record.token)
    assert after.previous.token not in ("", after.record.token)


def test_the_heartbeat_moves_with_the_clock(there: PortsWorld) -> None:
    held = taken(there, "one")
    before = held.record.heartbeat
    there.clock.pass_by(7)
    held.beat()
    assert held.record.heartbeat == before + 7
    current = there.ports().lease.current()
    assert current is not None
    assert current.heartbeat == before + 7


def test_a_beat_after_somebody_else_took_over_says_who(there: PortsWorld) -> None:
    held = taken(there, "one")
    there.kill(held)
    taken(there, "two")
    with pytest.raises(Problem, match="now driven by two"):
        held.beat()
    held.release()
    current = there.ports().lease.current()
    assert current is not None
    assert current.name == "two"
