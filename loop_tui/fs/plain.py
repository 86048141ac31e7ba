"""Reading a file of ours that must be what it is called: no link, no pipe, no folder (SPEC section 3, "Links")."""

import os
import stat
from pathlib import Path

_LARGEST = 16 * 1024 * 1024


def read_plain(path: Path, largest: int = _LARGEST) -> bytes:
    """The bytes of a plain file. Never blocks. Raises OSError, also for a link, for what is no file, and a huge one."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path} is no plain file")
        if found.st_size > largest:
            raise OSError(f"{path} is larger than {largest} bytes")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(largest)
    finally:
        os.close(handle)
