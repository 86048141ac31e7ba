"""Start: exec to the first full screen, and the `status` command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of
from bench.screen import ms_to_first_paint

_OURS = (sys.executable, "-m", "loop_tui")
_BARE = (sys.executable, str(Path(__file__).with_name("bare_app.py")))


def first_paint(where: Setting) -> Iterator[Row]:
    """Budget: PERF "Start"."""
    project = _project(where)
    ours, bare = medians(
        [
            lambda: ms_to_first_paint([*_OURS, str(project)], project, where.env),
            lambda: ms_to_first_paint(_BARE, project, where.env),
        ],
        where.times(9, 2),
    )
    yield Row("start to first full screen", "ms", ours, bare, Budget(1.15), "bare Textual app of four widgets")


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
        [run, lambda: ms_to_first_paint([*_OURS, str(project)], project, where.env)], where.times(7, 2)
    )
    yield Row("loop-tui status", "ms", ours, screen, Budget(0.25), "our own screen's start")


def _project(where: Setting) -> Path:
    from loop_tui.sample import make_sample

    return make_sample(where.folder / "start", say=lambda _: None).project
