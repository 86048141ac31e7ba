"""The runs that ended today, from the archive, as rows for the board (SCREEN "Home")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from loop_tui.fs.homes import claude_home
from loop_tui.model.clock import words
from loop_tui.model.runs import RunOutcome, RunSummary
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line
from loop_tui.storage.archive.query import KnownRuns, read_runs

from .board_row import DONE, RunRow
from .shipped import release_of

MOST = 200


def done_today(now: datetime, roots: Iterable[Path], known: KnownRuns | None = None) -> tuple[RunRow, ...]:
    """A row for each run below some folders that was archived since midnight, where the person is.

    What cannot be read is left out, and so is a run whose archive does not say in which folder it was. `known` keeps
    what was read, for the next time: a thousand runs of one day take half a second to read.
    """
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    named = {place for root in roots for place in (root, root.resolve())}
    runs = read_runs(claude_home(), since=midnight, limit=None, known=known)[0]
    return tuple(_row(run) for run in runs if _is_below(run, named))[:MOST]


def _is_below(run: RunSummary, roots: Iterable[Path]) -> bool:
    return bool(run.project) and any(Path(run.project).is_relative_to(root) for root in roots)


def _row(run: RunSummary) -> RunRow:
    path = Path(run.path or run.folder)
    took = f", worked {words(run.working_ms)}" if run.working_ms else ""
    version = release_of(run).get("to", "") if run.outcome is RunOutcome.SUCCESS else ""
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
    for system in (row.name, None):
        # By its name first: then all others are passed over unread.
        runs, _ = read_runs(claude_home(), system=system, since=row.updated_at or None, limit=None)
        if (found := next((run for run in runs if (run.path or run.folder) == str(row.path)), None)) is not None:
            return found
    return None
