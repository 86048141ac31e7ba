"""The feed: it watches the files of a run and turns what changes into snapshots and batches of log lines.

One loop looks, wakened by the watcher, by a tick (a dead driver makes no file event) or by the screen itself. All
reading happens in a thread; what it finds is posted as one message each (DESIGN, SCREEN).
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from textual.message import Message

from loop_tui.model.problem import Problem
from loop_tui.storage.log.output import OUTPUT_NAME, read_raw, tail_offset
from loop_tui.storage.watch import watch
from loop_tui.tui.cockpit.messages import DriverFailed, LogArrived, SnapshotTaken

from .run_reader import RunReader
from .snapshot import Snapshot

TICK_S = 1.0
BATCH_S = 1 / 30
"""The shortest time between two batches of log lines."""

_FIRST_BYTES = 8 * 1024 * 1024
_BATCH_BYTES = 4 * 1024 * 1024


class Feed:
    """The news of one run. `post` is called in the event loop with each message."""

    def __init__(self, looker: RunReader, post: Callable[[Message], object]) -> None:
        self.looker = looker
        self._post = post
        self._wake = asyncio.Event()
        self._looked = asyncio.Event()
        self._stop = asyncio.Event()
        self._last: Snapshot | None = None
        self._log_path = looker.run_dir / OUTPUT_NAME
        self._log_offset = -1
        self._log_gone = False
        self._look_due = False
        self._log_due = True
        self._log_at = 0.0

    @property
    def log_path(self) -> Path:
        """The output log: that of the live run, or where it went with the archive."""
        ended = self._last.ended if self._last is not None else None
        if ended is None or not ended.archive or self._log_path.exists():
            return self._log_path
        return Path(ended.archive).with_suffix("") / OUTPUT_NAME

    def wake(self) -> None:
        """Look again now."""
        self._look_due = True
        self._wake.set()

    def stop(self) -> None:
        """End the feed."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Feed until stopped or cancelled."""
        await asyncio.to_thread(self.looker.open)
        await self._look()
        await self._read_log()
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(self._watch())
            ticker = group.create_task(self._tick())
            learner = group.create_task(self._learn())
            await self._serve()
            watcher.cancel()
            learner.cancel()
            ticker.cancel()

    async def _serve(self) -> None:
        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if self._stop.is_set():
                return
            if self._look_due:
                await self._look()
            if self._log_due:
                await self._read_log()

    async def _watch(self) -> None:
        state, run_dir = self.looker.state_path, self.looker.run_dir
        folders = (state.parent, run_dir)
        async with aclosing(watch(folders, self._stop)) as changes:  # type: ignore[type-var]
            async for changed in changes:
                if self._log_path in changed:
                    self._log_due = True
                    self._wake.set()
                if any(path == state or path.parent == run_dir for path in changed - {self._log_path}):
                    self.wake()

    async def _learn(self) -> None:
        """Once, in the background: how long things usually take is worth knowing, and worth no waiting."""
        with contextlib.suppress(Problem, OSError):
            await self._looked.wait()
            await asyncio.to_thread(self.looker.learn)
            self.wake()

    async def _tick(self) -> None:
        while not self._stop.is_set():
            await asyncio.sleep(TICK_S)
            self.wake()

    async def _look(self) -> None:
        self._look_due = False
        snapshot = await asyncio.to_thread(self.looker.look)
        self._looked.set()
        if self.looker.failed_start:
            self._post(DriverFailed(self.looker.failed_start))
            self.looker.failed_start = ""
        if snapshot != self._last:
            self._last = snapshot
            self._post(SnapshotTaken(snapshot))
            # The last lines may have gone to the archive before they were read here.
            self._log_due |= snapshot.ended is not None

    async def _read_log(self) -> None:
        """Post what the log has grown by, in batches at most 30 times a second."""
        while True:
            pause_s = self._log_at + BATCH_S - time.monotonic()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            self._log_due = False
            try:
                raw, anew, more = await asyncio.to_thread(self._more_log)
            except Problem:
                return
            self._log_at = time.monotonic()
            if raw:
                self._post(LogArrived(raw, anew, self._log_offset))
            if not more:
                return

    def _more_log(self) -> tuple[list[str], bool, bool]:
        path = self.log_path
        try:
            size = path.stat().st_size
        except OSError:
            # The lines of a finished run stay on the screen until the next run says something.
            self._log_gone = True
            return [], False, False
        first = self._log_offset < 0 or size < self._log_offset or (self._log_gone and path == self._log_path)
        if path == self._log_path:
            self._log_gone = False
        elif first:
            return [], False, False
        if first:
            self._log_offset = tail_offset(path, _FIRST_BYTES)
        raw, self._log_offset = read_raw(path, self._log_offset, _BATCH_BYTES)
        return raw, first, bool(raw) and self._log_offset < size


def tail_of(path: Path, most_bytes: int = 2000) -> str:
    """The last line of a text file that is not blank, raw; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - most_bytes))
            lines = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1] if lines else ""
