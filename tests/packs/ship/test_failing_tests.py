"""Failing tests by name, message and place, from what real runners print and report.

`runners/` holds the output of node 20, jest 30.5, vitest 2.1, mocha 12, ava 6.4, tap 21.8, go 1.27, cargo 1.95,
pytest 8.4 and unittest of Python 3.11 on small suites, as they printed it without a terminal; only the folder is
another one.
"""

import subprocess
from pathlib import Path

import pytest

from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.verify import code_verification
from loop_tui.packs.ship.verify.failing_lines import FailingTest
from loop_tui.packs.ship.verify.failing_tests import MOST, read_failures, read_failures_of_report
from loop_tui.packs.ship.verify.test_counts import read_tests

from .shipyard import Yard

pytestmark = pytest.mark.usefixtures("quick_npm")

RUNNERS = Path(__file__).parent / "runners"
HOME = Path("/home/ada/sums")
STRICT = "Expected values to be strictly equal: -1 !== 3"
DEEP = "Expected values to be strictly deep-equal: + 2 - 3"
MISSING = "Missing expected exception."
BE = "expected -1 to be 3 // Object.is equality"
JEST = "expect(received).toBe(expected) // Object.is equality Expected: 3 Received: -1"
THROW = 'expect(received).toThrow(expected) Expected substring: "no number" Received function did not throw'
GONE = "Cannot find module '../no-such-file.js' from 'more/broken.test.js'"
BOOM = "TypeError: boom second line"

TAP = [
    "adds two numbers > one and two (tap/sum.test.js:3)",
    "sum > throws on text > expected to throw (tap/sum.test.js:6)",
    "sum > rejects later > boom second line (tap/sum.test.js:7)",
]

GO = [
    "TestAddsTwoNumbers (sum_test.go:14): expected 3, got -1",
    "TestTable > small (sum_test.go:21): expected 2, got 0",
    "TestFirst (inner/inner_test.go:5): runtime error: index out of range [0] with length 0",
]

