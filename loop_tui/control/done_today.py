"""The runs that ended today, from the archive, as rows for the board (SCREEN "Home")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.fs.homes import claude_home
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import words
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs

from .board_row import DONE, RunRow

if TYPE_CHECKING:
    from loop_tui.model.runs import RunSummary

MOST = 200


def done_today(now: datetime, roots: Iterable[Path]) -> tuple[RunRow, ...]:
    """A row for each run below some folders that was archived since midnight, where the person is.

    What cannot be read is left out, and so is a run whose archive does not say in which folder it was.
    """
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    named = {place for root in roots for place in (root, root.resolve())}
    runs = list_runs(claude_home(), Filters(since=midnight), None).runs
    return tuple(_row(run) for run in runs if _is_below(run, named))[:MOST]


def _is_below(run: ArchivedRun, roots: Iterable[Path]) -> bool:
    return bool(run.project) and any(Path(run.project).is_relative_to(root) for root in roots)


def _row(run: ArchivedRun) -> RunRow:
    path = Path(run.where)
    took = f", worked {words(run.working_ms)}" if run.working_ms else ""
    version = run.release if run.outcome is RunOutcome.SUCCESS else ""
    return RunRow(
        path=path,
        project=Path(run.project),
        loop=run.loop,
        name=one_line(run.system or path.stem, 60),
        run=run.run,
        status=run.outcome.value,
        group=DONE,
        word=DONE if run.outcome is RunOutcome.SUCCESS else word_of(run.outcome),
        headline=f"shipped {version}{took}" if version else f"{word_of(run.outcome)}{took}",
        updated_at=run.completed_at,
        archived=True,
    )


def summary_of(row: RunRow) -> RunSummary | None:
    """The archived run that a row stands for; None when it is not in the archive any more."""
    from loop_tui.storage.archive.query import read_run

    try:
        return read_run(str(row.path)).model_copy(update={"state": None})
    except Problem:
        return None
