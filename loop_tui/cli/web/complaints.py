"""What the server complains about, to its standard error, which nobody may read: the server never waits for it."""

import contextlib
import os
import queue
import sys
import threading
from functools import cache

_MOST_WAITING = 64
_lines: queue.Queue[str] = queue.Queue(_MOST_WAITING)


def complain_later(line: str) -> None:
    """Write a line to standard error, in a thread of its own. Never waits, never raises.

    A terminal that is stopped and a pipe that is full take nothing: what does not fit any more is dropped.
    """
    _start_writer()
    with contextlib.suppress(queue.Full):
        _lines.put_nowait(line)


def wait_for_complaints(timeout_s: float) -> None:
    """Wait until all is written, so many seconds at most."""
    with _lines.all_tasks_done:
        _lines.all_tasks_done.wait_for(lambda: not _lines.unfinished_tasks, timeout_s)


@cache
def _start_writer() -> None:
    threading.Thread(target=_write_all, name="complaints", daemon=True).start()


def _write_all() -> None:
    while True:
        line = _lines.get()
        with contextlib.suppress(OSError, ValueError):
            _write(f"{line}\n".encode("utf-8", "replace"))
        _lines.task_done()


def _write(data: bytes) -> None:
    """Past the buffer of `sys.stderr`: its lock must be free when the end of the process flushes it."""
    while data:
        data = data[os.write(sys.stderr.fileno(), data) :]
