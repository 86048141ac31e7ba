"""Asking an archive of 100,000 runs: the last ten of a system, as the index answers and as a scan of the files does."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING
from unittest.mock import patch

from bench.lines import moment_of, settle
from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of, percentile
from bench.screen import terminal

if TYPE_CHECKING:
    from loop_tui.storage.archive.filters import Filters

_OURS = (sys.executable, "-m", "loop_tui")
_COUNT, _QUICK, _BAD = 100_000, 3_000, 100
_SHARE = 1 / 20
_START = 1.3
_FEW = 100
_KEY_MS = 100.0
_NOWHERE = "ж"
"""No run is called so."""


def archive(where: Setting) -> Iterator[Row]:
    """Budgets: PERF "Archive". The scan of the files stands for the service of the seed, which lists all, too."""
    from loop_tui.storage.archive.filters import Filters, read_filters
    from loop_tui.storage.archive.listing import list_runs
    from loop_tui.storage.archive.scan import scan
    from tests.many_runs import RARE, write_runs

    count = _QUICK if where.quick else _COUNT
    home = where.place("archive")
    write_runs(home, count, _BAD)
    cache = where.place("archive-cache")
    times = where.times(3, 1)
    with patch.dict(os.environ, {"XDG_CACHE_HOME": str(cache)}):
        build = ms_of(lambda: list_runs(home, most=None))
        bare = ms_of(lambda: scan(home / "runs", read_filters(Filters()), None))
        yield Row(f"archive of {count:,} runs: first index", "ms", build, bare, None, "reading all files once")
        for name, system in (("a common", "widget"), ("a rare", RARE)):
            filters = Filters(system=system)
            found, (scanned, _) = list_runs(home, filters), scan(home / "runs", read_filters(filters), 10)
            if [run.where for run in found.runs] != [run.path or run.folder for run in scanned]:
                raise NotAvailable("the index and the files give different answers")
            ask = partial(list_runs, home, filters)
            files = partial(scan, home / "runs", read_filters(filters), 10)
            (bare,) = medians([partial(ms_of, files)], times, warm=0)
            (ours,) = medians([partial(ms_of, ask)], where.times(50, 5))
            note = "a scan of the files"
            yield Row(f"last ten of {name} system", "ms", ours, bare, Budget(_SHARE), note)
            (asked,) = medians([_itself(home, filters)], where.times(50, 5))
            yield Row(f"last ten of {name} system, the query itself", "ms", asked, bare, Budget(_SHARE), note)
            (cold,) = medians([partial(_cold, cache, ask)], where.times(9, 2))
            yield Row(f"last ten of {name} system, index not in memory", "ms", cold, bare, Budget(_SHARE), note)
    yield _command(where, home, cache)
    few = where.place("archive-few")
    write_runs(few, _FEW)
    keys, bare_keys = (
        _ms_of_keys(where, *each, where.times(40, 5))
        for each in ((home, cache), (few, where.place("archive-few-cache")))
    )
    note = f"the same with {_FEW} runs; worst {max(keys):.0f}"
    name = f"key in the filter to its rows, {count:,} runs, p50"
    yield Row(name, "ms", percentile(keys, 50), percentile(bare_keys, 50), Budget(_KEY_MS, "ours"), note)


def _itself(home: Path, filters: "Filters") -> Callable[[], float]:
    """Measures the question to an index that is open and up to date, as the screen asks it."""
    from loop_tui.storage.archive.filters import read_filters
    from loop_tui.storage.archive.index_file import ask_index
    from loop_tui.storage.archive.index_rows import RUN_INDEX, rows_of

    wanted, runs = read_filters(filters), home / "runs"

    def asked(index: sqlite3.Connection) -> float:
        rows_of(index, runs, wanted, 10)
        return ms_of(lambda: rows_of(index, runs, wanted, 10))

    return lambda: ask_index(runs, RUN_INDEX, asked) or 0.0


def _ms_of_keys(where: Setting, home: Path, cache: Path, times: int) -> list[float]:
    """From a key in the filter of the history to the rows that it leaves."""
    env = where.env | {"LOOP_TUI_HOME": str(home), "XDG_CACHE_HOME": str(cache)}
    took = []
    with terminal([*_OURS, "history"], where.folder, env) as screen:
        settle(screen)
        for key in "/widget":
            screen.type(key)
            settle(screen)
        for _ in range(times):
            screen.type(_NOWHERE)
            settle(screen)
            start = perf_counter()
            screen.type("\x7f")
            took.append((moment_of(screen, "2026-0", start) - start) * 1000)
    return took


def _command(where: Setting, home: Path, cache: Path) -> Row:
    env = where.env | {"LOOP_TUI_HOME": str(home), "XDG_CACHE_HOME": str(cache)}

    def call(*words: str) -> float:
        argv = [*_OURS, *words]
        done = partial(subprocess.run, argv, cwd=where.folder, env=env, capture_output=True, text=True, check=True)
        return ms_of(done)

    ours, bare = medians([partial(call, "runs"), partial(call, "--version")], where.times(9, 2))
    return Row("loop-tui runs, the last ten of them", "ms", ours, bare, Budget(_START), "loop-tui --version")


def _cold(cache: Path, ask: Callable[[], object]) -> float:
    """How many milliseconds a question takes after the system forgot what it kept of the index in memory."""
    for file in cache.rglob("*.sqlite"):
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
    return ms_of(ask)
