"""A pseudo-terminal with a program in it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path


class Terminal:
    """A program in a terminal of its own."""

    def __init__(
        self,
        argv: list[str],
        *,
        columns: int = 80,
        rows: int = 24,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        self.output = bytearray()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        # Readline tells the C library a size, which `os.environ` has not: with no environment given, that would count.
        own = dict(os.environ) if env is None else env
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=own, start_new_session=True
        )

    def read_some(self, wait_s: float = 0.001) -> None:
        """Read what is there or comes soon, so that the app is never held up by a full terminal."""
        while select.select([self._master], [], [], wait_s)[0]:
            wait_s = 0
            self.output += os.read(self._master, 65536)

    def read_until(self, wanted: bytes | None, within_s: float = 60, since: int = 0) -> None:
        """Read until something was said after that many bytes, or until the app has ended."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if wanted is not None and wanted in self.output[since:]:
                return
            ready, _, _ = select.select([self._master], [], [], 0.05)
            if ready:
                self.output += os.read(self._master, 65536)
            elif self.process.poll() is not None:
                break
        if wanted is not None:
            raise AssertionError(f"never said {wanted!r}: {self.output[-2000:]!r}")

    def type(self, text: str) -> None:
        """Send what a person types, or what the terminal reports."""
        os.write(self._master, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """The window gets another size."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.process.pid, signal.SIGWINCH)

    def vanish(self) -> None:
        """The terminal goes away without a word, as when its window crashes."""
        os.close(self._slave)
        os.close(self._master)

    def end(self) -> int:
        """Wait for the end, and give the exit code."""
        self.read_until(None)
        return self.process.wait(60)

    def close(self) -> None:
        """Give the terminal back: whoever opens thousands runs out of them."""
        os.close(self._master)
        os.close(self._slave)

    @property
    def has_its_modes(self) -> bool:
        """All modes as before, so that what is typed is shown again."""
        return termios.tcgetattr(self._slave)[:4] == self.before[:4]

    @property
    def is_sane(self) -> bool:
        """Alternate screen left, cursor shown, mouse off, all modes as before."""
        out = self.output
        pairs = [(b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?1000h", b"\x1b[?1000l")]
        undone = all(off in out and out.rindex(off) > out.rfind(on) for on, off in pairs)
        return undone and self.has_its_modes
