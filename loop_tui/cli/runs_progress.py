"""How far it is with the archive, for a person at a terminal."""

import sys
import time
from collections.abc import Callable

from loop_tui.model.text import count_of

_OFTEN_S = 0.1


class ShownProgress:
    """Tells a person at a terminal how many of how many runs are done, in a line that goes at the end."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._shown = sys.stderr.isatty()
        self._said = 0.0

    def __enter__(self) -> Callable[[int, int], None] | None:
        return self._tell if self._shown else None

    def __exit__(self, *_: object) -> None:
        if self._said:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _tell(self, done: int, count: int) -> None:
        now = time.monotonic()
        if now - self._said >= _OFTEN_S and count > done:
            self._said = now
            sys.stderr.write(f"\r{self._doing}: {done:,} of {count_of(count, 'run')}")
            sys.stderr.flush()
