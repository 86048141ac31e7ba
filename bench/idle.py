"""What a screen costs that waits while nothing happens: processor time of its process, all threads (SCREEN "Words")."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.lines import settle
from bench.measure import Budget, Row, Setting
from bench.saving import write_state
from bench.screen import Terminal, terminal

_MOST = 0.5


def idle(where: Setting) -> Iterator[Row]:
    """The cockpit of a run that waits for somebody, and the list of runs.."""
    project = where.place("idle")
    write_state(project, 20_000)
    for name, argv in (("cockpit", [str(project)]), ("list of runs", ["watch", str(project)])):
        cost = _cost(where, project, argv)
        yield Row(f"waiting {name}: processor", "%", cost, _MOST, Budget(_MOST, "ours"), "the budget; of one core")


def _cost(where: Setting, project: Path, argv: list[str]) -> float:
    with terminal([sys.executable, "-m", "loop_tui", *argv], project, where.env) as screen:
        settle(screen)
        _read_for(screen, 4)  # What is read in the background after the opening is no part of it.
        process, seconds = psutil.Process(screen.pid), where.times(30, 2)
        before = process.cpu_times()
        _read_for(screen, seconds)
        after = process.cpu_times()
    return 100 * (after.user + after.system - before.user - before.system) / seconds


def _read_for(screen: Terminal, seconds: int) -> None:
    """Take what it paints, a tenth of a second at a time."""
    for _ in range(seconds * 10):
        end = time.monotonic() + 0.1
        while (left := end - time.monotonic()) > 0:
            screen.read(left)
