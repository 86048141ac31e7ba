"""Counts that tools print or leave in reports: tests that passed, problems that a linter found. Never an invented one.

What cannot be read gives None, and the caller says the exit code instead (SHIP "npm").
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from msgspec import Struct

from loop_tui.fs.limits import REPORT
from loop_tui.fs.plain import read_plain
from loop_tui.model.regex import regex
from loop_tui.model.text import count_of


class Suite(Struct, frozen=True):
    """How many tests there were and what became of them; `total` counts the skipped ones too."""

    passed: int
    failed: int = 0
    skipped: int = 0
    total: int = 0
    of: str = ""
    """What was counted where it is not tests: `packages`."""

    def __str__(self) -> str:
        """For people: `42/42 passing`, `40/42 passing, 2 failing`."""
        if not self.total:
            return "0 tests"
        parts = [f"{self.passed}/{self.total} {self.of} passing".replace("  ", " ")]
        parts += [f"{self.failed} failing"] if self.failed else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(parts)


class Problems(Struct, frozen=True):
    """What a linter or type checker found. `warnings` is None when it does not tell them apart."""

    errors: int
    warnings: int | None = None

    def __str__(self) -> str:
        """For people: `0 errors`, `1 error, 2 warnings`."""
        text = count_of(self.errors, "error")
        if self.warnings:
            text += f", {count_of(self.warnings, 'warning')}"
        return text


# --- tests ----------------------------------------------------------------------------------------------------------

# node --test: `# pass 3` (TAP), `ℹ pass 3` (spec), `<!-- pass 3 -->` (junit); tape and tap print the first form too.
_NODE = regex(r"\s*(?:ℹ|#|<!--)\s+(tests|pass|fail|cancelled|skipped|todo)\s+(\d{1,9})\s*(?:-->)?\s*")
_VITEST = regex(r"\s*Tests\s+(?P<parts>\d{1,9} \w+(?: \| \d{1,9} \w+)*) \((?P<total>\d{1,9})\)\s*")
_JEST = regex(r"\s*Tests:\s+(?P<parts>\d{1,9} \w+(?:, \d{1,9} \w+)*), (?P<total>\d{1,9}) total\s*")
_PYTEST = regex(r"(?:=+ )?(?P<parts>\d{1,9} (?:passed|failed|skipped|error)\w*(?:, \d{1,9} \w+)*) in [\d.]+s\b.*")
_CARGO = regex(r"test result: \w+\. (\d{1,9}) passed; (\d{1,9}) failed; (\d{1,9}) ignored;.*")
_MOCHA = regex(r"\s+(\d{1,9}) (passing|pending|failing)\b.*")
_BUN = regex(r"\s*(\d{1,9}) (pass|fail|skip|todo)\s*")
_BUN_END = regex(r"Ran (\d{1,9}) tests? across \d{1,9} files?\..*")
_TAP = regex(r"# \{ (total: \d{1,9}(?:, \w+: \d{1,9})*) \}")
_TAP_PART = regex(r"(\w+): (\d{1,9})")
_AVA = regex(r"\s+(\d{1,9}) tests? passed\s*")
_AVA_FAILED = regex(r"\s+\d{1,9} (?:tests?|uncaught exceptions?|unhandled rejections?) failed\s*|\s+✘ .*")
_UNITTEST = regex(r"Ran (\d{1,9}) tests? in [\d.]+s")
_UNITTEST_END = regex(r"(?:OK|FAILED)(?: \((?P<parts>.+)\))?")
_UNITTEST_PART = regex(r"([\w ]+)=(\d{1,9})")
_GO_TEST = regex(r"--- (PASS|FAIL|SKIP): \S+ \([\d.]+s\)")
_GO_PACKAGE = regex(r"(ok  |FAIL)\t\S+(?:\t.*| \[\w+ failed\])")
_GO_NONE = "[no tests to run]"
_PART = regex(r"(\d{1,9}) (\w+)")

_PASSED = frozenset(("passed", "pass", "passing", "xpassed"))
_FAILED = frozenset(("failed", "fail", "failing", "error", "errors", "cancelled"))
_SKIPPED = frozenset(("skipped", "skip", "pending", "todo", "ignored", "xfailed", "deselected"))


def read_tests(lines: Sequence[str], whole: bool = True) -> Suite | None:
    """The test counts in a program's output, or None when there is no summary that is understood.

    Several summaries (a script that runs several suites) are added up, but only when `lines` is the whole output: in a
    tail the earlier ones may be missing.
    """
    readers: list[Callable[[Sequence[str]], list[Suite]]] = [
        _line_summaries,
        _node,
        _mocha,
        _bun,
        _tap,
        _ava,
        _unittest,
    ]
    for reader in [*readers, _go] if whole else readers:
        found = reader(lines)
        if len(found) == 1:
            return found[0]
        if found and whole:
            return _sum(found)
        if found:
            return None
    return None


def _sum(found: Sequence[Suite]) -> Suite:
    return Suite(
        passed=sum(t.passed for t in found),
        failed=sum(t.failed for t in found),
        skipped=sum(t.skipped for t in found),
        total=sum(t.total for t in found),
    )


def _line_summaries(lines: Sequence[str]) -> list[Suite]:
    """vitest, jest, pytest and cargo: one line says it all."""
    found = []
    for line in lines:
        if match := _VITEST.fullmatch(line) or _JEST.fullmatch(line):
            found.append(_of(match["parts"], int(match["total"])))
        elif match := _PYTEST.fullmatch(line):
            found.append(_of(match["parts"]))
        elif match := _CARGO.fullmatch(line):
            passed, failed, ignored = (int(match[n]) for n in (1, 2, 3))
            found.append(Suite(passed, failed, ignored, passed + failed + ignored))
    return found


def _of(parts: str, total: int | None = None) -> Suite:
    told = [(int(number), word) for number, word in _PART.findall(parts)]
    passed, failed, skipped = (
        sum(number for number, word in told if word in words) for words in (_PASSED, _FAILED, _SKIPPED - {"deselected"})
    )
    return Suite(passed, failed, skipped, passed + failed + skipped if total is None else total)


def _node(lines: Sequence[str]) -> list[Suite]:
    """node --test and tape: a block of lines, one a count, beginning with `tests`."""
    blocks: list[dict[str, int]] = []
    for match in filter(None, map(_NODE.fullmatch, lines)):
        if match[1] == "tests":
            blocks.append({})
        if blocks:
            blocks[-1].setdefault(match[1], int(match[2]))
    # tape leaves out the `pass` line when nothing passed; a block with neither line was cut off.
    return [
        Suite(
            passed=block.get("pass", 0),
            failed=block.get("fail", 0) + block.get("cancelled", 0),
            skipped=block.get("skipped", 0) + block.get("todo", 0),
            total=block["tests"],
        )
        for block in blocks
        if "pass" in block or "fail" in block
    ]


def _mocha(lines: Sequence[str]) -> list[Suite]:
    """mocha: `5 passing (12ms)`, then `1 pending` and `2 failing` where there are any."""
    blocks: list[dict[str, int]] = []
    for match in filter(None, map(_MOCHA.fullmatch, lines)):
        if match[2] == "passing":
            blocks.append({})
        if blocks:
            blocks[-1].setdefault(match[2], int(match[1]))
    return [_block(b.get("passing", 0), b.get("failing", 0), b.get("pending", 0)) for b in blocks]


def _bun(lines: Sequence[str]) -> list[Suite]:
    """bun test: a line a count, and then how many ran."""
    found, counts = [], dict.fromkeys(("pass", "fail", "skip", "todo"), 0)
    for line in lines:
        if match := _BUN.fullmatch(line):
            counts[match[2]] = int(match[1])
        elif _BUN_END.fullmatch(line):
            found.append(_block(counts["pass"], counts["fail"], counts["skip"] + counts["todo"]))
            counts = dict.fromkeys(counts, 0)
    return found


def _tap(lines: Sequence[str]) -> list[Suite]:
    """tap: `# { total: 4, pass: 1, fail: 3 }` below its report."""
    found = []
    for match in filter(None, map(_TAP.fullmatch, lines)):
        told = {word: int(number) for word, number in _TAP_PART.findall(match[1])}
        aside = told.get("skip", 0) + told.get("todo", 0)
        found.append(Suite(told.get("pass", 0), told.get("fail", 0), aside, told.get("total", 0)))
    return found


def _ava(lines: Sequence[str]) -> list[Suite]:
    """ava: `4 tests passed`; where some fail it does not say how many passed, and no count is made of that."""
    failed = any(_AVA_FAILED.fullmatch(line) for line in lines)
    passed = [int(match[1]) for line in lines if (match := _AVA.fullmatch(line))]
    return [] if failed else [_block(number, 0, 0) for number in passed]


def _unittest(lines: Sequence[str]) -> list[Suite]:
    """unittest and Django: `Ran 4 tests in 0.001s`, and below it `FAILED (failures=1, errors=1, skipped=1)`."""
    found, total = [], -1
    for line in lines:
        if match := _UNITTEST.fullmatch(line):
            total = int(match[1])
        elif total >= 0 and (match := _UNITTEST_END.fullmatch(line)):
            told = {word.strip(): int(number) for word, number in _UNITTEST_PART.findall(match["parts"] or "")}
            failed = sum(told.get(word, 0) for word in ("failures", "errors", "unexpected successes"))
            skipped = told.get("skipped", 0)
            found.append(Suite(max(0, total - failed - skipped), failed, skipped, total))
            total = -1
    return found


def _go(lines: Sequence[str]) -> list[Suite]:
    """`go test`: its tests where -v lists them all, else its packages; of the whole output only, as it has no sum."""
    tests = [match[1] for match in map(_GO_TEST.fullmatch, lines) if match]
    if any(line.startswith("=== RUN ") for line in lines):
        return [_block(tests.count("PASS"), tests.count("FAIL"), tests.count("SKIP"))]
    packages = [match[1] for match in map(_GO_PACKAGE.fullmatch, lines) if match and not match[0].endswith(_GO_NONE)]
    passed, failed = packages.count("ok  "), packages.count("FAIL")
    return [Suite(passed, failed, 0, len(packages), "packages")] if packages else []


def _block(passed: int, failed: int, skipped: int) -> Suite:
    return Suite(passed, failed, skipped, passed + failed + skipped)


# --- linters and type checkers --------------------------------------------------------------------------------------

_LINT: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Problems]], ...] = (
    # eslint and its kin
    (
        regex(r"\s*[✖×x] \d{1,9} problems? \((\d{1,9}) errors?, (\d{1,9}) warnings?\)\s*"),
        lambda m: Problems(int(m[1]), int(m[2])),
    ),
    # oxlint
    (regex(r"Found (\d{1,9}) warnings? and (\d{1,9}) errors?\.?.*"), lambda m: Problems(int(m[2]), int(m[1]))),
    # tsc, mypy, ruff, biome
    (regex(r"Found (\d{1,9}) errors?\b.*"), lambda m: Problems(int(m[1]))),
    # mypy and ruff when there is nothing to say
    (regex(r"Success: no issues found in \d{1,9} source files?|All checks passed!"), lambda m: Problems(0)),
)


def read_problems(lines: Sequence[str], whole: bool = True) -> Problems | None:
    """What a linter's or type checker's summary says, or None when there is none that is understood.

    A linter that says nothing gives None: its exit code is all there is. Several summaries are added up, but only
    when `lines` is the whole output.
    """
    found = [read(match) for line in lines for pattern, read in _LINT if (match := pattern.fullmatch(line))]
    if not found or (len(found) > 1 and not whole):
        return None
    warnings = [p.warnings for p in found if p.warnings is not None]
    return Problems(sum(p.errors for p in found), sum(warnings) if warnings else None)


# --- reports --------------------------------------------------------------------------------------------------------


def read_report(path: Path) -> Suite | None:
    """The counts in a junit XML report, or in the JSON that jest and vitest write; None for anything else."""
    try:
        text = read_plain(path, REPORT, follow=True).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return read_json_report(text) if text.lstrip().startswith("{") else read_junit(text)


def read_json_report(text: str) -> Suite | None:
    """The counts of a jest or vitest JSON report, or None."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, Mapping):
        return None
    keys = ("numPassedTests", "numFailedTests", "numPendingTests", "numTodoTests", "numTotalTests")
    numbers = [document.get(key, 0) for key in keys]
    if not isinstance(document.get("numTotalTests"), int) or not all(isinstance(n, int) for n in numbers):
        return None
    passed, failed, pending, todo, total = numbers
    return Suite(passed, failed, pending + todo, total)


def read_junit(text: str) -> Suite | None:
    """The counts of a junit XML report, test case by test case, or None when it is none.

    Cases may hang directly under `<testsuites>`, as node writes them. A report with a document type is refused, since
    entities are a way to blow up a parser.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 (no document type, so no entities; the size is bounded)
    except ElementTree.ParseError:
        return None
    if root.tag not in ("testsuites", "testsuite"):
        return None
    cases = list(root.iter("testcase"))
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return Suite(len(cases) - failed - skipped, failed, skipped, len(cases))
