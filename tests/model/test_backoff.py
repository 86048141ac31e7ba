"""How long to wait."""

import pytest

from loop_tui.model.backoff import backoff


@pytest.mark.parametrize(("times", "wait_s"), [(0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0), (10, 60.0), (5000, 60.0)])
def test_it_doubles_up_to_the_longest(times: int, wait_s: float) -> None:
    assert backoff(1.0, times, longest_s=60.0) == wait_s


def test_the_growth_is_a_matter_of_who_waits() -> None:
    assert backoff(3.0, longest_s=15.0, growth=1.5) == 4.5
    assert backoff(14.0, longest_s=15.0, growth=1.5) == 15.0
