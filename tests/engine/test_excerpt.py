"""The part of an output that tells why it failed."""

import pytest

from loop_tui.model.excerpt import telling

NOISE = [f"ok {n}" for n in range(50)]


@pytest.mark.parametrize(
    "line",
    [
        "not ok 3 - adds",
        "  ✖ adds (1ms)",
        "FAIL test/a.test.js",
        "E       assert 1 == 2",
        "ReferenceError: x is not defined",
        "src/a.ts(1,2): error TS2304: Cannot find name",
        "  12:5  error  'x' is not defined  no-undef",
        "npm error code 1",
    ],
)
def test_it_begins_where_a_failure_is_named(line: str) -> None:
    above, shown = telling([*NOISE, line, *NOISE], 10)
    assert line in shown
    assert above == 48


def test_without_a_failure_it_is_the_end() -> None:
    assert telling(NOISE, 5) == (45, NOISE[-5:])


def test_what_is_short_is_shown_whole() -> None:
    assert telling(["a", "not ok", "b"], 5) == (0, ["a", "not ok", "b"])
