"""Where the index of an archive lies, and what is done with one that cannot be used (SPEC section 7).

It lies in the cache, one of each kind for each archive, host and version of this program, and is never the truth:
whatever is wrong with it, it is made again, and who asked reads the archive itself. A name is used once: whoever still
has a removed index open can then not harm the next one, whose log (WAL) goes by another name.
"""

import contextlib
import hashlib
import os
import platform
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from loop_tui import __version__
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.homes import cache_dir

_BUSY_S = 0.2
"""How long one that another process writes to is waited for. It writes for some milliseconds at a time."""
_LOG_PAGES = 8_000
"""So much is written before it is put in its place: what is written again and again until then is put there once."""
_OLD_S = 30 * 86_400
_UNFINISHED_S = 86_400
_SUFFIX = ".sqlite"
_PRIVATE = 0o700
# Of SQLite's result codes those that say nothing of the file: no permission, busy, locked, no memory, read-only,
# interrupted, disk full, cannot be opened.
_PASSING = frozenset({3, 5, 6, 7, 8, 9, 13, 14})
_Answer = TypeVar("_Answer")


class DamagedIndex(Exception):
    """The index says what no index says."""


class TooMuch(Exception):
    """More has to be read for a usable index than whoever asked wants to wait for."""


class IndexKind(NamedTuple):
    """What an index is of. `layout` is raised whenever the `tables` change, or what is made of the files for them."""

    name: str
    layout: int
    tables: str


def index_folder(runs: Path) -> Path:
    """Where the indexes of an archive lie."""
    place = f"{platform.node()}\0{os.path.abspath(runs)}"  # noqa: PTH100 (a link stays one: its archive may change)
    return cache_dir() / "archive" / hashlib.sha256(os.fsencode(place)).hexdigest()[:16]


def ask_index(runs: Path, kind: IndexKind, question: Callable[[sqlite3.Connection], _Answer]) -> _Answer | None:
    """The answer of the index to a question; None when there can be no usable one now. Never blocks for long."""
    for _ in range(2):
        try:
            file = _current(index_folder(runs), kind)
        except (OSError, sqlite3.Error):
            return None
        try:
            with _to_ask(file, kind) as index:
                return question(index)
        except (TooMuch, UnicodeEncodeError):
            return None
        except DamagedIndex:
            _remove(file)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
                return None
            _remove(file)
    return None


def keep_index_open() -> None:
    """From now on an index that was asked stays open for the next question: for a process that asks again and again."""
    _KEPT.is_wanted = True


class _Kept:
    """The indexes that are open, by kind. One question at a time is asked of them: others open one of their own."""

    def __init__(self) -> None:
        self.is_wanted = False
        self.lock = threading.Lock()
        self.open: dict[str, tuple[Path, sqlite3.Connection]] = {}

    def close(self, kind: IndexKind) -> None:
        """Close what is open of a kind."""
        if (there := self.open.pop(kind.name, None)) is not None:
            there[1].close()


_KEPT = _Kept()


@contextlib.contextmanager
def _to_ask(file: Path, kind: IndexKind) -> Iterator[sqlite3.Connection]:
    """The index, open. Raises sqlite3.Error, DamagedIndex."""
    if not (_KEPT.is_wanted and _KEPT.lock.acquire(blocking=False)):
        with contextlib.closing(_opened(file, kind)) as index:
            yield index
        return
    try:
        there = _KEPT.open.get(kind.name)
        if there is None or there[0] != file:
            _KEPT.close(kind)
            there = _KEPT.open[kind.name] = file, _opened(file, kind)
        try:
            yield there[1]
        except BaseException:
            _KEPT.close(kind)
            raise
    finally:
        _KEPT.lock.release()


def forget_index(runs: Path) -> None:
    """Remove what is kept of an archive; the next question makes it again. Raises OSError."""
    folder = index_folder(runs)
    for file in folder.glob(f"*{_SUFFIX}") if folder.is_dir() else ():
        _remove(file)


def _prefix(kind: IndexKind) -> str:
    return f"{kind.name}-{__version__}-{kind.layout}-"


def _current(folder: Path, kind: IndexKind) -> Path:
    """The index in use, made when there is none. Raises OSError, sqlite3.Error."""
    if (found := _found(folder, kind)) is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    with _alone_in(folder):
        return _found(folder, kind) or _made(folder, kind)


def _found(folder: Path, kind: IndexKind) -> Path | None:
    try:
        names = [e.name for e in os.scandir(folder)]
    except FileNotFoundError:
        return None
    # Where no lock can be had two processes may have made one each at the same time: all use the first.
    found = min((n for n in names if n.startswith(_prefix(kind)) and n.endswith(_SUFFIX)), default=None)
    return folder / found if found else None


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While one makes an index the others wait: else each of them would read the whole archive for its own."""
    until = time.monotonic() + _BUSY_S
    while (unlock := lock_folder(folder)) is None and time.monotonic() < until:
        time.sleep(_BUSY_S / 40)
    try:
        yield
    finally:
        if unlock is not None:
            unlock()


def _made(folder: Path, kind: IndexKind) -> Path:
    _tidy(folder)
    file = folder / f"{_prefix(kind)}{secrets.token_hex(6)}{_SUFFIX}"
    # Whole before it has its name: nobody takes half a one for a damaged one.
    unfinished = file.with_suffix(".new")
    with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as index:
        index.execute("PRAGMA journal_mode = WAL")
        index.executescript(f"BEGIN; {kind.tables} PRAGMA user_version = {kind.layout}; COMMIT;")
    unfinished.replace(file)
    return file


def _opened(file: Path, kind: IndexKind) -> sqlite3.Connection:
    index = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", timeout=_BUSY_S, isolation_level=None, uri=True, check_same_thread=False
    )
    try:
        index.execute("PRAGMA synchronous = NORMAL")
        index.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        if index.execute("PRAGMA user_version").fetchone() != (kind.layout,):
            raise DamagedIndex
    except BaseException:
        index.close()
        raise
    return index


def _tidy(folder: Path) -> None:
    """Remove what other versions of this program, and those that were killed, left long ago."""
    now = time.time()
    for each in os.scandir(folder):
        with contextlib.suppress(OSError):
            age_s = now - each.stat().st_mtime
            if each.is_file() and age_s > (_UNFINISHED_S if each.name.endswith(".new") else _OLD_S):
                (folder / each.name).unlink()


def _remove(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm", f"{file.name}-journal"):
        with contextlib.suppress(OSError):
            (file.parent / name).unlink()
