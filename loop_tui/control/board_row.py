"""One run on the board of many, and the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

NEEDS_YOU, FAILED, BLOCKED, RUNNING = "needs you", "failed", "blocked", "running"
ELSEWHERE, STOPPED, QUIET, DONE = "working elsewhere", "stopped", "quiet", "done today"
WITHOUT = "without a run"
GROUPS = (NEEDS_YOU, FAILED, BLOCKED, RUNNING, ELSEWHERE, STOPPED, QUIET, DONE, WITHOUT)
"""The order on the board (SCREEN "Home"). A row of a quiet run says since when it is."""
CALLS = (NEEDS_YOU, FAILED, BLOCKED)
"""The groups that a person is called for."""


class RunRow(Struct, frozen=True):
    """What a state file says, in words that fit a row.

    `place` is the number of the current phase of `phases`, or 0; `opens` is True when the cockpit can show the run,
    because its file lies where loop-tui keeps it and may be written; `trouble` is why the file cannot be read;
    `archived` marks a run that is over, whose `path` is that of its archive. `word` is the group, for a quiet run
    with since when it is, and how a run ended that was not done; `by` is who claimed it, or a part of it; `ours` is
    False for a run that somebody else drives; `asks` marks one with a gate or a question that may be answered from
    here.
    """

    path: Path
    project: Path
    name: str
    loop: str = ""
    run: str = ""
    phase: str = ""
    place: int = 0
    phases: int = 0
    status: str = ""
    group: str = STOPPED
    word: str = ""
    by: str = ""
    ours: bool = True
    headline: str = ""
    driven: bool = False
    dialect: str = ""
    started_at: str = ""
    updated_at: str = ""
    opens: bool = False
    trouble: str = ""
    archived: bool = False
    asks: bool = False

    @property
    def foreign(self) -> bool:
        """True for a run of another program, whose file is only read."""
        return self.dialect == "execution"

    def holds(self, words: Iterable[str]) -> bool:
        """True when every word occurs in what the row shows, or in its folder."""
        text = f"{self.name} {self.loop} {self.phase} {self.group} {self.by} {self.headline} {self.project}".casefold()
        return all(word in text for word in words)


def ordered(rows: Iterable[RunRow], wanted: str = "") -> list[RunRow]:
    """The rows that hold every word of `wanted`: by group, within it the longest unchanged last, then by place."""
    words = wanted.casefold().split()
    chosen = sorted((row for row in rows if row.holds(words)), key=lambda row: str(row.path))
    chosen.sort(key=lambda row: row.updated_at, reverse=True)
    return sorted(chosen, key=lambda row: GROUPS.index(row.group))


def gone_from(before: Iterable[RunRow], now: Iterable[RunRow]) -> list[RunRow]:
    """The runs whose file was there before, and which are neither there now nor among those that ended today."""
    listed = tuple(now)
    there, ended = {row.path for row in listed}, {(row.run, row.name) for row in listed if row.archived}
    return [
        row
        for row in before
        if row.opens and not row.archived and row.path not in there and (row.run, row.name) not in ended
    ]
