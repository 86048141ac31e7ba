"""An index of so many runs, without their files: what a large archive looks like on the screen, made in a second."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import stamp
from loop_tui.model.outcome import RunOutcome
from loop_tui.storage.archive.entries import months
from loop_tui.storage.archive.index_file import ask_index
from loop_tui.storage.archive.index_rows import RUN_INDEX, values_of
from loop_tui.storage.archive.named import runs_folder

from .many_runs import LAST

_LOOPS = ("distribution-loop", "engineering-loop", "infra-loop", "audit-loop")
_SYSTEMS = ("widget", "gadget", "hub", "kit", "site")
_OUTCOMES = (RunOutcome.SUCCESS, RunOutcome.SUCCESS, RunOutcome.FAILED, RunOutcome.SUCCESS, RunOutcome.ABANDONED)
_BETWEEN = timedelta(minutes=26)
_MINUTE_MS = 60_000


def write_index(home: Path, count: int) -> None:
    """Make the index of an archive below `home` that has only the folders of its months."""
    runs = runs_folder(home)
    rows = [*_rows(runs, count)]
    for month in {Path(run.path).parent for run in rows}:
        month.mkdir(parents=True)

    def question(index: sqlite3.Connection) -> bool:
        values = [values_of(Path(run.path), "", run) for run in rows]
        index.execute("BEGIN")
        index.executemany(f"INSERT INTO runs VALUES ({', '.join('?' * len(values[0]))})", values)
        told = [(month.name, month.stamp, 1) for month in months(runs, [])]
        index.executemany("INSERT INTO months VALUES (?, ?, ?)", told)
        index.execute("COMMIT")
        return True

    assert ask_index(runs, RUN_INDEX, question), os.environ.get("XDG_CACHE_HOME")


def _rows(runs: Path, count: int) -> Iterator[ArchivedRun]:
    for number in range(count):
        ended = LAST - number * _BETWEEN
        loop, system = _LOOPS[number % len(_LOOPS)], _SYSTEMS[number % len(_SYSTEMS)]
        took_ms = (3 + number * 7 % 40) * _MINUTE_MS
        yield ArchivedRun(
            path=f"{runs}/{ended:%Y-%m}/{system}-{loop}-{ended:%dT%H-%M-%S}.json",
            folder="",
            project=f"/srv/{system}",
            run=f"{number:08x}",
            loop=loop,
            system=system,
            module=None,
            version="1.0.0",
            release=f"1.{number // 100}.{number % 100}" if loop == "distribution-loop" else "",
            started_at=stamp(ended - timedelta(milliseconds=took_ms)),
            completed_at=stamp(ended),
            duration_ms=took_ms,
            working_ms=took_ms,
            outcome=_OUTCOMES[number // len(_SYSTEMS) % len(_OUTCOMES)],
            phases_count=4,
            gates_count=2,
            durations={"build": took_ms // 3, "verify": took_ms // 2},
            gates=("readiness-gate:passed",),
            skills=("build", "verify"),
            targets=(),
        )
