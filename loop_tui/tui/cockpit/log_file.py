"""What the log pane does with the file on disk: find text in all of it, read the lines around a place, save it.

Blocking; called in threads.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.atomic import write_new
from loop_tui.fs.limits import LINE
from loop_tui.fs.plain import open_plain
from loop_tui.model.log import LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.log.line import decode
from loop_tui.storage.log.output_log import read_raw
from loop_tui.storage.log.search import find_backward, find_forward

from .log_filter import Filter

BEFORE_BYTES = 256 * 1024
WINDOW_BYTES = 4 * 1024 * 1024
"""How much of the file is shown around a place that memory no longer holds."""
TAIL_BYTES = 8 * 1024 * 1024


def find(path: Path, needle: str, place: int, *, forward: bool, given_up: Callable[[], bool]) -> int | None:
    """The place of the next line with the text, from `place` on or before it, and around the end of the log."""
    if forward:
        found = find_forward(path, needle, place, None, given_up)
        return found if found is not None else find_forward(path, needle, 0, place, given_up)
    found = find_backward(path, needle, place, given_up)
    return found if found is not None else find_backward(path, needle, path.stat().st_size, given_up)


def around(path: Path, place: int, most: int) -> tuple[list[str], int, int]:
    """At most so many raw lines around a place, the place of the first of them, and which of them stands there."""
    start = 0
    with open_plain(path) as file:
        if place > BEFORE_BYTES:
            file.seek(place - BEFORE_BYTES)
            start = place - BEFORE_BYTES + len(file.readline(LINE.most))
        file.seek(start)
        before = file.read(place - start)
    raw, _ = read_raw(path, start, WINDOW_BYTES)
    line = before.count(b"\n")
    first = max(0, line - most // 3)
    return raw[first : first + most], start + lengths(raw[:first]), line - first


def tail(path: Path, end: int) -> list[str]:
    """The raw lines before a place that is the end of a line: as many as are shown to whoever comes late."""
    with open_plain(path) as file:
        start = 0
        if end > TAIL_BYTES:
            file.seek(end - TAIL_BYTES)
            start = end - TAIL_BYTES + len(file.readline(LINE.most))
        file.seek(start)
        data = file.read(max(0, end - start))
    return data[:-1].decode("utf-8", "replace").split("\n") if data else []


def save(path: Path, target: Path, wanted: Filter) -> int:
    """Write all of the log, or what the filter holds, as plain text to a new file; gives the number of lines.

    Raises Problem when there is a file already, and when it cannot be written.
    """
    lines: list[str] = []
    place = 0
    while True:
        raw, end = read_raw(path, place, WINDOW_BYTES)
        lines += [text_of(decode(line)) for line in raw if not wanted or wanted.holds(line)]
        if end == place:
            break
        place = end
    if not write_new(target, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")):
        raise Problem("the file exists already", str(target), "choose another name", code=Code.FILE_EXISTS)
    return len(lines)


def text_of(line: LogLine) -> str:
    """A line as plain text: when, who, how, what."""
    return f"{time_of(line)} {line.skill} {line.level.value}: {line.text}" if line.at_ms else line.text


def time_of(line: LogLine) -> str:
    """The time of day of a line, UTC."""
    return f"{datetime.fromtimestamp(line.at_ms / 1000, UTC):%H:%M:%S}" if 0 < line.at_ms < 10**13 else "--:--:--"


def lengths(raw: Iterable[str]) -> int:
    """How many bytes raw lines take in the file."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in raw)
