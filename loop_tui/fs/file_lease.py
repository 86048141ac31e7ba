"""A lease on a file: the system holds up whoever opens it for writing, and says so, until the lease is given back.

Whoever writes a file in place and knows no lock could open it in the very moment in which another file takes its name;
what it wrote would go with the old file. See `fcntl(2)`, "Leases": Linux has them, for the owner of a file.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from msgspec import Struct

from .plain import open_plain

# Somebody may just be writing it: then it changes, and whoever asks reads it again.
_TRIES = 50
_PAUSE_S = 0.001


class FileLease(Struct, frozen=True):
    """A file that is open to be read, and whether it is leased: else nobody is held up, and nobody is known."""

    file: BufferedReader
    held: bool

    def writer_waits(self) -> bool:
        """True when somebody opens the file for writing, and is held up."""
        if not self.held or sys.platform != "linux":
            return False
        import fcntl

        return fcntl.fcntl(self.file, fcntl.F_GETLEASE) == fcntl.F_UNLCK


@contextlib.contextmanager
def leased(path: Path) -> Iterator[FileLease]:
    """Lease a plain file, if that can be: not while others have it open for writing. Raises OSError as `open_plain`.

    Whoever asks must not open it for writing meanwhile: it would wait for itself.
    """
    with open_plain(path) as file:
        yield FileLease(file, _lease(file))  # Closing it gives the lease back.


def _lease(file: BufferedReader) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    for _ in range(_TRIES):
        try:
            # The system tells of whoever waits by a signal, and by default by one that would end this process.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except OSError:
            return False
        else:
            return True
    return False
