"""Time as the files write it."""

from loop_tui.model.clock import words
from loop_tui.model.state import RunState
from loop_tui.model.working_time import times_of


def test_a_clock_that_is_put_back_makes_nothing_take_less_than_no_time() -> None:
    assert words(1500) == "1.5s"
    assert words(-3_600_000) == "0ms"
    state = RunState(loop="x", started_at="2026-01-02T12:00:00Z")
    assert times_of(state, "2026-01-02T11:00:00Z").waiting_ms == 0
