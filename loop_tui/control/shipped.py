"""What a run that is over shipped: which version of what, when, where it is, and how long it worked.

Read from what the summary of an archive says for everybody (`release` and `targets`, docs/shipping.md); whatever has
another shape, as others may write it, counts as not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from loop_tui.model.clock import parse_stamp
from loop_tui.model.runs import RunOutcome, RunSummary
from loop_tui.model.text import one_line
from loop_tui.storage.archive.query import read_runs
from loop_tui.storage.archive.told import Reached as Reached
from loop_tui.storage.archive.told import release_in, released_in, targets_in


class Shipped(NamedTuple):
    """A run that is over. `version` is empty where it released nothing; `at` is a timestamp."""

    name: str
    loop: str = ""
    version: str = ""
    before: str = ""
    tag: str = ""
    commit: str = ""
    at: str = ""
    outcome: str = ""
    working_ms: int | None = None
    waiting_ms: int | None = None
    places: tuple[Reached, ...] = ()
    archive: str = ""
    stood: bool = False
    """True where nothing was new: what is out stood before the run."""

    @property
    def what(self) -> str:
        """The package and its version, else the loop."""
        return f"{self.name} {self.version}" if self.version else self.loop or self.name

    @property
    def is_new(self) -> bool:
        """True where it released another version than there was before, or made the tag of one."""
        return bool(self.version) and not self.stood and (self.version != self.before or bool(self.tag))

    @property
    def headline(self) -> str:
        """In a few words. Without a new version there is no release: what is out is what was out."""
        if self.stood:
            return f"nothing was released: {self.what} is out, unchanged"
        return f"shipped {self.what}" if self.is_new else f"{self.what} is out, unchanged"

    @property
    def when(self) -> str:
        """When it was over, on this clock; empty when nobody knows."""
        moment = parse_stamp(self.at)
        return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment is not None else ""


def shipped_in(run: RunSummary) -> Shipped:
    """What an archived run shipped."""
    release, waiting = release_of(run), None
    if run.duration_ms is not None and run.working_ms is not None:
        waiting = max(run.duration_ms - run.working_ms, 0)
    return Shipped(
        name=one_line(run.system, 60),
        loop=one_line(run.loop, 60),
        version=release.get("to", ""),
        before=release.get("from", ""),
        tag=release.get("tag", ""),
        commit=release.get("commit", ""),
        at=run.completed_at,
        outcome=run.outcome.value,
        working_ms=run.working_ms,
        waiting_ms=waiting,
        places=targets_in(run.told),
        archive=run.path or run.folder,
        stood=release.get("new") == "no",
    )


def release_of(run: RunSummary) -> dict[str, str]:
    """`from`, `to`, `commit` and `tag` of what an archived run released; empty when it released nothing."""
    return release_in(run.told)


def last_shipped(runs: Sequence[RunSummary]) -> Shipped | None:
    """Of runs, newest first, the last that released something; without one the last that went well; else None."""
    good = [run for run in runs if run.outcome is RunOutcome.SUCCESS]
    found = next((run for run in good if released_in(run.told)), next(iter(good), None))
    return shipped_in(found) if found is not None else None


def runs_here(home: Path, loop: str, project: str, most: int = 10) -> Sequence[RunSummary]:
    """The last runs of a loop in a project that goes by that name, newest first."""
    return read_runs(home, loop=loop, system=project, limit=most)[0]


def last_here(home: Path, loop: str, project: Path) -> Shipped | None:
    """What was shipped last from that very folder (see `last_shipped`)."""
    return last_shipped(of_folder(runs_here(home, loop, one_line(project.resolve().name)), project))


def of_folder(runs: Sequence[RunSummary], project: Path) -> list[RunSummary]:
    """The runs that were in that folder, with those of archives that do not say where they were."""
    names = ("", str(project.absolute()), str(project.resolve()))
    return [run for run in runs if run.project in names]
