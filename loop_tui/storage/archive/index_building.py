"""One process at a time reads much of the archive for an index; who can wait for it waits, and hears how far it is.

The lock is on a folder beside the index: the system frees it in the moment its holder dies, and it can lie there for
good. It keeps others from doing the same work twice, never from a right answer: where no lock can be had, all work.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.folder_lock import lock_folder

from .entries import Month, months
from .index_file import ask_index
from .named import runs_folder

_OFTEN_S = 0.1
"""How often it is looked whether the other one is done."""


@contextmanager
def building(folder: Path, name: str, wait: Callable[[], None]) -> Iterator[None]:
    """What only one process does at a time for the index of that name in a folder; meanwhile the others `wait`.

    `wait` is called again and again; what it raises ends the waiting.
    """
    unlock = _locked(folder / f"{name}.building")
    while unlock is None:
        wait()
        time.sleep(_OFTEN_S)
        unlock = _locked(folder / f"{name}.building")
    try:
        yield
    finally:
        unlock()


def _locked(place: Path) -> Callable[[], None] | None:
    try:
        place.mkdir(exist_ok=True, mode=0o700)
        return lock_folder(place)
    except OSError:
        return lambda: None


class IndexSizes(NamedTuple):
    """How many entries an index has, and about how many of the archive it misses."""

    known: int
    missing: int


def index_sizes(home: Path) -> IndexSizes:
    """Of the index of the runs below a home, which is not brought up to date; nothing is missing where none can be.

    In the months that it has not listed yet names are counted, and nothing is read: that costs milliseconds.
    """
    from .index_rows import RUN_INDEX

    there = months(runs_folder(home), [])

    def question(index: sqlite3.Connection) -> IndexSizes:
        listed = {name for (name,) in index.execute("SELECT name FROM months")}
        missing = sum(_missing(index, month) for month in there if month.name not in listed)
        return IndexSizes(rows_in(index), missing)

    return (ask_index(runs_folder(home), RUN_INDEX, question) if there else None) or IndexSizes(0, 0)


def _missing(index: sqlite3.Connection, month: Month) -> int:
    try:
        with os.scandir(month.path) as found:
            names = {each.name.removesuffix(".json") for each in found if not each.name.startswith(".")}
    except OSError:
        return 0
    (known,) = index.execute("SELECT count(*) FROM runs WHERE month = ?", (month.name,)).fetchone()
    return max(0, len(names) - int(known))


def rows_in(index: sqlite3.Connection) -> int:
    """How many entries an index has, bad ones among them. Raises sqlite3.Error."""
    found = index.execute("SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM bad)").fetchone()
    return int(found[0])
