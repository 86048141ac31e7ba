"""The screen opened again and again under a window that changes its size, and each ended by TERM.

`python -m tests.openings --times 2000` is the long form (part of `make soak`); the suite has a short one.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.soak import ROOT, ground, isolate
from tests.tui.terminal import Terminal

SIZES = ((80, 24), (100, 30), (120, 40), (200, 60), (60, 15), (40, 10), (119, 49), (120, 50))
TERMINALS = ("xterm-256color", "xterm-256color", "xterm-256color", "unknown", "linux", "xterm-kitty")
_MOST_RESIZES = 8
_OPENING_S = 1.5
_RESTING_S = 0.3
BUDGET_S = 2.0
"""How long the end may take after TERM (what `main` goes by; a test does not)."""


@dataclass(frozen=True)
class Opened:
    """One opening. `ended_s` is how long it took from TERM to the end."""

    ended_s: float
    code: int
    is_sane: bool
    painted: bool

    @property
    def problem(self) -> str:
        """What was wrong with it, or nothing."""
        if self.code not in (128 + signal.SIGTERM, -signal.SIGTERM):
            return f"ended with {self.code}"
        if not self.is_sane:
            return "the terminal was not left as it was found"
        return ""


def open_once(chance: random.Random, folder: Path, home: Path) -> Opened:
    """Open a screen, change the size at random instants while it comes up, send TERM at another, wait for the end."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": chance.choice(TERMINALS)}
    project = folder / chance.choice(("gate", "red", "stuck", "live", "."))
    columns, rows = chance.choice(SIZES)
    argv = [sys.executable, "-m", "loop_tui", *([] if project != folder / "." else ["watch"]), str(project)]
    terminal = Terminal(argv, columns=columns, rows=rows, cwd=home, env=env)
    began = time.monotonic()
    instants = sorted(chance.uniform(0.05, _OPENING_S) for _ in range(chance.randint(1, _MOST_RESIZES)))
    for instant in instants:
        _read_until(terminal, began + instant)
        for _ in range(chance.choice((1, 1, 2, 3))):
            terminal.resize(*chance.choice(SIZES))
    _read_until(terminal, began + chance.uniform(instants[-1], _OPENING_S + _RESTING_S))
    painted = b"\x1b[?1049h" in terminal.output
    told = time.monotonic()
    os.kill(terminal.process.pid, signal.SIGTERM)
    code = terminal.end()
    ended = time.monotonic() - told
    is_sane = terminal.is_sane
    terminal.close()
    return Opened(ended, code, is_sane or not painted, painted)


def _read_until(terminal: Terminal, instant: float) -> None:
    while (left := instant - time.monotonic()) > 0:
        terminal.read_some(min(left, 0.01))


def main() -> int:
    """Exit code 1 when one did not end as it should, or not in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.openings", description=__doc__)
    parser.add_argument("--times", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    wrong: list[str] = []
    found: list[Opened] = []
    with tempfile.TemporaryDirectory(prefix="loop-tui-openings-") as folder:
        isolate(Path(folder))
        runs = ground(Path(folder))
        for number in range(given.times):
            opened = open_once(chance, runs, Path(folder))
            found.append(opened)
            late = f"ended {opened.ended_s:.1f} s after TERM" if opened.ended_s > BUDGET_S else ""
            if problem := opened.problem or late:
                wrong.append(problem)
                print(f"opening {number}: {problem}", flush=True)
    longest = max(each.ended_s for each in found)
    painted = sum(each.painted for each in found)
    print(
        f"{given.times - len(wrong)} of {given.times} openings ended as they should ({painted} had painted); "
        f"the longest end took {longest:.2f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
