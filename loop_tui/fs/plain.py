"""Reading a file of ours that must be what it is called: no link, no pipe, no folder (SPEC section 3, "Links")."""

import os
import stat
from io import BufferedReader
from pathlib import Path

_LARGEST = 16 * 1024 * 1024


def open_plain(path: Path) -> BufferedReader:
    """A plain file, to be read. Never blocks. Raises OSError, also for a link and for what is no file."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{path} is no plain file")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_plain(path: Path, largest: int = _LARGEST) -> bytes:
    """The bytes of a plain file. Never blocks. Raises OSError, also for a link, for what is no file, and a huge one."""
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size > largest:
            raise OSError(f"{path} is larger than {largest} bytes")
        return file.read(largest)
