"""The output log of a run: what its skills and programs said, a line each (SPEC section 3).

`<milliseconds since 1970>\t<skill>\t<level>\t<text>`; text is last, so that tabs in it do no harm. Where
programs run side by side, the level of a command and of its output has a number behind a dot: `cmd.1`, `out.1`.
"""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from loop_tui.fs.atomic import write_problem
from loop_tui.fs.limits import LINE
from loop_tui.fs.plain import open_plain
from loop_tui.fs.whole_lines import append_whole, start_at, whole_blocks
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from .line import decode

OUTPUT_NAME = "output.log"

_MOST_BUFFERED = 64 * 1024
_LONGEST_WAIT_S = 0.03
_PIECE = 128 * 1024
"""Bytes that are decoded at once: while they are, no other thread of the process goes on."""


class OutputLog:
    """Writes the output log in batches.

    `add` writes when enough has come together or the last write is a while ago; whoever adds lines calls `flush` on a
    timer and at the end of each skill, so that the last lines of a pause are seen too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pieces: list[str] = []
        self._size = 0
        self._flushed_at = 0.0

    @property
    def pending(self) -> bool:
        """True when lines wait to be written."""
        return bool(self._pieces)

    def add(self, lines: Sequence[LogLine]) -> None:
        """Add lines, clean and masked already. A line feed in a text makes two lines of it. Raises Problem."""
        if not lines:
            return
        self._take("".join(map(_careful, lines)))

    def add_texts(self, at_ms: int, skill: str, level: LogLevel, texts: Sequence[str], stream: int = 0) -> None:
        """As `add`, for many lines of one skill that came at once: a million of them take a tenth of the time."""
        if not texts:
            return
        head = f"{at_ms}\t{one_line(skill)}\t{level}{f'.{stream}' if stream else ''}\t"
        piece = head + f"\n{head}".join(texts) + "\n"
        if piece.count("\n") != len(texts):
            piece = "".join(f"{head}{part}\n" for text in texts for part in text.split("\n"))
        self._take(piece)

    def _take(self, piece: str) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _MOST_BUFFERED or time.monotonic() - self._flushed_at >= _LONGEST_WAIT_S:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises Problem when it cannot be written; it then still waits."""
        self._flushed_at = time.monotonic()
        if not self._pieces:
            return
        data = "".join(self._pieces).encode("utf-8", "replace")
        try:
            append_whole(self.path, data, durable=False)
        except OSError as error:
            raise write_problem(error, self.path) from error
        self._pieces.clear()
        self._size = 0


def read_from(path: Path, offset: int, limit_bytes: int | None = None) -> tuple[list[LogLine], int]:
    """The whole lines after a place in an output log, and the place to go on from.

    A torn last line waits for its rest; a place beyond the end means that the file was made anew and is read from its
    start; lines that are none of ours are given as they are. With `limit_bytes` it stops soon after that many bytes:
    ask again from the place given. Raises Problem when the file cannot be read.
    """
    raw, place = read_raw(path, offset, limit_bytes)
    return list(map(decode, raw)), place


def read_raw(path: Path, offset: int, limit_bytes: int | None = None) -> tuple[list[str], int]:
    """As `read_from`, but the lines as they stand in the file, for `decode`: twenty times as fast.

    For screens that hold many lines and show few. What is not decoded is not cleaned: it must not reach a terminal.
    """
    lines: list[str] = []
    try:
        place = start = start_at(path, offset)
        for block, end in whole_blocks(path, start):
            for piece in _pieces(block):
                lines += piece.decode("utf-8", "replace").split("\n")
            place = end
            if limit_bytes is not None and place - start >= limit_bytes:
                break
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
    return lines, place


def _pieces(block: bytes) -> Iterator[bytes]:
    """A block of whole lines in pieces, without their last line feed: whoever paints comes in between."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + _PIECE)
        end = len(block) - 1 if end < 0 else end
        yield block[start:end]
        start = end + 1


def tail_offset(path: Path, most_bytes: int) -> int:
    """The place of the first whole line among the last `most_bytes` bytes: where a screen that comes late begins."""
    try:
        with open_plain(path) as file:
            start = file.seek(0, os.SEEK_END) - most_bytes
            if start <= 0:
                return 0
            file.seek(start - 1)
            return start - 1 + len(file.readline(LINE.most))
    except OSError:
        return 0


def _careful(line: LogLine) -> str:
    head = f"{line.at_ms}\t{one_line(line.skill)}\t{line.level}\t"
    return "".join(f"{head}{part}\n" for part in line.text.split("\n"))
