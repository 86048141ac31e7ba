"""How a figure is taken and shown: rows, budgets, medians, and a world to measure in."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]

Sample = Callable[[], float]


class NotAvailable(Exception):
    """A row cannot be measured here; the text says why."""


@dataclass(frozen=True)
class Budget:
    """What a row has to keep: `limit` as the most (or the least) that the ratio, or our own figure, may be."""

    limit: float
    of: Literal["ratio", "ours"] = "ratio"
    sense: Literal["at most", "at least"] = "at most"

    def holds(self, ours: float, bare: float) -> bool:
        """True when the figures keep the budget."""
        figure = ours if self.of == "ours" else ours / bare
        return figure <= self.limit if self.sense == "at most" else figure >= self.limit

    def words(self, unit: str) -> str:
        """The budget as it is printed."""
        sign = "<=" if self.sense == "at most" else ">="
        return f"{sign} {self.limit:g}{'x' if self.of == 'ratio' else ' ' + unit}"


@dataclass(frozen=True)
class Row:
    """One figure of ours beside that of the bare tool, in the same unit. `note` says what the bare tool is."""

    name: str
    unit: str
    ours: float
    bare: float
    budget: Budget | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`pass`, `FAIL`, or empty for a row that has no budget."""
        if self.budget is None:
            return ""
        return "pass" if self.budget.holds(self.ours, self.bare) else "FAIL"


@dataclass(frozen=True)
class Setting:
    """Where and how thoroughly to measure. `env` is the environment of child processes, with a home of its own."""

    folder: Path
    quick: bool = False
    env: dict[str, str] = field(default_factory=dict)

    def times(self, full: int, quick: int) -> int:
        """How many samples to take."""
        return quick if self.quick else full

    def place(self, name: str) -> Path:
        """A new empty folder of that name."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place


@contextmanager
def setting(*, quick: bool) -> Iterator[Setting]:
    """A temporary folder on a disk (/tmp may be memory, where fsync costs nothing), removed at the end."""
    disk = Path("/var/tmp")
    folder = Path(tempfile.mkdtemp(prefix="loop-tui-bench-", dir=disk if disk.is_dir() else None))
    try:
        yield Setting(folder, quick, _environment(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n name = Bench\n email = bench@example.invalid\n", "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "XDG_", "LOOP_TUI_", "npm_config_"))}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        kept.pop(name, None)
    return kept | {
        "HOME": str(home),
        "LOOP_TUI_HOME": str(home / ".claude"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "NPM_CONFIG_CACHE": str(home / ".npm"),
        "NPM_CONFIG_OFFLINE": "true",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }


def ms_of(work: Callable[[], object]) -> float:
    """How many milliseconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def medians(samples: Sequence[Sample], times: int, *, warm: int = 1) -> list[float]:
    """The median of each kind of sample, taken in turns so that a busy moment hits them all, after `warm` rounds."""
    for _ in range(warm):
        for sample in samples:
            sample()
    taken = [[sample() for sample in samples] for _ in range(times)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def percentile(figures: Sequence[float], percent: float) -> float:
    """The figure that so many percent of them do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
