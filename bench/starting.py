"""Start: exec to the first full screen, and the `status` command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of
from bench.screen import Start, start_of

_OURS = (sys.executable, "-m", "loop_tui")
_BARE = (sys.executable, str(Path(__file__).with_name("bare_app.py")))


def first_paint(where: Setting) -> Iterator[Row]:
    """Budget: PERF "Start". It is for the first full screen; what is read after it has a row without one."""
    project = _project(where)
    starts: list[tuple[Start, Start]] = [
        (start_of([*_OURS, str(project)], project, where.env), start_of(_BARE, project, where.env))
        for _ in range(1 + where.times(9, 2))
    ][1:]
    note = "bare Textual app of four widgets"
    ours, bare = (median(start.painted for start in column) for column in zip(*starts, strict=True))
    yield Row("start to first full screen", "ms", ours, bare, Budget(1.15), note)
    ours, bare = (median(start.settled for start in column) for column in zip(*starts, strict=True))
    yield Row("start until all is read and shown", "ms", ours, bare, note=f"{note}, which reads nothing")


def status(where: Setting) -> Iterator[Row]:
    """Budget: PERF "Start"."""
    project = _project(where)

    def call() -> None:
        argv = [*_OURS, "status"]
        done = subprocess.run(argv, cwd=project, env=where.env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotAvailable((done.stderr.strip().splitlines() or ["status failed"])[-1])

    def run() -> float:
        return ms_of(call)

    ours, screen = medians(
        [run, lambda: start_of([*_OURS, str(project)], project, where.env).settled], where.times(7, 2)
    )
    yield Row("loop-tui status", "ms", ours, screen, Budget(0.25), "our own screen, until all is shown")


def _project(where: Setting) -> Path:
    from tests.own_sample import own_sample

    return own_sample(where.folder / "start").project
