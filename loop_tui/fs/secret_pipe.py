"""The way of a secret from whoever types it to the driver that asks: a named pipe in the run folder, with no file.

What goes through it is never on a disk, in an argument or in an environment, and is gone with the two who hold its
ends. It is there only while a driver asks, only its owner may open it (mode 0600), and both ends look at what they have
opened: a pipe of their own user, and no link. A pipe that a killed driver left is removed by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import json
import os
import select
import stat
import time
from pathlib import Path
from typing import Self

from .atomic import TEMP_SUFFIX
from .plain import NotPlain, folder_handle, is_private_pipe, kind_of
from .run_tree import PIPE_NAME

_LONGEST_FRAME = 64 * 1024
"""Far more than a secret and a name can come to, in bytes."""
_PIECE = 4096
_AGAIN_S = 0.02


class NobodyReads(Exception):
    """No driver waits for that secret."""


def name_of(question: str) -> str:
    """The name of the pipe of a question: hidden, and one that is swept away with files that were never finished."""
    return f".secret-{hashlib.sha256(question.encode('utf-8', 'replace')).hexdigest()[:16]}{TEMP_SUFFIX}"


def is_asked(run_dir: Path, question: str) -> bool:
    """True when a driver asks for that secret, or was killed while it asked."""
    try:
        return stat.S_ISFIFO((run_dir / name_of(question)).lstat().st_mode)
    except OSError:
        return False


def sweep(run_dir: Path) -> None:
    """Remove the pipes that killed drivers left: for whoever holds the lease. What cannot be removed stays."""
    with contextlib.suppress(OSError):
        for path in run_dir.iterdir():
            if PIPE_NAME.fullmatch(path.name) and is_private_pipe(path.lstat()):
                path.unlink()


class SecretPipe:
    """The end of a driver. Made when it is entered, gone when it is left. Raises OSError where there can be none."""

    def __init__(self, run_dir: Path, question: str) -> None:
        self._run_dir = run_dir
        self._name = name_of(question)
        self._folder = self._handle = -1
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        """Make the pipe anew, and open it."""
        self._folder = folder_handle(self._run_dir)
        try:
            self._remove()
            os.mkfifo(self._name, 0o600, dir_fd=self._folder)
            self._handle = _opened(self._name, os.O_RDONLY, self._folder)
        except BaseException:
            os.close(self._folder)
            raise
        return self

    def __exit__(self, *ended: object) -> None:
        """Take the pipe away. Whoever writes sees the other end close."""
        with contextlib.suppress(OSError):
            self._remove()
        self._buffer.clear()
        os.close(self._handle)
        os.close(self._folder)

    def _remove(self) -> None:
        """Remove a pipe of that name; nothing without one. Raises NotPlain for anything else."""
        try:
            mode = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISFIFO(mode):
            raise NotPlain(errno.EEXIST, f"it is {kind_of(mode) or 'a file'}, not a pipe", self._name)
        os.unlink(self._name, dir_fd=self._folder)

    async def line(self) -> bytes:
        """The next whole line that somebody writes, without its end; what a writer did not finish is dropped.

        May be cancelled: nothing is lost by it. A line beyond all measure ends early.
        """
        while True:
            line, end, rest = bytes(self._buffer).partition(b"\n")
            if end or len(line) > _LONGEST_FRAME:
                self._buffer[:] = rest
                if line:
                    return line[:_LONGEST_FRAME]
                continue
            await self._readable()
            with contextlib.suppress(BlockingIOError):
                piece = os.read(self._handle, _PIECE)
                self._buffer += piece
                if not piece:
                    await self._reopen()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._handle, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._handle)

    async def _reopen(self) -> None:
        """Begin anew after the last writer has gone: an end that has seen one go is told so for ever.

        The new end is open before the old one is closed, so that nobody finds that nobody reads.
        """
        self._buffer.clear()
        handle = _opened(self._name, os.O_RDONLY, self._folder)
        os.close(self._handle)
        self._handle = handle
        await asyncio.sleep(_AGAIN_S)


def hand_over(run_dir: Path, question: str, by: str, text: str, patience_s: float) -> None:
    """Give a secret to the driver that asks for it, and wait until that has closed its end, or the time is over.

    `by` is who gives it. Blocking. Raises NobodyReads, and OSError for what is no pipe of ours.
    """
    try:
        folder = folder_handle(run_dir)
    except FileNotFoundError as error:
        raise NobodyReads from error
    try:
        handle = _opened(name_of(question), os.O_WRONLY, folder)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            raise NobodyReads from error
        raise
    finally:
        os.close(folder)
    try:
        until = time.monotonic() + patience_s
        # Whoever wrote half a line and was killed does not spoil this one.
        _write(handle, f"\n{json.dumps([by, text])}\n".encode(), until)
        _closed(handle, until)
    finally:
        os.close(handle)


def understood(frame: bytes) -> tuple[str, str] | None:
    """Who gives a secret, and the secret; None for what is not written by `hand_over`."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    match found:
        case [str(by), str(text)]:
            return by, text
    return None


def _opened(name: str, flags: int, folder: int) -> int:
    """An end of a pipe of our own user. Never blocks. Raises OSError, NotPlain for anything else."""
    handle = os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY, dir_fd=folder)
    found = os.fstat(handle)
    if is_private_pipe(found):
        return handle
    os.close(handle)
    kind = kind_of(found.st_mode) or "a file"
    raise NotPlain(errno.EINVAL, f"it is {kind}, not a private pipe of this program", name)


def _write(handle: int, data: bytes, until: float) -> None:
    """Write it all. Raises NobodyReads when the other end is closed, TimeoutError when nothing is read."""
    while data:
        try:
            data = data[os.write(handle, data) :]
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "the driver is not reading") from None
            select.select((), (handle,), (), _AGAIN_S)
        except BrokenPipeError as error:
            raise NobodyReads from error


def _closed(handle: int, until: float) -> None:
    """Wait until the other end is closed, or the time is over."""
    looking = select.poll()
    looking.register(handle, 0)
    while (left := until - time.monotonic()) > 0:
        if looking.poll(left * 1000):
            return
