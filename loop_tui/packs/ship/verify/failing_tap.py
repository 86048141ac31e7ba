"""The tests that failed in output in the Test Anything Protocol, as node:test, tap, vitest, ava and mocha write it."""

import re
from collections.abc import Iterator, Sequence

from loop_tui.model.regex import regex

from .failing_lines import FailingTest, first_frame, message_of

_RESULT = regex(r"( *)(not )?ok \d+(?: -)? ?(.*)$")
_ASIDE = regex(r"\s+#\s*(?:time=\S+|(?P<todo>(?:TODO|SKIP)\b.*))\s*(?P<open>\{)?\s*$", re.IGNORECASE)
_KEY = regex(r"(?P<indent> *)(?P<key>\w+):(?: (?P<value>.*))?$")
_FILE = regex(r"\.(?:[cm]?[jt]sx?)$")
_TEXTS = ("error", "message", "stack")
_QUOTED = regex(r"(['\"])(.*)\1$")


def tap(lines: Sequence[str]) -> Iterator[FailingTest]:
    """Each result that is not ok and holds no other such: parents only lend their names.

    Parents come after what they hold, deeper indented (TAP 13 and 14), or before it with a brace (vitest).
    """
    found: list[tuple[int, FailingTest]] = []
    braces: list[tuple[int, str]] = []
    number = 0
    while number < len(lines):
        match = _RESULT.match(lines[number])
        number += 1
        if match is None:
            continue
        indent, name, todo, opens = len(match[1]), *_named(match[3])
        braces = [(depth, parent) for depth, parent in braces if depth < indent]
        if opens:
            braces.append((indent, name))
            continue
        if not match[2] or todo:
            continue
        block = _block(lines, number, indent)
        held = [place for place, (depth, _) in enumerate(found) if depth > indent]
        if held:
            found = [
                (indent, _below(name, each)) if place in held else (d, each) for place, (d, each) in enumerate(found)
            ]
            continue
        for _, parent in reversed(braces):
            name = name if _FILE.search(parent) else f"{parent} > {name}"
        found.append((indent, _of(name, block)))
    yield from (each for _, each in found)


def _named(text: str) -> tuple[str, bool, bool]:
    """The description, whether it is only planned or skipped, and whether it opens a block."""
    match = _ASIDE.search(text)
    opens = text.rstrip().endswith("{")
    return (text[: match.start()] if match else text).strip(), bool(match and match["todo"]), opens


def _below(parent: str, failing: FailingTest) -> FailingTest:
    if _FILE.search(parent):
        return failing
    return FailingTest(f"{parent} > {failing.name}", failing.message, failing.place)


def _block(lines: Sequence[str], start: int, indent: int) -> list[str]:
    """What belongs to a result: the lines below it up to the next result or comment that is no deeper."""
    block = []
    for line in lines[start:]:
        result = _RESULT.match(line)
        ended = result is not None or re.match(r" *(?:# Subtest|\d+\.\.\d+|\}|# (?:tests|pass|fail|time))", line)
        if ended and (len(line) - len(line.lstrip()) <= indent or result is not None):
            break
        block.append(line)
    return block


def _of(name: str, block: Sequence[str]) -> FailingTest:
    """A failing test with what its diagnostics say; mocha writes the error as it is, the others YAML."""
    if not any(line.strip() == "---" for line in block):
        return FailingTest(name, message_of(block), first_frame(block))
    values = _values(block)
    said = next((values[key] for key in ("error", "message") if values.get(key)), [])
    return FailingTest(name, message_of(said), _place(values, block))


def _place(values: dict[str, list[str]], block: Sequence[str]) -> str:
    if values.get("fileName") and values.get("lineNumber"):
        return f"{values['fileName'][0]}:{values['lineNumber'][0]}"
    told = [*values.get("at", []), *values.get("stack", []), *values.get("location", [])]
    return first_frame(told) or first_frame(block)


def _values(block: Sequence[str]) -> dict[str, list[str]]:
    """The values of a YAML block by key, each with its lines; of two of one name the one that stands further out."""
    values: dict[str, list[str]] = {}
    depths: dict[str, int] = {}
    key, depth = "", 0
    for line in block:
        match = _KEY.match(line)
        deeper = not line.strip() or len(line) - len(line.lstrip()) > depth
        if match is None or (key in _TEXTS and deeper and values.get(key)):
            if key and deeper:
                values[key].append(line.strip())
            continue
        key, depth = match["key"], len(match["indent"])
        if depth >= depths.get(key, depth + 1):
            key = ""
            continue
        depths[key] = depth
        value = (match["value"] or "").strip()
        values[key] = [] if not value or value[0] in "|>" else [_plain(value)]
    return {name: [line for line in lines if line] for name, lines in values.items()}


def _plain(value: str) -> str:
    """A scalar without its quotes; one that goes on in the next line has only the first of them."""
    match = _QUOTED.fullmatch(value)
    return match[2] if match else value.lstrip("'\"")
