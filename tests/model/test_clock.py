"""Time as the files write it."""

from datetime import UTC, datetime, timedelta

from loop_tui.model.clock import took_ms

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_clock_that_is_put_back_makes_nothing_take_less_than_no_time() -> None:
    assert took_ms(NOON, NOON + timedelta(seconds=1.5)) == 1500
    assert took_ms(NOON, NOON - timedelta(hours=1)) == 0
