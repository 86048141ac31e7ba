"""What is wrong with a damaged JSON text, and where, in words for a person (SPEC section 3)."""

import re
from collections.abc import Iterable

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

_TOKEN = regex(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]:,]|-?Infinity|NaN', re.DOTALL)
_CUT = regex(r"[\w.+-]*\s*\Z")
# Naming the key of an error means going through all tokens before it: worth it for any real state file.
_MOST_CHARS_FOR_KEY = 2_000_000
_KEY_WIDTH = 120


class NoSuchNumber(ValueError):
    """NaN or an infinity, written as a word."""


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def path_words(path: Iterable[str | int]) -> str:
    """A path as people write it: `phases.SHIP.skills[2]`. Safe to print."""
    words = ""
    for step in path:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return one_line(words, _KEY_WIDTH)


def broken_json(text: str, at: int | None, message: str, where: str) -> Problem:
    """The Problem of a text that is not JSON. Without a position, the first NaN or infinity is meant."""
    if not text.strip(" \t\r\n\x00"):
        return Problem("is empty", where, code=Code.FILE_INVALID)
    path, number_at = _open_path(text, at)
    at = number_at if at is None else at
    line, column = place(text, at)
    position = f"{where}:{line}:{column}" if where else f"line {line}, column {column}"
    key = path_words(path)
    inside = f" (in {key})" if key else ""
    if message.startswith("Unterminated") or (not message.startswith("Extra") and _CUT.match(text, at)):
        return Problem(f"ends too early{inside}", position, code=Code.FILE_INVALID)
    said = message[:1].lower() + message[1:] if message.startswith(("Exp", "Inv", "Ext", "Ill")) else message
    return Problem(f"is not JSON: {one_line(said.removesuffix(' at'))}{inside}", position, code=Code.FILE_INVALID)


def _open_path(text: str, end: int | None) -> tuple[list[str | int], int]:
    """The keys and positions that lead to a place in a text, and the place."""
    stop = len(text) if end is None else end
    stack: list[str | int] = []
    last = ""
    for token in _TOKEN.finditer(text, 0, min(stop, _MOST_CHARS_FOR_KEY)):
        word = token.group()
        if word[0] == '"':
            last = word[1:].removesuffix('"')
        elif word in ("NaN", "Infinity", "-Infinity"):
            if end is None:
                return stack, token.start()
        elif word == ":":
            if stack:
                stack[-1] = last
        elif word == "{":
            stack.append("")
        elif word == "[":
            stack.append(0)
        elif word == ",":
            if stack and isinstance(stack[-1], int):
                stack[-1] += 1
            elif stack:
                stack[-1] = ""
        elif stack:
            stack.pop()
    if stop > _MOST_CHARS_FOR_KEY:
        return [], stop
    return [step for step in stack if step != ""], stop
