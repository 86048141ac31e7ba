"""Archived runs for other programs: JSON lines, CSV and Markdown."""

import csv
import io
from collections.abc import Iterator, Sequence

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line

FORMATS = ("json", "csv", "markdown")
_COLUMNS = (
    "completed_at", "system", "module", "loop", "outcome", "release", "duration_ms", "working_ms", "phases", "gates",
    "skills", "targets", "run", "project", "archive",
)  # fmt: skip
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t")


def csv_lines(runs: Sequence[ArchivedRun]) -> Iterator[str]:
    """A header and a line for each run; no cell is a formula."""
    yield _csv(_COLUMNS)
    for run in runs:
        yield _csv([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in _cells(run)])


def markdown_lines(runs: Sequence[ArchivedRun]) -> Iterator[str]:
    """A table; what means something in Markdown is shown as it is."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|{'---|' * len(_COLUMNS)}"
    for run in runs:
        yield f"| {' | '.join(_escaped(cell) for cell in _cells(run))} |"


def _cells(run: ArchivedRun) -> list[str]:
    told = (
        run.completed_at, run.system, run.module, run.loop, word_of(run.outcome), run.release, run.duration_ms,
        run.working_ms, run.phases_count, " ".join(run.gates), " ".join(run.skills), " ".join(run.targets), run.run,
        run.project, run.where,
    )  # fmt: skip
    return ["" if cell is None else one_line(str(cell)) for cell in told]


def _csv(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _escaped(cell: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in cell)
