"""Counts come from what tools really print, and from nothing else."""

import json
import subprocess
from pathlib import Path

import pytest

from loop_tui.packs.ship.verify.test_counts import (
    Problems,
    Suite,
    read_json_report,
    read_junit,
    read_problems,
    read_report,
    read_tests,
)

SUITE = """\
const { test, describe } = require('node:test');
const assert = require('node:assert');
test('one', () => {});
test('two', () => { assert.equal(1, 2); });
test.skip('three');
test.todo('four');
describe('inner', () => { test('five', () => {}); });
"""


@pytest.mark.parametrize("reporter", ["tap", "spec", "junit"])
def test_the_real_node_test_runner(tmp_path: Path, reporter: str) -> None:
    (tmp_path / "a.test.js").write_text(SUITE)
    done = subprocess.run(
        ["node", "--test", f"--test-reporter={reporter}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = read_tests(done.stdout.splitlines())
    assert found == Suite(passed=2, failed=1, skipped=2, total=5)
    assert str(found) == "2/5 passing, 1 failing, 2 skipped"
    if reporter == "junit":
        # In the XML a todo is a skipped case as well.
        assert read_junit(done.stdout) == found


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (" Test Files  1 passed (1)\n      Tests  42 passed (42)\n", "42/42 passing"),
        ("      Tests  1 failed | 2 passed | 1 skipped (4)", "2/4 passing, 1 failing, 1 skipped"),
        ("Tests:       1 failed, 1 skipped, 2 passed, 4 total", "2/4 passing, 1 failing, 1 skipped"),
        ("Tests:       42 passed, 42 total", "42/42 passing"),
        ("  5 passing (12ms)\n  1 pending\n  2 failing\n", "5/8 passing, 2 failing, 1 skipped"),
        ("===== 3 passed, 1 failed, 2 warnings in 0.12s =====", "3/4 passing, 1 failing"),
        ("4 passed in 0.12s", "4/4 passing"),
        ("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out", "3/4 passing, 1 skipped"),
        (" 3 pass\n 1 fail\nRan 4 tests across 2 files. [12.00ms]", "3/4 passing, 1 failing"),
        ("TAP version 13\n# tests 2\n# pass  2\n\n# ok", "2/2 passing"),
        ("# tests 0\n# pass 0\n# fail 0", "0 tests"),
    ],
)
def test_summaries(output: str, words: str) -> None:
    assert str(read_tests(output.splitlines())) == words


@pytest.mark.parametrize(
    "output",
    ["", "all good", "42 tests passed somewhere", "ok 1 - a test", "Tests: many passed", "# tests 3", "passing 5"],
)
def test_no_summary_is_no_count(output: str) -> None:
    assert read_tests(output.splitlines()) is None


def test_several_suites_are_added_up_only_when_all_of_the_output_is_there() -> None:
    lines = ["# tests 2", "# pass 2", "# fail 0", "# tests 3", "# pass 2", "# fail 1"]
    assert read_tests(lines) == Suite(4, 1, 0, 5)
    assert read_tests(lines, whole=False) is None
    assert read_tests(lines[3:], whole=False) == Suite(2, 1, 0, 3)


def test_absurd_numbers_are_no_numbers() -> None:
    assert read_tests(["# tests " + "9" * 10_000, "# pass " + "9" * 10_000]) is None


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("✖ 3 problems (1 error, 2 warnings)", "1 error, 2 warnings"),
        ("✖ 2 problems (0 errors, 2 warnings)", "0 errors, 2 warnings"),
        ("Found 0 warnings and 0 errors.", "0 errors"),
        ("Found 3 errors in 2 files.", "3 errors"),
        ("All checks passed!", "0 errors"),
        ("Success: no issues found in 12 source files", "0 errors"),
    ],
)
def test_linters(output: str, words: str) -> None:
    assert str(read_problems(["", output])) == words


def test_a_silent_linter_has_no_count() -> None:
    assert read_problems(["> x@1.0.0 lint", "> eslint ."]) is None
    assert read_problems(["Found 1 error.", "Found 2 errors."], whole=False) is None
    assert read_problems(["Found 1 error.", "Found 2 errors."]) == Problems(3)


def test_reports(tmp_path: Path) -> None:
    inner = "<testsuite><testcase><skipped/></testcase></testsuite>"
    xml = f"<testsuites><testcase/><testcase><failure/></testcase>{inner}</testsuites>"
    (tmp_path / "junit.xml").write_text(xml)
    assert read_report(tmp_path / "junit.xml") == Suite(1, 1, 1, 3)
    document = {"numTotalTests": 4, "numPassedTests": 2, "numFailedTests": 1, "numPendingTests": 1}
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert read_report(tmp_path / "report.json") == Suite(2, 1, 1, 4)
    assert read_report(tmp_path / "missing.xml") is None


@pytest.mark.parametrize(
    "text",
    ["", "<html/>", "<testsuites>", '<!DOCTYPE x [<!ENTITY a "b">]><testsuites/>', "no xml"],
)
def test_what_is_no_junit_report(text: str) -> None:
    assert read_junit(text) is None


@pytest.mark.parametrize("text", ["{", "{}", '{"numTotalTests": "4"}', '{"numTotalTests": 1, "numPassedTests": null}'])
def test_what_is_no_json_report(text: str) -> None:
    assert read_json_report(text) is None
