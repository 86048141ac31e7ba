"""Where a cockpit's news come from: a run that goes on, or one that is replayed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.message import Message

    from loop_tui.control.client import RunClient
    from loop_tui.control.execution_feed import ExecutionFeed
    from loop_tui.control.feed import Feed
    from loop_tui.control.run_reader import RunReader
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.runs import RunSummary
    from loop_tui.ports import Launcher


class RunSource(Protocol):
    """What a cockpit shows. `person` may change the run, and is None where nothing may be changed."""

    person: RunClient | None

    @property
    def log_path(self) -> Path | None:
        """The output log on disk, for what memory does not hold; None when there is none."""

    @property
    def archived(self) -> RunSummary | None:
        """The archived run that is shown, or None while it is one that goes on."""

    async def run(self, post: Callable[[Message], object]) -> None:
        """Post snapshots and log lines until cancelled. Raises Problem when the run cannot be read at all."""

    def started(self, pid: int) -> None:
        """Look again now; with a process id, expect that driver to show up."""

    def seen(self) -> None:
        """The person has seen what stood there; look again now."""

    def show_ready(self, wanted: bool) -> None:
        """The panel that says what starting a run would do is on the screen now, or is no more."""

    def refresh(self) -> None:
        """The person came back to the window."""


class NoRun:
    """No run is shown."""

    person: RunClient | None = None
    log_path: Path | None = None
    archived: RunSummary | None = None

    async def run(self, post: Callable[[Message], object]) -> None:
        """There is nothing to tell."""

    def started(self, pid: int) -> None:
        """Nothing can start."""

    def seen(self) -> None:
        """Nothing was seen."""

    def show_ready(self, wanted: bool) -> None:
        """Nothing could be started."""

    def refresh(self) -> None:
        """Nothing is old."""


class ServerRun:
    """A run of the orchestrator server: its file, watched. Nothing can be changed from here."""

    person: RunClient | None = None

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self.log_path: Path | None = None
        self.archived: RunSummary | None = None
        self._now = now
        self._feed: ExecutionFeed | None = None

    async def look(self) -> Snapshot:
        """The run as it is now. Raises Problem when it cannot be read."""
        from loop_tui.control.execution_feed import ExecutionFeed

        from .messages import Posting

        return await asyncio.to_thread(ExecutionFeed(self.path, Posting(lambda _: None), self._now).look)

    async def run(self, post: Callable[[Message], object]) -> None:
        """Watch. Everything heavy is imported here, after the first paint."""
        from loop_tui.control.execution_feed import ExecutionFeed

        from .messages import Posting

        self._feed = ExecutionFeed(self.path, Posting(post), self._now)
        await self._feed.run()

    def started(self, pid: int) -> None:
        """Look again now; no driver of ours is ever started here."""
        if self._feed is not None:
            self._feed.wake()

    def seen(self) -> None:
        """Nothing stands there that could be put away."""

    def show_ready(self, wanted: bool) -> None:
        """Nothing is started from here."""

    def refresh(self) -> None:
        """Its file is watched."""


class LiveRun:
    """The run of a project: its files, watched. `launcher` starts drivers.

    With `keeps`, an answer that another program erases is written again; with `log` lines of its log are told, too.
    """

    def __init__(
        self,
        project: Path,
        loop: str,
        launcher: Launcher,
        now: Callable[[], datetime],
        *,
        keeps: bool = False,
        log: bool = True,
    ) -> None:
        self._log = log
        self._reader: RunReader | None = None
        self._now = now
        self._keeps = keeps
        self.project = project
        self.loop = loop
        self.person: RunClient | None = None
        self.launcher = launcher
        self._feed: Feed | None = None
        self._shows_ready = False

    @property
    def log_path(self) -> Path | None:
        """The output log of the run, also when it was archived meanwhile; it need not exist."""
        if self._feed is not None:
            return self._feed.log_path
        from loop_tui.fs.paths import run_folder
        from loop_tui.storage.log.output_log import OUTPUT_NAME

        return run_folder(self.project, self.loop) / OUTPUT_NAME

    @property
    def archived(self) -> RunSummary | None:
        """None: it goes on, or was just archived."""
        return None

    async def _opened(self) -> RunReader:
        from loop_tui.control.client import RunClient
        from loop_tui.control.run_reader import RunReader

        if self._reader is None:
            self._reader = await asyncio.to_thread(RunReader, self.project, self.loop, None, self._now)
            self._reader.keeps = self._keeps
            self.person = RunClient(self._reader.store, self.launcher)
        return self._reader

    async def look(self) -> Snapshot:
        """The run as it is now, also before it is watched. Raises Problem when it cannot be read at all."""
        reader = await self._opened()
        return await asyncio.to_thread(reader.look)

    async def run(self, post: Callable[[Message], object]) -> None:
        """Watch. Everything heavy is imported here, after the first paint."""
        from loop_tui.control.feed import Feed

        from .messages import Posting

        reader = await self._opened()
        self._feed = Feed(
            reader,
            Posting(post),
            lambda: self.launcher.panel(self.project, self.loop),
            lambda: self.launcher.ready(self.project, self.loop),
            log=self._log,
        )
        self._feed.show_ready(self._shows_ready)
        await self._feed.run()

    def started(self, pid: int) -> None:
        """Look again now."""
        if self._feed is not None:
            if pid:
                self._feed.looker.started(pid)
            self._feed.wake()

    def show_ready(self, wanted: bool) -> None:
        """What starting a run would do is asked for while it is shown."""
        self._shows_ready = wanted
        if self._feed is not None:
            self._feed.show_ready(wanted)

    def refresh(self) -> None:
        """What was told long ago is asked for anew."""
        if self._feed is not None:
            self._feed.refresh()

    def seen(self) -> None:
        """Show it no more."""
        if self._feed is not None:
            self._feed.looker.dismiss()
            self._feed.wake()
