"""The first error in what real test runners print."""

from pathlib import Path

import pytest

from loop_tui.tui.cockpit.log_errors import first_error, is_error

RUNNERS = Path(__file__).parent.parent / "packs" / "ship" / "runners"
FIRST = {
    "ava": "✘ [fail]: adds two numbers",
    "ava-tap": "not ok 1 - adds two numbers",
    "cargo": "test tests::gives_an_error ... FAILED",
    "go": "--- FAIL: TestAddsTwoNumbers",
    "go-verbose": "--- FAIL: TestAddsTwoNumbers",
    "jest": "FAIL jest/sum.test.js",
    "mocha": "3 failing",
    "mocha-tap": "not ok 1 adds two numbers",
    "node-broken": "Error: Cannot find module",
    "node-spec": "✖ adds two numbers",
    "node-tap": "not ok 1 - adds two numbers",
    "pytest": "ERROR at setup of test_with",
    "tap-terse": "FAIL  tap/sum.test.js",
    "unittest": "ERROR: test_throws",
    "vitest": "vitest/sum.test.mjs (4 tests | 3 failed)",
}
PASSED = (
    "ok 12 - reports an error when the disk fails",
    "  ✓ says that it failed (3 ms)",
    "    \x1b[32m✔\x1b[0m handles \x1b[31merror\x1b[0m answers",
    "tests/test_a.py::test_error PASSED [ 10%]",
    "test parser::error_is_kept ... ok",
    "# fail 0",
    "0 errors, 0 warnings",
    "no failures",
    "mirrors and terrors",
    "1024 × 768",
)
FAILED = (
    "\x1b[31merror\x1b[0m: expected 1",
    "tests/test_a.py::test_b FAILED",
    "TypeError: x is not a function",
    "--- FAIL: TestAdds (0.00s)",
    "thread 'main' panicked at src/lib.rs:3",
    " × adds two numbers",
    "1 failed, 0 errors",
)


@pytest.mark.parametrize("runner", FIRST)
def test_it_is_found_in_the_output_of(runner: str) -> None:
    lines = (RUNNERS / f"{runner}.txt").read_text().splitlines()
    at = first_error(lines.__getitem__, [(0, 2), (2, len(lines))])
    assert at is not None
    assert FIRST[runner] in lines[at]


def test_what_passed_is_no_error_and_what_failed_is_one() -> None:
    assert [text for text in PASSED if is_error(text)] == []
    assert [text for text in FAILED if not is_error(text)] == []


def test_without_one_it_is_a_little_before_the_end() -> None:
    assert first_error(lambda number: f"line {number}", [(0, 10), (50, 100)]) == 80
    assert first_error(lambda number: f"line {number}", []) is None
