"""Files that grow by whole lines: what the journal and the output log share."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .atomic import sync_folder

_CHUNK = 4 * 1024 * 1024


def append_whole(path: Path, data: bytes, *, durable: bool, follow: bool = False) -> None:
    """Append whole lines, all or none; a torn line before them is ended first. Raises OSError, nothing added then.

    Writers take turns by a lock on the file itself, so that each can take back what did not fit on the disk. Through a
    link nothing is written unless it is one to `follow`.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    handle = os.open(path, flags, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            data = b"\n" + data
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if durable:
                # The length of the file is part of what fdatasync keeps; macOS has only fsync.
                getattr(os, "fdatasync", os.fsync)(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
        if durable and not size:
            sync_folder(path.parent)
    finally:
        os.close(handle)


def start_at(path: Path, offset: int) -> int:
    """Where to read on from: the place given, or the start when the file is gone or was made anew and is shorter."""
    try:
        return offset if 0 <= offset <= path.stat().st_size else 0
    except FileNotFoundError:
        return 0


def whole_blocks(path: Path, start: int) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines from a place on, each with the place after it. A torn last line is left out."""
    try:
        # Neither through a link nor waiting for somebody to write into a pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{path} is no plain file")
        file.seek(start)
        rest = b""
        while chunk := file.read(_CHUNK):
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                rest += chunk
                continue
            block = rest + chunk[:cut]
            rest = chunk[cut:]
            start += len(block)
            yield block, start
