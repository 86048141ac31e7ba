"""A pseudo-terminal and just enough of a screen to say when an application has painted it."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import NotAvailable

ROWS, COLUMNS = 40, 120
SETTLED_S = 0.7
LONGEST_S = 8.0
FULL = 0.9
_LEAST_CELLS = 100
_FULL_SCREEN = "\x1b[?1049h"

_TOKENS = re.compile(
    r"\x1b\[(?P<row>\d*)(?:;(?P<column>\d*))?H"
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]"
    r"|(?P<return>\r)|(?P<feed>\n)|(?P<text>[^\x00-\x1f\x7f]+)"
)

# A sequence whose end has not been read yet.
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P^_][^\x07\x1b]*|[ -/]*)$")

Cells = dict[tuple[int, int], str]
Chunk = tuple[float, str]


@dataclass
class Screen:
    """What stands where. It knows text, line ends and cursor positions, which is all that Textual paints with."""

    cells: Cells = field(default_factory=dict)
    row: int = 1
    column: int = 1
    rest: str = ""

    def feed(self, output: str) -> None:
        """Take in what the application wrote; a sequence that is cut off waits for its other half."""
        output = self.rest + output
        cut = _UNFINISHED.search(output)
        self.rest = cut[0] if cut else ""
        for token in _TOKENS.finditer(output, 0, len(output) - len(self.rest)):
            if token["text"]:
                for character in token["text"]:
                    self.cells[self.row, self.column] = character
                    self.column += 1
            elif token["feed"]:
                self.row, self.column = self.row + 1, 1
            elif token["return"]:
                self.column = 1
            elif token[0].endswith("H") and token[0].startswith("\x1b["):
                self.row, self.column = int(token["row"] or 1), int(token["column"] or 1)

    def shown(self) -> Cells:
        """The cells that hold more than a blank."""
        return {place: character for place, character in self.cells.items() if character != " "}


@dataclass(frozen=True)
class Start:
    """Milliseconds from exec until nine tenths of the rows that will show something do, and of the cells are right.

    The first is the first full screen: what stands where, and what can be pressed. The second has what was read, too.
    """

    painted: float
    settled: float


def start_of(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Start:
    """How an application starts. Raises NotAvailable for one that paints no screen.

    What it will show is what stands there once it was silent for a while; so a clock that ticks later, or a widget that
    comes later, neither hides nor makes a first paint.
    """
    start, chunks = _record(argv, cwd, env)
    final = Screen()
    for _, output in chunks:
        final.feed(output)
    wanted = final.shown()
    text = "".join(output for _, output in chunks)
    if _FULL_SCREEN not in text or len(wanted) < _LEAST_CELLS:
        text = " ".join(text.split())[-200:]
        raise NotAvailable(f"{' '.join(map(str, argv[-2:]))} painted no screen: {text!r}")
    rows = {row for row, _ in wanted}
    screen = Screen()
    painted = 0.0
    for moment, output in chunks:
        screen.feed(output)
        ms = (moment - start) * 1000
        if not painted and len({row for row, _ in screen.shown()} & rows) >= FULL * len(rows):
            painted = ms
        right = sum(screen.cells.get(place) == character for place, character in wanted.items())
        if painted and right >= FULL * len(wanted):
            return Start(painted, ms)
    raise NotAvailable("the screen never settled")


def _record(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[float, list[Chunk]]:
    """What a program wrote to its terminal until it was silent, each piece with its moment."""
    start = time.perf_counter()
    with terminal(argv, cwd, env) as output:
        chunks: list[Chunk] = []
        painted = 0
        while time.perf_counter() - start < LONGEST_S:
            chunk = output.read(SETTLED_S if painted else LONGEST_S)
            if chunk is not None:
                chunks.append(chunk)
                painted += len(chunk[1])
            elif output.closed or painted > COLUMNS * ROWS:
                break
    return start, chunks


class Terminal:
    """Our end of a pseudo-terminal."""

    def __init__(self, handle: int, pid: int) -> None:
        self.closed = False
        self.pid = pid
        self._handle = handle
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def type(self, text: str) -> None:
        """Send what a person types."""
        os.write(self._handle, text.encode())

    def read(self, timeout_s: float) -> Chunk | None:
        """What was written next, with the moment it was; None when nothing came in that time, or nothing will."""
        ready, _, _ = select.select([self._handle], [], [], timeout_s)
        if not ready or self.closed:
            return None
        try:
            data = os.read(self._handle, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return None
        return time.perf_counter(), self._decode(data)


@contextmanager
def terminal(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Iterator[Terminal]:
    """A program in a pseudo-terminal of its own; at the end it and its whole group are ended."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        argv, cwd=cwd, env=dict(env), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process.pid)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)
