"""Files of a folder that is held by its descriptor: nobody can put a link in its place in the meantime."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def folder_within(name: str, within: Path | int) -> Iterator[int]:
    """A descriptor of a folder in another one, given by path or descriptor. Raises OSError, also for a link."""
    place = within / name if isinstance(within, Path) else name
    handle = os.open(place, _FOLDER, dir_fd=within if isinstance(within, int) else None)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def folder_to_ask(folder: Path) -> Iterator[int | None]:
    """A descriptor of a folder, also behind a link: what is below it is then found fast. None where there is none."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def read_within(name: str, folder: int, most_bytes: int) -> bytes | None:
    """The beginning of a file of that folder; None where there is none. Raises OSError, also for a link."""
    try:
        handle = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        return os.read(handle, most_bytes)
    finally:
        os.close(handle)


def write_within(name: str, folder: int, data: bytes) -> None:
    """Write a small file into that folder so that it outlives a power cut. Raises OSError, also for a link."""
    handle = os.open(name, _WRITE, 0o600, dir_fd=folder)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.fsync(folder)