OUTPUTS = {
    "node-spec": [
        f"adds two numbers (node/sum.test.js:4): {STRICT}",
        f'throws on > text & "quotes" (node/sum.test.js:7): {MISSING}',
        "rejects later (node/sum.test.js:8): TypeError [Error]: boom second line",
    ],
    "node-tap": [
        f"adds two numbers (node/sum.test.js:4): {STRICT}",
        f'sum > throws on > text & "quotes" (node/sum.test.js:7): {MISSING}',
        "sum > rejects later (node/sum.test.js:8): boom second line",
    ],
    "node-broken": [
        "more/broken-node.test.js (more/broken-node.test.js:1): test failed",
        f"is deep (more/deep.test.js:3): {DEEP}",
        "slow (more/deep.test.js:6): test timed out after 50ms",
        f"adds two numbers (node/sum.test.js:4): {STRICT}",
        f'throws on > text & "quotes" (node/sum.test.js:7): {MISSING}',
        "rejects later (node/sum.test.js:8): TypeError [Error]: boom second line",
    ],
    "node-broken-tap": [
        "more/broken-node.test.js (more/broken-node.test.js:1): test failed",
        f"outer > inner > is deep (more/deep.test.js:3): {DEEP}",
        "slow (more/deep.test.js:6): test timed out after 50ms",
    ],
    "jest": [
        f"adds two numbers (jest/sum.test.js:2): {JEST}",
        f"sum > throws on > text (jest/sum.test.js:5): {THROW}",
        f"sum > rejects later (jest/sum.test.js:6): {BOOM}",
    ],
    "jest-broken": [
        f"adds two numbers (jest/sum.test.js:2): {JEST}",
        f"sum > throws on > text (jest/sum.test.js:5): {THROW}",
        f"sum > rejects later (jest/sum.test.js:6): {BOOM}",
        f"more/broken.test.js does not load (more/broken.test.js:1): {GONE}",
    ],
    "vitest": [
        f"adds two numbers (vitest/sum.test.mjs:4): {BE} - 3 + -1",
        "sum > throws on > text (vitest/sum.test.mjs:7): expected [Function] to throw an error null undefined",
        f"sum > rejects later (vitest/sum.test.mjs:8): {BOOM}",
    ],
    "vitest-tap": [
        f"adds two numbers (vitest/sum.test.mjs:4): {BE}",
        "sum > throws on > text (vitest/sum.test.mjs:7): expected [Function] to throw an error",
        "sum > rejects later (vitest/sum.test.mjs:8): boom",
    ],
    "vitest-broken": [
        "more/broken.test.mjs does not load (more/broken.test.mjs): Error: Failed to load url ../no-such-file.js "
        "(resolved id: ../no-such-file.js) in /home/ada/sums/more/broken.test.mjs. Does the file exist?"
    ],
    "mocha": [
        f"adds two numbers (mocha/sum.spec.js:3): {STRICT} --1",
        f"sum > throws on > text (mocha/sum.spec.js:6): {MISSING}",
        f"sum > rejects later (mocha/sum.spec.js:7): {BOOM}",
    ],
    "mocha-tap": [
        f"adds two numbers (mocha/sum.spec.js:3): {STRICT}",
        f"sum throws on > text (mocha/sum.spec.js:6): {MISSING}",
        "sum rejects later (mocha/sum.spec.js:7): boom second line",
    ],
    "mocha-hooks": [
        f"adds two numbers (mocha/sum.spec.js:3): {STRICT} --1",
        'with hooks > "before all" hook for "never" (more/hooks.spec.js:1): Error: no database',
        "a > b > c (more/hooks.spec.js:2): Error: late",
        f"sum > throws on > text (mocha/sum.spec.js:6): {MISSING}",
        f"sum > rejects later (mocha/sum.spec.js:7): {BOOM}",
    ],
    "mocha-hooks-tap": [
        'with hooks "before all" hook for "never" (more/hooks.spec.js:1): no database',
        "a b c (more/hooks.spec.js:2): late",
    ],
    "ava": [
        "adds two numbers (ava/sum.test.mjs:4): Difference (- actual, + expected): - -1 + 3",
        "throws on > text (ava/sum.test.mjs:6): Function returned: NaN",
        "rejects later (ava/sum.test.mjs:7): Rejected promise returned by test. Reason: TypeError { message: `boom␊",
    ],
    "ava-two": [
        "ava > sum > adds two numbers (ava/sum.test.mjs:4): Difference (- actual, + expected): - -1 + 3",
        "ava > sum > throws on > text (ava/sum.test.mjs:6): Function returned: NaN",
        "ava > sum > rejects later (ava/sum.test.mjs:7): Rejected promise returned by test. Reason: "
        "TypeError { message: `boom␊",
        "more > two > second file (more/two.test.mjs:2): Difference (- actual, + expected): - a: 1, + a: 2,",
        "more > two > throws itself (more/two.test.mjs:3): Error thrown in test: Error { message: 'plain: trouble',",
    ],
    "ava-tap": ["adds two numbers", "throws on > text", "rejects later: Rejected promise returned by test"],
    "go": GO,
    "go-verbose": GO,
    "go-broken": [
        "example.org/ada/sums/plain does not build: found packages plain (p.go) and x (p_test.go) in "
        "/home/ada/sums/plain",
        *GO,
    ],
    "cargo": [
        'tests > gives_an_error: Error: "no number"',
        "tests > panics (src/lib.rs:42): test did not panic as expected",
        "tests > says_why (src/lib.rs:28): a sum of -1 is too small",
        "tests > adds_two_numbers (src/lib.rs:23): assertion `left == right` failed left: -1 right: 3",
    ],
    "pytest": [
        "test_adds_two_numbers (tests/test_sum.py:11): assert (1 - 2) == 3",
        "TestSum > test_throws[x y] (tests/test_sum.py:17): ValueError: no number: x y",
        "TestSum > test_throws[z] (tests/test_sum.py:17): ValueError: no number: z",
        "test_with (tests/test_sum.py:26): RuntimeError: no database",
    ],
    "pytest-broken": ["tests/test_gone.py does not load (tests/test_gone.py)"],
    "unittest": [
        "SumTest > test_throws (test_sum.py:12): ValueError: no number",
        "SumTest > test_adds_two_numbers (test_sum.py:9): -1 != 3",
    ],
    "tap": TAP,
    "tap-terse": TAP,
    "tap-base": TAP,
}
REPORTS = {
    "jest.json": [
        f"adds two numbers (jest/sum.test.js:2): Error: {JEST}",
        f"sum > throws on > text (jest/sum.test.js:5): Error: {THROW}",
        f"sum > rejects later (jest/sum.test.js:6): {BOOM}",
    ],
    "vitest.json": [
        f"adds two numbers (vitest/sum.test.mjs:4): {BE}",
        "sum > throws on > text (vitest/sum.test.mjs:7): expected [Function] to throw an error",
        f"sum > rejects later (vitest/sum.test.mjs:8): {BOOM}",
    ],
    "mocha.json": [
        f"adds two numbers (mocha/sum.spec.js:3): {STRICT}",
        f"sum throws on > text (mocha/sum.spec.js:6): {MISSING}",
        f"sum rejects later (mocha/sum.spec.js:7): {BOOM}",
    ],
    "node-junit.xml": [
        "adds two numbers (node/sum.test.js:4): Expected values to be strictly equal:-1 !== 3",
        f"throws on > text & &quot;quotes&quot; (node/sum.test.js:7): {MISSING}",
        "rejects later (node/sum.test.js:8): boomsecond line",
    ],
    "vitest-junit.xml": [
        f"adds two numbers (vitest/sum.test.mjs:4): {BE}",
        "sum > throws on > text (vitest/sum.test.mjs:7): expected [Function] to throw an error",
        "sum > rejects later (vitest/sum.test.mjs:8): boom second line",
    ],
    "mocha-xunit.xml": [
        f"adds two numbers (mocha/sum.spec.js:3): {STRICT} --1",
        f"throws on > text (mocha/sum.spec.js:6): {MISSING}",
        "rejects later (mocha/sum.spec.js:7): boom second line",
    ],
}


