"""A named pipe that a program reads in place of a file: what goes through it is on no disk, in no argument, nowhere."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from .temporary import temporary_folder

_AGAIN_S = 0.02


@asynccontextmanager
async def fed_pipe(kind: str, text: str) -> AsyncIterator[Path]:
    """The path of a pipe that gives the text to the first who reads it, to nobody else, and is gone at the end.

    `kind` names its folder (lower-case letters), which only its owner may enter. Raises OSError.
    """
    with temporary_folder(kind) as folder:
        path = folder / "pipe"
        os.mkfifo(path, 0o600)
        feeding = asyncio.create_task(_feed(path, text.encode()))
        try:
            yield path
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)


async def _feed(path: Path, data: bytes) -> None:
    end = await _opened(path)
    try:
        while data:
            try:
                data = data[os.write(end, data) :]
            except BlockingIOError:
                await asyncio.sleep(_AGAIN_S)
            except BrokenPipeError:
                return
    finally:
        os.close(end)


async def _opened(path: Path) -> int:
    """The end that is written to, as soon as somebody reads: waiting for that would block a thread for ever."""
    while True:
        with contextlib.suppress(BlockingIOError):
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
        await asyncio.sleep(_AGAIN_S)
