"""Projects below some folders that have no run: a person who watches many may start one there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from pathlib import Path

from loop_tui.fs.present import is_there
from loop_tui.model.text import one_line
from loop_tui.storage.discover import DEPTH, MOST_FOLDERS, walk

from .board_row import WITHOUT, RunRow
from .folder import loop_of

_SIGNS = (".git", ".loops", "package.json", "pyproject.toml", "Cargo.toml", "go.mod")
"""What shows that a folder is somebody's project."""
MOST = 500


def without_run(roots: Iterable[Path], depth: int | None, taken: Collection[Path]) -> tuple[RunRow, ...]:
    """A row for each project without a state file, the nearest first; nothing is looked for inside a project.

    `taken` are the folders that have a run. What cannot be read is left out. Blocking.
    """
    named = tuple(root.absolute() for root in roots)
    projects: set[Path] = set(taken)
    rows: list[RunRow] = []
    for folder, files, _ in islice(walk(named, DEPTH if depth is None else depth), MOST_FOLDERS):
        if files or projects.intersection((folder, *folder.parents)):
            if files:
                projects.add(folder)
            continue
        if any(is_there(folder / sign) for sign in _SIGNS):
            projects.add(folder)
            rows.append(_row(folder))
            if len(rows) == MOST:
                break
    return tuple(rows)


def _row(folder: Path) -> RunRow:
    return RunRow(
        path=folder,
        project=folder,
        name=one_line(folder.name, 60),
        loop=loop_of(folder),
        group=WITHOUT,
        word=WITHOUT,
        headline="no run yet",
        opens=True,
    )