def told(text: str) -> list[str]:
    return [str(each) for each in read_failures(text.splitlines(), HOME)]


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_runners_print(name: str) -> None:
    assert told((RUNNERS / f"{name}.txt").read_text()) == OUTPUTS[name]


@pytest.mark.parametrize("name", REPORTS)
def test_what_runners_report(name: str) -> None:
    assert [str(each) for each in read_failures_of_report(RUNNERS / name, HOME)] == REPORTS[name]


def test_every_sample_is_looked_at() -> None:
    names = {path.name for path in RUNNERS.iterdir()}
    assert names == {*(f"{name}.txt" for name in OUTPUTS), *REPORTS}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("tap", "1/4 passing, 3 failing"),
        ("ava", None),
        ("jest", "1/4 passing, 3 failing"),
        ("go", "0/2 packages passing, 2 failing"),
        ("go-verbose", "1/5 passing, 3 failing, 1 skipped"),
        ("cargo", "3/8 passing, 4 failing, 1 skipped"),
        ("pytest", "1/6 passing, 4 failing, 1 skipped"),
        ("unittest", "1/4 passing, 2 failing, 1 skipped"),
    ],
)
def test_counts_of_the_same_output(name: str, count: str | None) -> None:
    found = read_tests((RUNNERS / f"{name}.txt").read_text().splitlines())
    assert (str(found) if found else None) == count


def test_the_sum_of_a_part_of_the_output_is_not_invented() -> None:
    """What go and several crates print has no line with the sum of all."""
    for name in ("go", "go-verbose", "cargo"):
        assert read_tests((RUNNERS / f"{name}.txt").read_text().splitlines(), whole=False) is None


