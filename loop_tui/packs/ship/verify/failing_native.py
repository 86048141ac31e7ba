"""The tests that failed in what `go test`, `cargo test`, pytest and unittest print; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.regex import regex

from .failing_lines import MESSAGE_LINES, FailingTest, message_of

# --- go -------------------------------------------------------------------------------------------------------------

_GO_FAIL = regex(r"( *)--- FAIL: (\S+) \([\d.]+s\)$")
_GO_RESULT = regex(r" *--- (?:PASS|FAIL|SKIP): ")
_GO_TURN = regex(r"=== (?:RUN|CONT|NAME|PAUSE) +(\S+)$")
_GO_PACKAGE = regex(r"(?:ok  |FAIL)\t(\S+)(?:\t| \[(build|setup) failed\])")
_GO_SAID = regex(r"\s+(\S+\.go):(\d+): (.*)$")
_GO_PANIC = regex(r"panic: (.+?)(?: \[recovered.*\])?$")
_GO_FRAME = regex(r"\t(\S+_test\.go):(\d+)(?: \+0x[0-9a-f]+)?$")
_GO_MODULE = regex(r"\s*module\s+\"?([^\s\"]+)")


def go(lines: Sequence[str], project: Path) -> Iterator[FailingTest]:
    """`go test`, with or without -v: `--- FAIL: Test/sub`, with what it said below it or, with -v, before it."""
    if not any(line.startswith(("--- FAIL: ", "FAIL\t")) for line in lines):
        return
    module = _module_of(project)
    said: dict[str, list[str]] = {}
    failed: list[str] = []
    turn = ""
    for at, line in enumerate(lines):
        if match := _GO_TURN.match(line):
            turn = match[1]
        elif match := _GO_FAIL.match(line):
            failed.append(match[2])
            said.setdefault(match[2], []).extend(_go_below(lines[at + 1 :], len(match[1])))
        elif match := _GO_PACKAGE.match(line):
            yield from _of_package(match[1], failed, said, module)
            if match[2]:
                yield FailingTest(f"{match[1]} does not build", _go_build(lines[:at], match[1]))
            said, failed, turn = {}, [], ""
        elif turn and not _GO_RESULT.match(line):
            said.setdefault(turn, []).append(line)
    yield from _of_package("", failed, said, module)


def _module_of(project: Path) -> str:
    try:
        lines = read_text(project / "go.mod", MANIFEST, follow=True, errors="replace").splitlines()
    except OSError:
        return ""
    return next((match[1] for match in map(_GO_MODULE.match, lines) if match), "")


def _go_below(lines: Sequence[str], indent: int) -> list[str]:
    """What stands below a result: deeper than it, or a panic with its stack."""
    below: list[str] = []
    for line in lines:
        panics = bool(below) and below[0].startswith("panic: ")
        ended = _GO_RESULT.match(line) or _GO_TURN.match(line) or _GO_PACKAGE.match(line)
        deeper = len(line) - len(line.lstrip()) > indent or line.startswith("panic: ")
        if ended or not (deeper or panics):
            break
        below.append(line)
    return below


def _go_build(lines: Sequence[str], package: str) -> str:
    """What the compiler said of a package, below a line with its name."""
    start = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].split(" [")[0] == f"# {package}"), None)
    return lines[start + 1].strip() if start is not None and start + 1 < len(lines) else ""


def _of_package(package: str, failed: Sequence[str], said: dict[str, list[str]], module: str) -> Iterator[FailingTest]:
    inside = module and (package == module or package.startswith(f"{module}/"))
    folder = package.removeprefix(module).strip("/") if inside else ""
    for name in failed:
        message, place = _go_said(said.get(name, ()))
        if not message and any(other.startswith(f"{name}/") for other in failed):
            continue  # It failed because of one of its parts.
        if place and not place.startswith("/") and folder:
            place = f"{folder}/{place}"
        yield FailingTest(name.replace("/", " > "), message, place)


def _go_said(lines: Sequence[str]) -> tuple[str, str]:
    """The last message and its place: what is only logged comes before. Of a panic what it says, and where."""
    for line in lines:
        if match := _GO_PANIC.match(line):
            frame = next((found for each in lines if (found := _GO_FRAME.match(each))), None)
            return match[1], f"{frame[1]}:{frame[2]}" if frame else ""
    told = [(at, match) for at, line in enumerate(lines) if (match := _GO_SAID.match(line))]
    if not told:
        return "", ""
    at, match = told[-1]
    rest = [line.strip() for line in lines[at + 1 :] if line.strip()]
    return " ".join([match[3], *rest][:MESSAGE_LINES]), f"{match[1]}:{match[2]}"


# --- cargo ----------------------------------------------------------------------------------------------------------

_CARGO_HEAD = regex(r"---- (.+) stdout ----$")
_CARGO_END = regex(r"failures:$|test result: ")
_CARGO_PANIC = regex(r"thread '.*' (?:\(\d+\) )?panicked at (?:'(?P<old>.*)', )?(?P<place>[^'\s]+:\d+):\d+:?$")
_CARGO_NOTE = regex(r"note: (test did not panic as expected)(?: at (\S+:\d+):\d+)?$")


def cargo(lines: Sequence[str]) -> Iterator[FailingTest]:
    """`cargo test`: `---- test stdout ----`, and below it the panic with its place, or the error that it returned."""
    name, block = "", list[str]()
    for line in lines:
        match = _CARGO_HEAD.match(line)
        if match is not None or _CARGO_END.match(line):
            if name:
                yield _of_cargo(name, block)
            name, block = (match[1] if match else ""), []
        elif name:
            block.append(line)
    if name:
        yield _of_cargo(name, block)


def _of_cargo(name: str, block: Sequence[str]) -> FailingTest:
    name = name.replace("::", " > ")
    for at, line in enumerate(block):
        if match := _CARGO_NOTE.match(line):
            return FailingTest(name, match[1], match[2] or "")
        if match := _CARGO_PANIC.match(line):
            said = []
            for each in block[at + 1 :]:
                if each.startswith(("stack backtrace:", "note: ")):
                    break
                said.append(each.strip())
            return FailingTest(name, match["old"] or " ".join(filter(None, said)), match["place"])
    return FailingTest(name, next((line for line in block if line.startswith("Error: ")), ""))


# --- Python ---------------------------------------------------------------------------------------------------------

_PYTEST = regex(r"(?:FAILED|ERROR) (\S+?\.py)(?:::(.+?))?(?: - (.*))?$")
_PYTEST_HEAD = regex(r"_{3,} (?:ERROR at \w+ of )?(.+?) _{3,}$")
_PYTEST_PLACE = regex(r"(\S+\.py):(\d+): \S")
_PYTEST_END = regex(r"=+ ")


def pytest(lines: Sequence[str]) -> Iterator[FailingTest]:
    """pytest's short summary, `FAILED file.py::test - error`, with the line that its report of the test names."""
    places: dict[str, list[tuple[str, str]]] = {}
    head = ""
    for line in lines:
        if match := _PYTEST_HEAD.match(line):
            head = match[1]
        elif _PYTEST_END.match(line):
            head = ""
        elif head and (match := _PYTEST_PLACE.match(line)):
            places.setdefault(head, []).append((match[1], match[2]))
    for match in filter(None, map(_PYTEST.match, lines)):
        file, name = match[1], match[2] or ""
        told = places.get(name.replace("::", "."), ())
        line_number = next((number for place, number in told if place == file), "")
        place = f"{file}:{line_number}" if line_number else file
        yield FailingTest(name.replace("::", " > ") or f"{file} does not load", match[3] or "", place)


