"""The feed: it watches the files of a run and turns what changes into snapshots and batches of log lines.

One loop looks, wakened by the watcher, by a tick (a dead driver makes no file event) or by the screen itself. All
reading happens in a thread; a listener hears of what it finds, one call each (DESIGN, SCREEN).
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from loop_tui.model.problem import Problem
from loop_tui.storage.log.output_log import OUTPUT_NAME, read_raw, tail_offset
from loop_tui.storage.watch import watch

from .attention import AttentionKind
from .ready import DeepTree, ReadyLines, ReadySource, ground_of
from .run_reader import RunReader
from .snapshot import Snapshot

TICK_S, QUIET_TICK_S = 1.0, 3.0
"""How often somebody looks though nobody wrote: less often where nothing is on its way (see `RunReader.waits`)."""
PANEL_S = 2.0
"""The shortest time between two times that packs are asked."""
BATCH_S = 1 / 30
"""The shortest time between two batches of log lines."""

_FIRST_BYTES = 8 * 1024 * 1024
_BATCH_BYTES = 4 * 1024 * 1024


PanelSource = Callable[[], Awaitable[tuple[str, ...]]]
"""Asks packs what they have to say of the run. Raises Problem."""


class FeedListener(Protocol):
    """Whoever shows a run."""

    def snapshot(self, snapshot: Snapshot) -> None:
        """The run looks different now."""

    def log(self, raw: Sequence[str], *, anew: bool, end: int) -> None:
        """Raw lines of the output log, in one batch; `anew` when they replace what was shown before.

        `end` is the place in the file after the last of them, in bytes.
        """

    def told(self, text: str) -> None:
        """Something happened that no snapshot shows: an answer was overwritten, and is written again."""

    def driver_failed(self, reason: str) -> None:
        """A driver that was started from here ended before it took the run."""


class Feed:
    """The news of one run; `listener` hears of them in the event loop."""

    def __init__(
        self,
        looker: RunReader,
        listener: FeedListener,
        panel: PanelSource | None = None,
        ready: ReadySource | None = None,
        *,
        log: bool = True,
    ) -> None:
        self._tells_log = log
        self.looker = looker
        self._ready = ReadyLines(ready, self.wake, looker.now)
        self._tree = DeepTree(looker.project)
        self._panel = panel
        self._panel_due = asyncio.Event()
        self._listener = listener
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

    def show_ready(self, wanted: bool) -> None:
        """Somebody looks at the panel, or nobody does any more."""
        if wanted != self._ready.wanted:
            self._ready.show(wanted)
            self.wake()

    def refresh(self) -> None:
        """Somebody came back: what was told of the project long ago is asked for anew."""
        self._ready.refresh()
        self.wake()

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
            panels = group.create_task(self._ask_packs())
            try:
                await self._serve()
            finally:
                self._ready.close()
            watcher.cancel()
            learner.cancel()
            panels.cancel()
            ticker.cancel()

    async def _serve(self) -> None:
        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if self._stop.is_set():
                return
            if self._look_due:
                await self._look()
            if self._log_due and self._tells_log:
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

    async def _ask_packs(self) -> None:
        """Ask packs what they have to say, after the run changed: a process each time, so never more than one."""
        while self._panel is not None:
            await self._panel_due.wait()
            self._panel_due.clear()
            with contextlib.suppress(Problem, OSError):
                lines = await self._panel()
                if lines != self.looker.panel:
                    self.looker.panel = lines
                    self.wake()
            await asyncio.sleep(PANEL_S)

    async def _tick(self) -> None:
        quiet_s = 0.0
        while not self._stop.is_set():
            await asyncio.sleep(TICK_S)
            quiet_s += TICK_S
            if quiet_s >= QUIET_TICK_S or not self.looker.waits:
                quiet_s = 0.0
                self.wake()

    async def _look(self) -> None:
        self._look_due = False
        snapshot = await self._with_ready(await asyncio.to_thread(self.looker.look))
        for line in self.looker.news():
            self._listener.told(line)
        self._looked.set()
        if self.looker.failed_start:
            self._listener.driver_failed(self.looker.failed_start)
            self.looker.failed_start = ""
        if self._last is None or snapshot.revision != self._last.revision:
            self._panel_due.set()
        if snapshot != self._last:
            self._last = snapshot
            self._listener.snapshot(snapshot)
            # The last lines may have gone to the archive before they were read here.
            self._log_due |= snapshot.ended is not None

    async def _with_ready(self, snapshot: Snapshot) -> Snapshot:
        """Before a run: with what starting one would do, as far as that is known."""
        if snapshot.attention.kind is not AttentionKind.IDLE:
            self._ready.forget()
            return snapshot
        if not self._ready.wanted:
            return snapshot
        ground = await asyncio.to_thread(self._ground, snapshot)
        self._ready.look(ground)
        return replace(snapshot, ready=self._ready.told)

    def _ground(self, snapshot: Snapshot) -> tuple[object, ...]:
        return ground_of(self.looker.project, snapshot.head, snapshot.definition, self._tree.look())

    async def _read_log(self) -> None:
        """Post what the log has grown by, in batches at most 30 times a second."""
        while self._tells_log:
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
                self._listener.log(raw, anew=anew, end=self._log_offset)
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
