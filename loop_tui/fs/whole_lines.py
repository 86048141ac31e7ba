"""Files that grow by whole lines: what the journal and the output log share."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from .atomic import sync_folder
from .limits import LINE, Limit
from .plain import open_handle, open_plain, too_large

_CHUNK = 4 * 1024 * 1024
_PATIENCE_S, _LOOK_S = 5.0, 0.002


def append_whole(path: Path, data: bytes, *, durable: bool, follow: bool = False) -> None:
    """Append whole lines, all or none; a torn line before them is ended first. Raises OSError, nothing added then.

    Writers take turns by a lock on the file itself, so that each can take back what did not fit on the disk.
    Whoever may read it can lock it: who does not give it back is waited for a while and no longer. Through a link
    nothing is written unless it is one to `follow`.
    """
    handle = open_handle(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, follow=follow)
    try:
        _lock(handle, path)
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


def _lock(handle: int, path: Path) -> None:
    """Be the only writer until the file is closed. Raises OSError when somebody else is it for too long."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                what = f"another process has held its lock for {_PATIENCE_S:g} s"
                raise OSError(errno.EBUSY, what, str(path)) from None
            time.sleep(_LOOK_S)
        else:
            return


def start_at(path: Path, offset: int) -> int:
    """Where to read on from: the place given, or the start when the file is gone or was made anew and is shorter."""
    try:
        return offset if 0 <= offset <= path.stat().st_size else 0
    except FileNotFoundError:
        return 0


def whole_blocks(path: Path, start: int, largest: Limit | None = None) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines from a place on, each with the place after it. A torn last line is left out.

    Raises OSError, NotPlain for what is no plain file, is larger than it may be, or holds a line that is.
    """
    try:
        file = open_plain(path)
    except FileNotFoundError:
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        if largest is not None and size > largest.most:
            raise too_large(size, largest, path)
        file.seek(start)
        pieces: list[bytes] = []
        waiting = 0
        while chunk := file.read(_CHUNK):
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                pieces.append(chunk)
                waiting += len(chunk)
                if waiting > LINE.most:
                    raise too_large(waiting, LINE, path)
                continue
            block = b"".join((*pieces, chunk[:cut]))
            pieces = [chunk[cut:]]
            waiting = len(pieces[0])
            start += len(block)
            yield block, start


def tail(path: Path, most_bytes: int) -> bytes:
    """The last bytes of a file, at most so many. Raises OSError as `open_plain`."""
    with open_plain(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - most_bytes))
        return file.read(most_bytes) or b""
