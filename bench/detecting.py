"""Detection of what a project is made of, in a project of 100,000 files."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians
from bench.planning import processor_ms

_FOLDERS, _EACH = 100, 1_000
_SOURCE = "import os\nVALUE = os.environ.get('SOME_NAME')\n" + "def f():\n    return 1\n" * 60
_BUDGET_MS = 2_000.0


def detect(where: Setting) -> Iterator[Row]:
    """The processor time of `infra detect`, beside listing the same files. Budget: 2 s, that of the whole command."""
    folder = _project(where)
    ours = (sys.executable, "-m", "loop_tui", "infra", "detect", "--json", str(folder))
    times = where.times(5, 1)
    figures = medians([partial(_detected, where, folder, ours), partial(_listed, where, folder)], times)
    budget = Budget(_BUDGET_MS, of="ours")
    yield Row(f"detect in {_FOLDERS * _EACH:,} files: processor", "ms", figures[0], figures[1], budget, "find")


def _project(where: Setting) -> Path:
    folder = where.place("detect")
    (folder / "requirements.txt").write_text("flask\n", "utf-8")
    for number in range(_FOLDERS):
        inner = folder / f"src/m{number}"
        inner.mkdir(parents=True)
        first = inner / "f.py"
        first.write_text(_SOURCE, "utf-8")
        for copy in range(1, _EACH):
            (inner / f"f{copy}.py").hardlink_to(first)
    return folder


def _detected(where: Setting, folder: Path, argv: tuple[str, ...]) -> float:
    said, ms = processor_ms(where, folder, argv)
    if "SOME_NAME" not in said:
        raise NotAvailable(f"nothing was detected: {(said.strip().splitlines() or ['no output'])[-1]}")
    return ms


def _listed(where: Setting, folder: Path) -> float:
    return processor_ms(where, folder, ("find", ".", "-type", "f", "-name", "*.py"))[1]
