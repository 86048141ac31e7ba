"""Reading TOML so that every error names the line: what a text says, and where in it a key or table stands."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

KeyPath = tuple[str | int, ...]

_PART = r'(?:"(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+)'
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = regex(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = regex(rf"^\s*({_DOTTED})\s*=")
_STRING = regex(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|[\[\]{}]')

_AT = regex(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\s*$")


def load_toml(text: str, where: str, noun: str, code: Code) -> dict[str, Any]:
    """What a TOML text says. Raises Problem with file, line and reason; `noun` is what it should have been.

    `code` is that of every such Problem.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = _AT.search(message)
        reason = one_line(_AT.sub("", message), 200)
        if at and at.group(1):
            place = f"{where}:{at.group(1)}:{at.group(2)}"
        else:
            last = text.rstrip().count("\n") + 1
            place = f"{where}:{last}"
        raise Problem(f"is not valid TOML: {reason}", place, "fix the syntax at that place", code=code) from None
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, and nesting beyond Python's stack.
        raise Problem(f"is not a {noun}: a number is too large, or it is nested too deeply", where, code=code) from None


def _parts(dotted: str) -> list[str]:
    return [p[1:-1] if p[0] in "\"'" else p for p in re.findall(_PART, dotted)]


class Places:
    """The lines of one TOML text. Made only when there is an error to place; lines count from 1."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._found: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}
        self._scan()

    def line(self, path: KeyPath, needles: Sequence[str] = (), nth: int = 1) -> int:
        """The line of the longest known part of `path`.

        From there the needles are looked for one after the other (the `nth` hit of the last one), up to the end of
        that table or value: inline tables have no line of their own in the index.
        """
        for length in range(len(path), 0, -1):
            start = self._found.get(path[:length])
            if start is not None:
                return self._narrow(start, self._end(path[:length], start), needles, nth)
        return self._narrow(1, len(self._lines), needles, nth)

    def _end(self, path: KeyPath, start: int) -> int:
        others = [n for p, n in self._found.items() if n > start and p[: len(path)] != path]
        return min(others, default=len(self._lines) + 1) - 1

    def _narrow(self, start: int, end: int, needles: Sequence[str], nth: int) -> int:
        here = start
        for position, needle in enumerate(needles):
            wanted = nth if position == len(needles) - 1 else 1
            # As a quoted text first: bare, "g" would be found in "[[gates]]".
            for spellings in ((f'"{needle}"', f"'{needle}'"), (needle,)):
                hits = [n for n in range(here, end + 1) for s in spellings for _ in range(self._lines[n - 1].count(s))]
                if needle and len(hits) >= wanted:
                    here = hits[wanted - 1]
                    break
        return here

    def _scan(self) -> None:
        table: KeyPath = ()
        depth, inside = 0, ""
        for number, line in enumerate(self._lines, 1):
            rest = line
            if not depth and not inside:
                header, key = _HEADER.match(line), _KEY.match(line)
                if header:
                    table = self._enter(_parts(header.group(2)), header.group(1) == "[[")
                    self._found.setdefault(table, number)
                    continue
                if not key:
                    continue
                path = table
                for part in _parts(key.group(1)):
                    path = (*path, part)
                    self._found.setdefault(path, number)
                rest = line[key.end() :]
            depth, inside = _follow(rest, depth, inside)

    def _enter(self, parts: list[str], is_array: bool) -> KeyPath:
        path: KeyPath = ()
        for part in parts[:-1]:
            path = (*path, part)
            if path in self._arrays:
                path = (*path, self._arrays[path])
        path = (*path, parts[-1])
        if is_array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            path = (*path, self._arrays[path])
        return path


def _follow(text: str, depth: int, inside: str) -> tuple[int, str]:
    """How deep in brackets, and inside which multi-line quote, a value is after this line."""
    position = 0
    while position < len(text):
        if inside:
            end = text.find(inside, position)
            if end < 0:
                return depth, inside
            position, inside = end + 3, ""
            continue
        token = _STRING.search(text, position)
        if not token:
            break
        position = token.end()
        word = token.group()
        if word in ('"""', "'''"):
            inside = word
        elif word in "[{":
            depth += 1
        elif word in "]}":
            depth = max(depth - 1, 0)
    return depth, inside
