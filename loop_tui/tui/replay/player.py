"""A run that is over, as a source of news: it shows the run as it was at one event after the other."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.tui.cockpit.messages import LogArrived, SnapshotTaken

if TYPE_CHECKING:
    from textual.message import Message

    from loop_tui.control.client import RunClient
    from loop_tui.control.playback import Playback, PlaybackStep
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.runs import RunSummary

MOST_LINES = 20_000
"""How many lines of the log are shown at one moment."""
REPLAYED = "replay"


class PastRun:
    """An archived run; nothing of it can be changed. `at` is the number of the event that is shown."""

    person: RunClient | None = None

    def __init__(self, run: RunSummary, project: Path) -> None:
        self.run_summary = run
        self.project = project
        self.past: Playback | None = None
        self.at = 0
        self._lines: list[str] = []
        self._times: list[int] = []
        self._post: Callable[[Message], object] = lambda message: None

    @property
    def log_path(self) -> Path | None:
        """None: what is searched is what had been said by then."""
        return None

    @property
    def archived(self) -> RunSummary | None:
        """The run."""
        return self.run_summary

    @property
    def step(self) -> PlaybackStep | None:
        """The event that is shown, and the state after it."""
        return self.past.steps[self.at] if self.past else None

    async def run(self, post: Callable[[Message], object]) -> None:
        """Read the archive, show the end, and wait to be told where to go. Raises Problem."""
        from loop_tui.control.playback import load_past

        self._post = post
        self.past = await asyncio.to_thread(load_past, self.run_summary, self.project)
        self._lines, self._times = await asyncio.to_thread(_log, self.past.log)
        self.go_to(len(self.past.steps) - 1)

    def started(self, pid: int) -> None:
        """Nothing is started here."""

    def seen(self) -> None:
        """Nothing goes away."""

    def show_ready(self, wanted: bool) -> None:
        """Nothing is started from here."""

    def refresh(self) -> None:
        """What is over changes no more."""

    def go_to(self, at: int) -> None:
        """Show the run as it was after an event."""
        if self.past is None:
            return
        self.at = max(0, min(at, len(self.past.steps) - 1))
        step = self.past.steps[self.at]
        self._post(SnapshotTaken(self._snapshot(self.past, step)))
        last = self.at == len(self.past.steps) - 1
        end = len(self._lines) if last or not step.at_ms else bisect_right(self._times, step.at_ms)
        self._post(LogArrived(self._lines[max(0, end - MOST_LINES) : end], anew=True))

    def wait_ms(self) -> int:
        """How long it took from the event that is shown to the next."""
        if self.past is None or self.at + 1 >= len(self.past.steps):
            return 0
        here, after = self.past.steps[self.at], self.past.steps[self.at + 1]
        return max(0, after.at_ms - here.at_ms) if here.at_ms and after.at_ms else 0

    def _snapshot(self, past: Playback, step: PlaybackStep) -> Snapshot:
        from loop_tui.control.snapshot import Running, Snapshot
        from loop_tui.engine.decide import decide
        from loop_tui.engine.progress import waiting_gate
        from loop_tui.model.events import Category
        from loop_tui.model.lease import LeaseRecord

        started = step.event.category is Category.SKILL and step.event.action == "started"
        running = None
        if started:
            running = Running(str(step.event.context.get("phase", "")), step.event.subject, step.event.timestamp)
        return Snapshot(
            project=self.project,
            loop=past.definition.id,
            opened=True,
            definition=past.definition,
            state=step.state,
            revision=str(self.at),
            # Somebody drove it then; who watches now is not asked for anything.
            lease=LeaseRecord(pid=0, host=REPLAYED, name=REPLAYED),
            action=decide(step.state, past.definition),
            gate=waiting_gate(step.state, past.definition),
            running=running,
        )


def _log(path: Path) -> tuple[list[str], list[int]]:
    """The raw lines of an output log and their times; a line without one has that of the line before."""
    from loop_tui.model.problem import Problem
    from loop_tui.storage.log.output_log import read_raw

    try:
        lines, _ = read_raw(path, 0)
    except Problem:
        return [], []
    times: list[int] = []
    for line in lines:
        number = line.partition("\t")[0]
        known = int(number) if number.isascii() and number.isdigit() and len(number) <= 15 else 0
        times.append(max(known, times[-1] if times else 0))
    return lines, times
