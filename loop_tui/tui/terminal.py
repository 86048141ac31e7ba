"""The terminal as it was before the screen took it: kept at the start, and given back when nobody else does."""

import contextlib
import os
import signal
import sys
import termios

_LEAVE = (
    # Bracketed paste, mouse, focus and size reports off; lines wrap; the keyboard and the first screen are back.
    b"\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?2048l\x1b[?2026l\x1b[?7h\x1b[<u"
    b"\x1b[?1049l\x1b[?25h"
)


class SavedTerminal:
    """The modes of the terminal on a descriptor, as they are now; nothing where there is none."""

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._modes: list[object] | None = None
        with contextlib.suppress(termios.error, OSError, ValueError):
            self._modes = termios.tcgetattr(fd)

    def restore(self, said: str = "") -> None:
        """Give the terminal back, and say something on it. Waits for nothing; never raises."""
        if self._modes is None:
            return
        with contextlib.suppress(OSError):
            # A description of its own: whoever writes meanwhile, or a terminal that takes nothing, cannot hold it up.
            out = os.open(os.ttyname(self._fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                os.write(out, _LEAVE)
                self.set_modes()
                os.write(out, said.encode(sys.stdout.encoding or "utf-8", "replace"))
            finally:
                os.close(out)
        self.set_modes()

    def set_modes(self) -> None:
        """Give the terminal the modes that it had; never raises."""
        if self._modes is None:
            return
        # Whoever is not in the foreground any more would be stopped for it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self._fd, termios.TCSANOW, self._modes)  # type: ignore[arg-type]
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
