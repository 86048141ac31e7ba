"""A lock on a folder itself: nobody takes it away by removing files from the folder."""

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from .plain import folder_handle


def lock_folder(folder: Path) -> Callable[[], None] | None:
    """Lock a folder for this process and give what unlocks it; None while another process has it.

    The system frees it in the moment its holder dies. Where a file system knows no locks on folders, it locks nothing.
    Raises OSError when the folder cannot be opened.
    """
    handle = folder_handle(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        os.close(handle)
        return lambda: None

    _held.add(handle)

    def unlock() -> None:
        if handle in _held:
            _held.discard(handle)
            os.close(handle)

    return unlock


_held: set[int] = set()


def _forget() -> None:
    """A process that is forked from ours does not keep what we locked when it outlives us."""
    while _held:
        with contextlib.suppress(OSError):
            os.close(_held.pop())


os.register_at_fork(after_in_child=_forget)