def test_a_test_of_go_is_placed_in_the_folder_of_its_package(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.org/ada\n")
    lines = ["--- FAIL: TestAdds (0.00s)", "    sum_test.go:3: no", "FAIL", "FAIL\texample.org/ada/a/b\t0.1s"]
    assert [str(each) for each in read_failures(lines, tmp_path)] == ["TestAdds (a/b/sum_test.go:3): no"]


@pytest.mark.parametrize(
    ("output", "count"),
    [
        ("ok  \texample.org/a\t0.1s\nok  \texample.org/b\t(cached)\n", "2/2 packages passing"),
        ("ok  \texample.org/a\t0.1s [no tests to run]\n?   \texample.org/b\t[no test files]\n", None),
        ("Ran 3 tests in 0.1s\n\nOK (skipped=1)\n", "2/3 passing, 1 skipped"),
        ("  ✔ one\n  ─\n\n  12 tests passed\n", "12/12 passing"),
        ("  ─\n\n  1 test passed\n", "1/1 passing"),
        ("  1 test passed\n  2 tests failed\n", None),
        ("# { total: 7, pass: 5, fail: 0, skip: 1, todo: 1 }", "5/7 passing, 2 skipped"),
    ],
)
def test_counts_of_what_else_is_printed(output: str, count: str | None) -> None:
    found = read_tests(output.splitlines())
    assert (str(found) if found else None) == count


@pytest.mark.parametrize(
    "output",
    [
        "",
        "FAIL\nFAILED\nnot ok\n✖\n",
        " FAIL  \n ❯ \n  ●\n  1) \n",
        "✖ 3 problems (3 errors, 0 warnings)\n",
        "ok 1 - all well\nnot ok 2 - later # TODO not yet\nnot ok 3 - aside # SKIP\n1..3\n",
        "  ● Console\n\n    console.log\n      hello\n",
        "1) first thing\n2) second thing\n",
        "test at nowhere\n✖ x (1ms)\n",
    ],
)
def test_what_names_no_failing_test(output: str) -> None:
    assert told(output) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "{", "<x/>", "<!DOCTYPE x><testsuites/>", '{"testResults": 3}', '{"failures": [{}]}']
)
def test_what_is_no_report(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report"
    path.write_text(text)
    assert read_failures_of_report(path, HOME) == ()
    assert read_failures_of_report(tmp_path / "none", HOME) == ()


def test_pytest_and_several_runners_in_one_output() -> None:
    summary = (
        "FAILED tests/test_a.py::TestSum::test_adds[1-2] - assert 3 == 4\nERROR tests/test_b.py - ImportError: x\n"
    )
    expected = [
        "TestSum > test_adds[1-2] (tests/test_a.py): assert 3 == 4",
        "tests/test_b.py does not load (tests/test_b.py): ImportError: x",
    ]
    assert told(summary) == expected
    both = told((RUNNERS / "jest.txt").read_text() + summary)
    assert both == [*OUTPUTS["jest"], *expected]


def test_names_from_outside_are_plain_short_and_bounded() -> None:
    long = "x" * 5000
    lines = [
        line
        for n in range(500)
        for line in (f"not ok {n} - {n} \x1b]0;t\x07{long}", "  ---", f"  error: '\x1b[31m{long}'", "  ...")
    ]
    found = read_failures(lines, HOME)
    assert len(found) == MOST
    assert all("\x1b" not in str(each) and len(str(each)) < 500 for each in found)


def test_a_long_output_is_read_in_no_time() -> None:
    """Lines that nearly are something: no pattern may look at them again and again."""
    for line in (
        "  ● " + " › " * 3000,
        "✖ " + "(" * 5000,
        " FAIL  " + "> " * 5000,
        "at " + "a/" * 5000 + ".js:",
        "not ok 1 " + "#" * 5000,
    ):
        assert len(read_failures([line] * 200, HOME)) <= MOST


# --- the real runner, and what a run makes of it ----------------------------------------------------------------------

SUITE = """\
const { test, describe, it } = require('node:test');
const assert = require('node:assert');
test('adds', () => assert.strictEqual(1 + 1, 3));
describe('outer', () => { it('is true', () => {}); it('throws', () => { throw new RangeError('too far'); }); });
"""


@pytest.mark.parametrize("reporter", ["spec", "tap"])
def test_the_real_node_runner(tmp_path: Path, reporter: str) -> None:
    (tmp_path / "a.test.js").write_text(SUITE)
    argv = ["node", "--test", f"--test-reporter={reporter}", "a.test.js"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    first, second = read_failures(done.stdout.splitlines(), tmp_path)
    assert (first.name, first.place) == ("adds", "a.test.js:3")
    assert "2 !== 3" in first.message
    assert second.name.endswith("throws")
    assert (second.place, "too far" in second.message) == ("a.test.js:4", True)


async def test_a_run_names_them_in_the_check_the_log_and_the_report(start: Yard) -> None:
    start.write("a.test.js", SUITE)
    package = (start.project / "package.json").read_text()
    start.write(
        "package.json",
        package.replace('"type": "module",', "").replace(
            '"scripts": {', '"scripts": {\n "test": "node --test a.test.js",'
        ),
    )
    start.git("add", "-A", ".")
    start.git("commit", "-qm", "feat: tests")
    result = await start.run(code_verification.run, "code-verification")
    check = next(check for check in result.checks if check.name == "test")
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith("1/3 passing, 2 failing (exit 1): adds (a.test.js:3): ")
    assert check.summary.endswith("; and 1 more")
    assert check.excerpt.startswith("✖ adds (a.test.js:3): ")
    assert "throws (a.test.js:4): " in check.excerpt
    assert "error:   ✖ adds (a.test.js:3)" in start.log
    assert "| `a.test.js:4` |" in start.text("verification-report.md")


async def test_what_a_report_names_is_masked(start: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    report = (
        '<testsuites><testcase name="logs in with ghp_'
        + "a1B2" * 9
        + '"><failure message="no"/></testcase></testsuites>'
    )
    start.write("say.js", f"require('fs').writeFileSync('junit.xml', {report!r}); process.exit(1)\n")
    package = (start.project / "package.json").read_text()
    start.write(
        "package.json",
        package.replace('"type": "module",', "").replace('"scripts": {', '"scripts": {\n "test": "node say.js",'),
    )
    start.write(".gitignore", "node_modules/\ndist/\n.loop/\njunit.xml\n")
    start.git("add", "-A", ".")
    start.git("commit", "-qm", "feat: tests")
    result = await start.run(code_verification.run, "code-verification")
    check = next(check for check in result.checks if check.name == "test")
    assert "logs in with" in check.summary
    assert "ghp_a1B2" not in check.summary + check.excerpt + start.text("verification-report.md") + start.log


def test_a_failing_test_without_anything_is_its_name() -> None:
    assert str(FailingTest("x")) == "x"
