"""Finding text in an output log of any size, in pieces, so that whoever waits can give up at any time."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from loop_tui.fs.plain import open_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex

CHUNK_BYTES = 256 * 1024
"""Read at a time: searching it takes a few milliseconds, during which nothing else of Python runs."""

_LONGEST_LINE = 64 * 1024
_COLOURS = regex(rb"\x1b\[[0-9;]{0,60}m")


def find_forward(
    path: Path, needle: str, start: int, stop: int | None = None, given_up: Callable[[], bool] = lambda: False
) -> int | None:
    """The place of the first line at or after `start` and before `stop` that holds the text in any case, or None.

    `start` is the beginning of a line. Only the text of a line is searched, not its time, skill and level. What stands
    beyond 64 KB of a line may be missed. Raises Problem when the file cannot be read.
    """
    pattern = _pattern(needle)
    try:
        with open_plain(path) as file:
            file.seek(start)
            place, rest = start, b""
            while not given_up():
                data = file.read(CHUNK_BYTES)
                block = rest + data
                if stop is not None and place + len(block) > stop:
                    block, data = block[: max(0, stop - place)], b""
                for line in _lines_with(pattern, block):
                    return place + line
                if not data:
                    return None
                cut = max(block.rfind(b"\n") + 1, len(block) - _LONGEST_LINE)
                place, rest = place + cut, block[cut:]
    except OSError as error:
        raise Problem(f"cannot be searched: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
    return None


def find_backward(path: Path, needle: str, before: int, given_up: Callable[[], bool] = lambda: False) -> int | None:
    """As `find_forward`, for the last line before `before`, which is the beginning of a line."""
    pattern = _pattern(needle)
    try:
        with open_plain(path) as file:
            end, rest = before, b""
            while end > 0 and not given_up():
                start = max(0, end - CHUNK_BYTES)
                file.seek(start)
                block = file.read(end - start) + rest
                # The first line of the piece may begin in the piece before it: it is looked at with that one.
                first = 0 if start == 0 else block.find(b"\n") + 1
                for line in reversed(list(_lines_with(pattern, block[first:]))):
                    return start + first + line
                end, rest = start, block[: first or len(block)][:_LONGEST_LINE]
    except OSError as error:
        raise Problem(f"cannot be searched: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
    return None


def _lines_with(pattern: re.Pattern[bytes], block: bytes) -> Iterator[int]:
    """Where the lines begin whose text matches, looked for without the colours in between."""
    plain = _COLOURS.sub(b"", block) if b"\x1b" in block else block
    for found in pattern.finditer(plain):
        line = _line_of(plain, found.start())
        if line is not None:
            yield line if plain is block else _nth_line(block, plain.count(b"\n", 0, line))


def _nth_line(block: bytes, number: int) -> int:
    at = 0
    for _ in range(number):
        at = block.find(b"\n", at) + 1
    return at


def _line_of(block: bytes, at: int) -> int | None:
    """Where the line begins whose text holds that place; None when the place is before the text."""
    start = block.rfind(b"\n", 0, at) + 1
    return start if block.count(b"\t", start, at) >= 3 else None


def _pattern(needle: str) -> re.Pattern[bytes]:
    """ASCII letters match in any case, and so do others that have one other form in UTF-8."""
    pieces = []
    for char in needle:
        forms = {char, char.lower(), char.upper()}
        pieces.append(b"(?:" + b"|".join(sorted(re.escape(form.encode("utf-8", "replace")) for form in forms)) + b")")
    return re.compile(b"".join(pieces))
