"""The part of an output that tells why it failed."""

import pytest

from loop_tui.model.excerpt import both_ends, telling

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


@pytest.mark.parametrize(
    "middle",
    ["progress\n" * 1000, "x" * 9000, "ünï🎉\n" * 3000, "\n" * 9000],
    ids=["lines", "one line", "wide", "empty"],
)
def test_of_a_long_text_both_ends_stay(middle: str) -> None:
    shown = both_ends(f"[STARTED] lint\n{middle}\nthe reason, line 7", 4000)
    assert len(shown) < 4100
    assert shown.startswith("[STARTED] lint\n")
    assert shown.endswith("the reason, line 7")
    assert "characters omitted" in shown


@pytest.mark.parametrize("text", ["", "short", "x" * 4000, "a\nb\n" * 1000])
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert both_ends(text, 4000) == text
