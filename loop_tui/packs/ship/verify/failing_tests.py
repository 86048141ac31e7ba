"""The tests that failed, by name, with what they say and where: from what runners print, and from their reports.

Read are the forms in which node:test, jest, vitest, mocha, ava and tap print failures when nobody asks for another one,
TAP, pytest, unittest, `go test` and `cargo test`, and reports in junit XML or in the JSON of jest, vitest and mocha.
What is not understood names no test: nothing is guessed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from pydantic import JsonValue

from loop_tui.fs.limits import REPORT
from loop_tui.fs.plain import read_plain
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .failing_lines import SOURCE, FailingTest, first_frame, frame, message_of
from .failing_native import cargo, go, pytest, unittest
from .failing_tap import tap

MOST = 100
_LONGEST_NAME, _LONGEST_MESSAGE = 160, 200


def read_failures(lines: Sequence[str], project: Path) -> tuple[FailingTest, ...]:
    """The failing tests in a program's output, in its order and each once; files are named as seen from the project."""
    readers: tuple[_Reader, ...] = (_node, _jest, _vitest, _mocha, _ava, _tap_base, pytest, unittest, cargo, tap)
    found = [*(failing for reader in readers for failing in reader(lines)), *go(lines, project)]
    return _told(found, project)


def read_failures_of_report(path: Path, project: Path) -> tuple[FailingTest, ...]:
    """The failing tests in a report: junit XML, or the JSON of jest, vitest or mocha; none for anything else."""
    try:
        text = read_plain(path, REPORT, follow=True).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ()
    return _told(_of_json(text) if text.lstrip().startswith("{") else _of_junit(text), project)


def _told(found: Sequence[FailingTest], project: Path) -> tuple[FailingTest, ...]:
    """As they are shown: one line each, each test once."""
    shown: dict[tuple[str, str], FailingTest] = {}
    for each in found:
        name = one_line(_from(each.name, project), _LONGEST_NAME)
        failing = FailingTest(name, one_line(each.message, _LONGEST_MESSAGE), one_line(_from(each.place, project)))
        shown.setdefault((failing.name, failing.place), failing)
    return tuple(shown.values())[:MOST]


def _from(place: str, project: Path) -> str:
    """A path as seen from the project: runners write it as an address, absolute, or relative."""
    if place.startswith("file://"):
        place = unquote(place.removeprefix("file://"))
    for root in (str(project), str(project.resolve())):
        place = place.removeprefix(f"{root.rstrip('/')}/")
    return place


# --- runners --------------------------------------------------------------------------------------------------------

_Reader = Callable[[Sequence[str]], Iterator[FailingTest]]
_NEVER = regex(r"(?!)")


def _blocks(lines: Sequence[str], head: re.Pattern[str], end: re.Pattern[str]) -> Iterator[tuple[str, list[str]]]:
    """Each head (its first group) with the lines up to the next head or an end."""
    name, block = "", list[str]()
    for line in lines:
        match = head.match(line)
        if match is not None or end.match(line):
            if name:
                yield name, block
            name, block = (match[1].strip() if match else ""), []
        elif name:
            block.append(line)
    if name:
        yield name, block


_NODE_PLACE = regex(rf"test at ({SOURCE}:\d+):\d+")
_NODE_TEST = regex(r"✖ (.+?) \([\d.]+ms\)( # TODO.*)?$")


def _node(lines: Sequence[str]) -> Iterator[FailingTest]:
    """node --test, spec: `test at FILE:LINE:COLUMN`, then the test and its error."""
    for place, block in _blocks(lines, _NODE_PLACE, re.compile(r"ℹ ")):
        match = _NODE_TEST.match(block[0]) if block else None
        if match is None or match[2]:
            continue
        said = message_of(block[1:]).strip("'")
        own = next((p for line in block if (p := frame(line)) and _ends_alike(p, place)), place)
        yield FailingTest(match[1], said, own)


def _ends_alike(frame_: str, place: str) -> bool:
    """True when both are in one file: runners write it once absolute and once from where they stand."""
    return frame_.rpartition(":")[0].endswith(place.rpartition(":")[0])


_JEST = regex(r"  ● (?!Console$)(.+)$")
_JEST_END = regex(r"(?:FAIL|PASS) |Test Suites: |Summary of all failing tests")
_JEST_FILE = regex(rf"FAIL (?:.* )?({SOURCE})\b")


def _jest(lines: Sequence[str]) -> Iterator[FailingTest]:
    """jest: `  ● suite › test`, the error, the code and the stack; a suite that does not load goes by its file."""
    files = {line: match[1] for line in lines if (match := _JEST_FILE.match(line))}
    file = ""
    for line_number, line in enumerate(lines):
        file = files.get(line, file)
        match = _JEST.match(line)
        if match is None or not file:
            continue
        rest = lines[line_number + 1 :]
        end = next((i for i, each in enumerate(rest) if _JEST.match(each) or _JEST_END.match(each)), len(rest))
        name = match[1].replace(" › ", " > ")
        where = first_frame(rest[:end])
        if name == "Test suite failed to run":
            name, where = f"{file} does not load", where or file
        yield FailingTest(name, message_of(rest[:end]), where)


_VITEST = regex(r" FAIL  (?:\|[^|]+\| |\S+ (?=\S+ > ))?(\S+ (?:>|\[) .*)$")
_VITEST_END = regex(r"⎯{3,}| Test Files ")


