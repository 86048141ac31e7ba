"""What the index keeps of each run, and a filter as a question to it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .filters import WantedRuns, ended_at, searched
from .index_file import IndexKind
from .named import safe_name

RUN_INDEX = IndexKind(
    "runs",
    3,
    """
CREATE TABLE months (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
  month TEXT NOT NULL, name BLOB NOT NULL, stamp TEXT NOT NULL, is_folder INTEGER NOT NULL,
  has_folder INTEGER NOT NULL, ended REAL NOT NULL, project TEXT NOT NULL, run TEXT NOT NULL, loop TEXT NOT NULL,
  system TEXT NOT NULL, module TEXT, version TEXT NOT NULL, release TEXT NOT NULL, started_at TEXT NOT NULL,
  completed_at TEXT NOT NULL, duration_ms INTEGER, working_ms INTEGER, outcome TEXT NOT NULL,
  phases_count INTEGER NOT NULL, gates_count INTEGER NOT NULL, durations BLOB NOT NULL, gates TEXT NOT NULL,
  skills TEXT NOT NULL, targets TEXT NOT NULL, searched TEXT NOT NULL, PRIMARY KEY (month, name)
);
CREATE INDEX by_end ON runs (ended, month, name, searched);
CREATE INDEX by_system ON runs (system, ended, month, name);
CREATE INDEX by_loop ON runs (loop, ended, month, name);
CREATE INDEX by_both ON runs (system, loop, ended, month, name);
CREATE INDEX by_run ON runs (run);
CREATE INDEX by_name ON runs (name);
CREATE TABLE bad (
  month TEXT NOT NULL, name BLOB NOT NULL, stamp TEXT NOT NULL, latest REAL NOT NULL, what TEXT NOT NULL,
  inside TEXT NOT NULL, todo TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (month, name)
);
CREATE TABLE measures (
  month TEXT NOT NULL, name BLOB NOT NULL, stamp TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (month, name)
);
""",
)
"""`bad` are the entries that cannot be read, and without a `what` those that are still being archived. `measures` are
added when statistics ask for them, and hold for the run as it was stamped then."""
_COLUMNS = (
    "month, name, is_folder, has_folder, project, run, loop, system, module, version, release, started_at, "
    "completed_at, duration_ms, working_ms, outcome, phases_count, gates_count, durations, gates, skills, targets"
)
_NEWEST = "ORDER BY ended DESC, month DESC, name DESC LIMIT ?"
_BETWEEN = "\x1f"
"""No name holds it: a control character, and names are cleaned."""
_LAST = "\U0010ffff"


def values_of(path: Path, stamp: str, run: ArchivedRun) -> tuple[object, ...]:
    """A row of `runs`."""
    return (
        path.parent.name,
        os.fsencode(path.name),
        stamp,
        not run.path,
        bool(run.folder),
        ended_at(run.completed_at),
        run.project,
        run.run,
        run.loop,
        run.system,
        run.module,
        run.version,
        run.release,
        run.started_at,
        run.completed_at,
        run.duration_ms,
        run.working_ms,
        run.outcome.value,
        run.phases_count,
        run.gates_count,
        msgspec.json.encode(run.durations),
        *(_joined(names) for names in (run.gates, run.skills, run.targets)),
        searched(run),
    )


def rows_of(index: sqlite3.Connection, runs: Path, wanted: WantedRuns, limit: int | None) -> list[ArchivedRun]:
    """The newest runs that are wanted. Raises sqlite3.Error, and ValueError for a row that is none."""
    where, values = _where(wanted)
    return _rows(index, runs, f"{where} {_NEWEST}", [*values, -1 if limit is None else limit])


def newest_in_groups(
    index: sqlite3.Connection, runs: Path, wanted: WantedRuns, each: int, most: int
) -> Iterator[list[ArchivedRun]]:
    """The newest runs of each loop on each system, at most so many of `most` groups. Raises as `rows_of`."""
    where, values = _where(wanted)
    asked = f"SELECT system, loop FROM runs {where} GROUP BY system, loop ORDER BY max(ended) DESC LIMIT ?"  # noqa: S608
    more = f"{where} AND" if where else "WHERE"
    for system, loop in index.execute(asked, [*values, most]).fetchall():
        yield _rows(index, runs, f"{more} system = ? AND loop = ? {_NEWEST}", [*values, system, loop, each])


def measures_at(
    index: sqlite3.Connection, places: Iterable[tuple[str, bytes]]
) -> Iterator[tuple[tuple[str, bytes], bytes]]:
    """What is kept of the runs at these places (month and name). Raises sqlite3.Error."""
    asked = "SELECT facts FROM measures JOIN runs USING (month, name, stamp) WHERE month = ? AND name = ?"
    for place in places:
        for (told,) in index.execute(asked, place):
            yield place, told


def keep_measures_in(index: sqlite3.Connection, told: Iterable[tuple[str, bytes, bytes]]) -> None:
    """Keep what these runs (month and name) tell. Raises sqlite3.Error."""
    index.execute("BEGIN IMMEDIATE")
    kept = "INSERT OR REPLACE INTO measures SELECT month, name, stamp, ? FROM runs WHERE month = ? AND name = ?"
    index.executemany(kept, ((each, month, name) for month, name, each in told))
    index.execute("COMMIT")


def runs_called(index: sqlite3.Connection, runs: Path, name: str) -> list[ArchivedRun]:
    """The runs whose id begins so, or whose file or folder has that name, newest first. Raises as `rows_of`."""
    names = [os.fsencode(name), os.fsencode(f"{name}.json")]
    where = "WHERE (run >= ? AND run < ?) OR name IN (?, ?)"
    return _rows(index, runs, f"{where} {_NEWEST}", [name, name + _LAST, *names, -1])


def runs_at(index: sqlite3.Connection, runs: Path, places: Iterable[tuple[str, bytes]]) -> list[ArchivedRun]:
    """The runs at these places (month and name), in no order. Raises as `rows_of`."""
    return [run for each in places for run in _rows(index, runs, "WHERE month = ? AND name = ?", each)]


def count_in(index: sqlite3.Connection, wanted: WantedRuns) -> int:
    """How many runs are wanted. Raises sqlite3.Error."""
    where, values = _where(wanted)
    return int(index.execute(f"SELECT count(*) FROM runs {where}", values).fetchone()[0])  # noqa: S608


def problems_in(index: sqlite3.Connection, runs: Path, since: float) -> Iterator[Problem]:
    """What is wrong with each bad entry whose run may have ended since then, the newest first."""
    asked = (
        "SELECT month, name, what, inside, todo, code FROM bad WHERE what != '' AND latest >= ? ORDER BY latest DESC"
    )
    for month, name, what, inside, todo, code in index.execute(asked, (since,)):
        yield Problem(what, f"{runs / month / os.fsdecode(name)}{inside}", todo, code=Code(code))


def _rows(index: sqlite3.Connection, runs: Path, rest: str, values: Sequence[object]) -> list[ArchivedRun]:
    return [_row(runs, row) for row in index.execute(f"SELECT {_COLUMNS} FROM runs {rest}", values)]  # noqa: S608


def _row(runs: Path, row: Sequence[Any]) -> ArchivedRun:
    month, encoded, is_folder, has_folder, *texts, outcome, phases, gates, durations, decided, skills, targets = row
    project, run, loop, system, module, version, release, started_at, completed_at, duration_ms, working_ms = texts
    name = os.fsdecode(encoded)
    path = f"{runs}/{month}/{name}"
    return ArchivedRun(
        path="" if is_folder else path,
        folder=(path if is_folder else path.removesuffix(".json")) if has_folder else "",
        project=project,
        run=run,
        loop=loop,
        system=system,
        module=module,
        version=version,
        release=release,
        started_at=started_at,
        completed_at=completed_at,
        duration_ms=duration_ms,
        working_ms=working_ms,
        outcome=RunOutcome(outcome),
        phases_count=phases,
        gates_count=gates,
        durations=msgspec.json.decode(durations, type=dict[str, int]),
        gates=_split(decided),
        skills=_split(skills),
        targets=_split(targets),
    )


def _where(wanted: WantedRuns) -> tuple[str, list[object]]:
    clauses, values = _conditions(wanted)
    return f"WHERE {' AND '.join(clauses)}" if clauses else "", values


def _conditions(wanted: WantedRuns) -> tuple[list[str], list[object]]:
    clauses: list[str] = []
    values: list[object] = []

    def add(clause: str, *told: object) -> None:
        clauses.append(clause)
        values.extend(told)

    if wanted.system is not None and safe_name(wanted.system) != wanted.system:
        add("(system = ? OR (system = ? AND is_folder))", wanted.system, safe_name(wanted.system))
    elif wanted.system is not None:
        add("system = ?", wanted.system)
    for column, value in (("loop", wanted.loop), ("module", wanted.module), ("release", wanted.version)):
        if value is not None:
            add(f"{column} = ?", value)
    if wanted.outcome is not None:
        add("outcome = ?", wanted.outcome.value)
    if wanted.since is not None:
        add("ended >= ?", wanted.since)
    if wanted.until is not None:
        add("ended <= ?", wanted.until)
    if wanted.gates:
        has = " OR ".join("instr(gates, ?)" for _ in wanted.gates)
        add(f"({has})", *(_joined([gate]) for gate in wanted.gates))
    for column, value in (("skills", wanted.skill), ("targets", wanted.target)):
        if value is not None:
            add(f"instr({column}, ?)", _joined([value]))
    for word in wanted.words:
        add("instr(searched, ?)", word)
    return clauses, values


def _joined(names: Sequence[str]) -> str:
    return f"{_BETWEEN}{_BETWEEN.join(names)}{_BETWEEN}" if names else ""


def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined[1:-1].split(_BETWEEN)) if joined else ()