_UNITTEST_HEAD = regex(r"(?:FAIL|ERROR): (\w+) \(([\w.]+)\)")
_UNITTEST_RULE = regex(r"={70}$|-{70}$")
_UNITTEST_FRAME = regex(r'  File "([^"]+)", line (\d+), in (\w+)')


def unittest(lines: Sequence[str]) -> Iterator[FailingTest]:
    """unittest, and Django's `manage.py test`: `FAIL: test (module.Class.test)`, a rule, and the traceback."""
    for at, line in enumerate(lines):
        match = _UNITTEST_HEAD.match(line)
        if match is None or not at or not _UNITTEST_RULE.match(lines[at - 1]):
            continue
        block: list[str] = []
        rules = 0
        for each in lines[at + 1 :]:
            rules += bool(_UNITTEST_RULE.match(each))
            if rules > 1:
                break
            block.append(each)
        yield _of_unittest(match[1], match[2], block)


def _of_unittest(method: str, path: str, block: Sequence[str]) -> FailingTest:
    frames = [frame for line in block if (frame := _UNITTEST_FRAME.match(line))]
    own = next((frame for frame in frames if frame[3] == method), frames[-1] if frames else None)
    place = f"{own[1]}:{own[2]}" if own else ""
    last = next((line for line in reversed(block) if line.strip()), "")
    owner = path.removesuffix(f".{method}").rpartition(".")[2]
    if owner == "_FailedTest":
        return FailingTest(f"{method} does not load", last, place)
    return FailingTest(f"{owner} > {method}", message_of([last]), place)