def _vitest(lines: Sequence[str]) -> Iterator[FailingTest]:
    """vitest: ` FAIL  FILE > suite > test`, several in a row where they failed alike, then the error."""
    heads: list[str] = []
    block: list[str] = []
    for line in (*lines, "⎯⎯⎯"):
        match = _VITEST.match(line)
        if (match or _VITEST_END.match(line)) and block:
            yield from (_of_vitest(head, block) for head in heads)
            heads, block = [], []
        if match:
            heads.append(match[1])
        elif heads and not _VITEST_END.match(line):
            block.append(line)
        elif not match:
            heads, block = [], []


def _of_vitest(head: str, block: Sequence[str]) -> FailingTest:
    file, _, name = head.partition(" > ")
    if not name:
        file = file.partition(" [")[0]
    return FailingTest(name or f"{file} does not load", message_of(block), first_frame(block) or file)


_MOCHA_COUNT = regex(r"\s+\d+ failing\b")
_MOCHA_HEAD = regex(r"  \d+\) (.*)$")


def _mocha(lines: Sequence[str]) -> Iterator[FailingTest]:
    """mocha: below `N failing`, `  1) suite`, its suites and the test in a line each, the last with a colon."""
    start = next((i for i, line in enumerate(lines) if _MOCHA_COUNT.match(line)), None)
    for name, block in _blocks(lines[start or 0 :], _MOCHA_HEAD, _NEVER) if start is not None else ():
        names, rest = [name], list(block)
        while not names[-1].endswith(":") and rest and rest[0].startswith("    ") and rest[0].strip():
            names.append(rest.pop(0).strip())
        if names[-1].endswith(":"):
            yield FailingTest(" > ".join(names)[:-1], message_of(rest), first_frame(rest))


_AVA_FAIL = regex(r"\s+✘ \[fail\]: (.+)$")


def _ava(lines: Sequence[str]) -> Iterator[FailingTest]:
    """ava: `✘ [fail]: test`, and below a line of its own each test with its error."""
    failed = [match[1] for line in lines if (match := _AVA_FAIL.match(line))]
    starts = [
        (number, line.strip())
        for number, line in enumerate(lines)
        if re.match(r"  \S", line)
        and any(told == line.strip() or told.startswith(f"{line.strip()} ") for told in failed)
    ]
    for place, (number, name) in enumerate(starts):
        end = starts[place + 1][0] if place + 1 < len(starts) else len(lines)
        block = [line for line in lines[number + 1 : end] if line.strip() != "─"]
        said = [line for line in block if not re.fullmatch(rf"\s+{SOURCE}:\d+", line)]
        yield FailingTest(name.replace(" › ", " > "), message_of(said), first_frame(block))


_TAP_TEST = regex(r"✖ (.+)$")
_TAP_FILE = regex(rf"  ({SOURCE})(:\d+)?(?::\d+)?$")


def _tap_base(lines: Sequence[str]) -> Iterator[FailingTest]:
    """tap, its base and terse reports: `✖ test > assertion`, its file in the next line, and below it the stack."""
    for name, block in _blocks(lines, _TAP_TEST, re.compile(r"Asserts: ")):
        file = _TAP_FILE.match(block[0]) if block else None
        if file is not None:
            own = next((p for line in block[1:] if (p := frame(line)) and _ends_alike(p, f"{file[1]}:0")), "")
            yield FailingTest(name, "", f"{file[1]}{file[2]}" if file[2] else own or file[1])


# --- reports --------------------------------------------------------------------------------------------------------


def _of_junit(text: str) -> list[FailingTest]:
    """As `test_counts.read_junit`: a report with a document type is refused."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return []
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 (no document type, so no entities; the size is bounded)
    except ElementTree.ParseError:
        return []
    found = []
    for case in root.iter("testcase"):
        wrong = case.find("failure")
        wrong = case.find("error") if wrong is None else wrong
        if wrong is None:
            continue
        lines = (wrong.text or "").splitlines()
        said = wrong.get("message") or message_of(lines)
        place = first_frame(lines) or case.get("file") or ""
        found.append(FailingTest(case.get("name") or "a test without a name", said, place))
    return found


def _of_json(text: str) -> list[FailingTest]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    found = [_of_case(case, file) for case, file in _cases(document)]
    return [each for each in found if each is not None]


def _cases(document: Mapping[str, JsonValue]) -> Iterator[tuple[Mapping[str, JsonValue], str]]:
    """The cases of jest and vitest, by file; those that failed of mocha."""
    for suite in _objects(document.get("testResults")):
        for case in _objects(suite.get("assertionResults")):
            if case.get("status") == "failed":
                yield case, str(suite.get("name") or "")
    for case in _objects(document.get("failures")):
        yield case, str(case.get("file") or "")


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _of_case(case: Mapping[str, JsonValue], file: str) -> FailingTest | None:
    titles = case.get("ancestorTitles")
    above = [str(title) for title in titles] if isinstance(titles, list) else []
    name = case.get("title") if above else case.get("fullTitle") or case.get("fullName") or case.get("title")
    if not isinstance(name, str):
        return None
    told = case.get("failureMessages")
    wrong = case.get("err")
    text = "\n".join(map(str, told)) if isinstance(told, list) else ""
    if isinstance(wrong, dict):
        text = str(wrong.get("stack") or wrong.get("message") or "")
    lines = text.splitlines()
    return FailingTest(" > ".join([*above, name]), message_of(lines), first_frame(lines) or file)
