"""Temporary folders that do not stay behind: what a killed process could not remove, the next one does."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_NAME = "loop-tui-{kind}-{place}-{process}-"


@contextlib.contextmanager
def temporary_folder(kind: str) -> Iterator[Path]:
    """A folder for ourselves alone, which is removed in the end. Raises OSError."""
    with new_temporary_folder(kind) as folder:
        yield Path(folder)


def new_temporary_folder(kind: str) -> tempfile.TemporaryDirectory[str]:
    """As `temporary_folder`, for whoever removes it later (`cleanup`). Raises OSError.

    Its name says whose it is; those of processes of ours that are dead are removed first.
    """
    remove_leftovers(Path(tempfile.gettempdir()))
    named = _NAME.format(kind=kind, place=_place(), process=os.getpid())
    return tempfile.TemporaryDirectory(prefix=named, ignore_cleanup_errors=True)


def is_temporary(name: str) -> bool:
    """True for the name of a temporary folder of this program, of whatever process here."""
    return _named().fullmatch(name) is not None


@cache
def _named() -> re.Pattern[str]:
    return re.compile(_NAME.format(kind="[a-z]+", place=_place(), process="([0-9]+)") + "[a-z0-9_]+")


def remove_leftovers(above: Path) -> None:
    """Remove the temporary folders of our dead processes there. Never raises."""
    named = _named()
    try:
        with os.scandir(above) as entries:
            found = [(entry, match) for entry in entries if (match := named.fullmatch(entry.name))]
    except OSError:
        return
    for entry, match in found:
        with contextlib.suppress(OSError):
            ours = entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.getuid()
            if ours and not _lives(int(match[1])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


@cache
def _place() -> str:
    """Where the number of a process means something: this host, and this container of it."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]
