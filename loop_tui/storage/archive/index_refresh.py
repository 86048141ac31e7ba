"""Bringing the index up to date: only what came, went or changed since is read.

A month whose folder did not change since it was listed is not listed again: archives are written once, under a name
that was not there before. What changed a moment ago is looked at again the next time, as a second change within the
same tick of the clock leaves no trace; and so is each entry that could not be read, whoever repairs it in place.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.within import folder_to_ask
from loop_tui.model.problem import Problem

from .entries import ArchiveEntry, Month, entries, is_as_it_was, months
from .index_building import building, rows_in
from .index_file import TooMuch, index_folder

SETTLED_S = 2.0
"""So long ago a change has to be to be taken for the last: the clocks of file systems tick up to that slowly."""

MUCH = 300
"""More entries than that are read by one process at a time."""

Progress = Callable[[int, int], None]
"""Told how many of how many entries are read. What it raises ends the refresh; what is read so far is kept."""


RowsWriter = Callable[[sqlite3.Connection], None]


class IndexedRows(NamedTuple):
    """What an index keeps of entries: tables with their `month` and `name`; `runs` and `bad` have a `stamp`, too.

    `read` reads some of them, and gives what writes their rows. So many are written `together`: whoever is interrupted
    keeps them, and nobody waits for long.
    """

    name: str
    tables: tuple[str, ...]
    together: int
    read: Callable[[Sequence[ArchiveEntry]], RowsWriter]


class _Stale(NamedTuple):
    """What has to be done for a month."""

    month: Month
    changed: list[ArchiveEntry]
    gone: list[bytes]
    settled: bool


class _Work(NamedTuple):
    """What has to be done for the index to say what the archive says. `left` are the months that are gone."""

    stale: list[_Stale]
    left: set[str]
    missing: int
    problems: list[Problem]


def refresh(
    index: sqlite3.Connection, kept: IndexedRows, runs: Path, most: int | None, progress: Progress | None
) -> list[Problem]:
    """Make the index say what the archive says; gives what is wrong with folders that cannot be listed.

    Much is read by one process at a time, for which the others wait. Raises TooMuch when more than `most` entries
    would have to be read, sqlite3.Error.
    """
    version = _version(index)
    work = _work(index, runs, most)
    if work.missing <= MUCH:
        _do(index, kept, work, progress)
        return work.problems
    before, count = rows_in(index), work.missing

    def wait() -> None:
        if progress is not None:
            progress(min(count, max(0, rows_in(index) - before)), count)

    with building(index_folder(runs), kept.name, wait):
        if _version(index) != version:  # Another one may have done it meanwhile.
            work = _work(index, runs, None)
        _do(index, kept, work, progress)
    return work.problems


def _version(index: sqlite3.Connection) -> int:
    """What changes whenever another one writes to the index."""
    return int(index.execute("PRAGMA data_version").fetchone()[0])


def _work(index: sqlite3.Connection, runs: Path, most: int | None) -> _Work:
    """Raises TooMuch, sqlite3.Error."""
    problems: list[Problem] = []
    there = months(runs, problems)
    known = {name: (stamp, settled) for name, stamp, settled in index.execute("SELECT * FROM months")}
    again = _repaired(index, runs)
    found: list[_Stale] = []
    count = 0
    for month in there:
        if known.get(month.name) == (month.stamp, 1) and month.name not in again:
            continue
        stale = _stale(index, month, problems)
        count += len(stale.changed)
        if most is not None and count > most:
            raise TooMuch
        if stale.changed or stale.gone or known.get(month.name) != (month.stamp, int(stale.settled)):
            found.append(stale)
    return _Work(found, known.keys() - {month.name for month in there}, count, problems)


def _do(index: sqlite3.Connection, kept: IndexedRows, work: _Work, progress: Progress | None) -> None:
    if work.left:
        with _writing(index):
            for name in work.left:
                index.execute("DELETE FROM months WHERE name = ?", (name,))
                for table in kept.tables:
                    index.execute(f"DELETE FROM {table} WHERE month = ?", (name,))  # noqa: S608
    done = 0

    def read(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, work.missing)

    for stale in work.stale:
        _write(index, kept, stale, read)


def _repaired(index: sqlite3.Connection, runs: Path) -> set[str]:
    """The months with an entry that could not be read, or was not yet whole, and has changed since."""
    found = index.execute("SELECT month, name, stamp FROM bad").fetchall()
    with folder_to_ask(runs) as within:
        return {
            month for month, name, stamp in found if not is_as_it_was(f"{month}/{os.fsdecode(name)}", stamp, within)
        }


def _stale(index: sqlite3.Connection, month: Month, problems: list[Problem]) -> _Stale:
    now = time.time()
    listed = entries(month.path, problems)
    asked = "SELECT name, stamp FROM runs WHERE month = ? UNION ALL SELECT name, stamp FROM bad WHERE month = ?"
    known = dict(index.execute(asked, (month.name, month.name)).fetchall())
    named = {os.fsencode(entry.path.name): entry for entry in listed}
    changed = [entry for name, entry in named.items() if known.get(name) != entry.stamp]
    settled = all(now - moment > SETTLED_S for moment in (month.changed, *(entry.changed for entry in listed)))
    return _Stale(month, changed, [name for name in known if name not in named], settled)


def _write(index: sqlite3.Connection, kept: IndexedRows, stale: _Stale, read: Callable[[int], None]) -> None:
    """Read what changed in a month and keep it; `read` is told how many entries are, each time."""
    month = stale.month.name
    for start in range(0, len(stale.changed), kept.together):
        some = stale.changed[start : start + kept.together]
        write = kept.read(some)
        with _writing(index):
            _forget(index, kept, month, [os.fsencode(entry.path.name) for entry in some])
            write(index)
        read(len(some))
    with _writing(index):
        _forget(index, kept, month, stale.gone)
        told = (month, stale.month.stamp, int(stale.settled))
        index.execute("INSERT OR REPLACE INTO months VALUES (?, ?, ?)", told)


def _read_runs(some: Sequence[ArchiveEntry]) -> RowsWriter:
    """Reads the runs of these entries, and which of them cannot be read."""
    # Imported here: most questions find nothing new, and reading needs much.
    from .index_rows import values_of
    from .scan import load, row_of

    good: list[tuple[object, ...]] = []
    bad: list[tuple[object, ...]] = []
    for entry in some:
        where = (entry.path.parent.name, os.fsencode(entry.path.name), entry.stamp, entry.latest)
        try:
            run = load(entry)
        except Problem as problem:
            inside = problem.where.removeprefix(str(entry.path))
            bad.append((*where, problem.what, inside, problem.todo, problem.code.value))
        else:
            if run is None:
                bad.append((*where, "", "", "", ""))
            else:
                good.append(values_of(entry.path, entry.stamp, row_of(run)))

    def write(index: sqlite3.Connection) -> None:
        index.executemany(f"INSERT INTO runs VALUES ({_marks(25)})", good)  # noqa: S608
        index.executemany(f"INSERT INTO bad VALUES ({_marks(8)})", bad)  # noqa: S608

    return write


RUN_ROWS = IndexedRows("runs", ("runs", "bad", "measures"), 250, _read_runs)


def _forget(index: sqlite3.Connection, kept: IndexedRows, month: str, names: Sequence[bytes]) -> None:
    for table in kept.tables:
        index.executemany(f"DELETE FROM {table} WHERE month = ? AND name = ?", [(month, name) for name in names])  # noqa: S608


def _marks(count: int) -> str:
    return ", ".join("?" * count)


@contextmanager
def _writing(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.rollback()
        raise
    index.execute("COMMIT")
