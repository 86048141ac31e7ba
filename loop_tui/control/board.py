"""Many runs at once: what each state file below some folders says, kept up to date (SCREEN "Home")."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.fs.paths import RUNS, is_state_name, run_folder
from loop_tui.fs.present import is_folder
from loop_tui.storage.discover import Finder
from loop_tui.storage.watch import watch

from .board_file import TELLING
from .board_row import RunRow
from .board_rows import BoardRows
from .done_today import done_today

BATCH_S = 0.1
"""The shortest time between two pictures of the board."""
RELOOK_S = 0.5
"""How long after a new folder it is looked for anew: folders come in crowds."""
# Looks for new folders come so far apart that they never take more than a tenth of the time.
_LOOK_SHARE = 10
_AGAIN_S = 0.05
"""How soon a file that does not read is read again by who looks only once."""


class Picture(Struct, frozen=True):
    """All rows, in no order. `full` says that there were more folders than are looked into.

    `news` are lines for a person about what no row shows: answers that were overwritten since the last picture.
    """

    rows: tuple[RunRow, ...] = ()
    folders: int = 0
    full: bool = False
    news: tuple[str, ...] = ()


class Board:
    """The runs below `roots`. Nothing is written but, with `keeps`, answers that other programs erased."""

    def __init__(
        self,
        roots: Iterable[Path],
        depth: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        keeps: bool = False,
    ) -> None:
        unique = tuple(dict.fromkeys(root.absolute() for root in roots))
        self.finder = Finder(unique) if depth is None else Finder(unique, depth)
        self._runs = BoardRows(now, keeps=keeps)
        self._watched: frozenset[Path] = frozenset()
        self._look_s = 0.0
        self._now = now
        self._done: tuple[RunRow, ...] = ()
        self._done_on: date | None = None

    def picture(self) -> Picture:
        """The board as it is."""
        rows = self._runs.rows
        here = {(row.run, row.name) for row in rows if row.run}
        over = tuple(row for row in self._done if (row.run, row.name) not in here)
        return Picture((*rows, *over), len(self._watched), self.finder.full)

    def look(self) -> Picture:
        """Look everywhere once, without watching. A file that is being written gets its time to become whole."""
        self._watched = self.finder()
        self._read(self.finder.files)
        while self._runs.unsettled:
            time.sleep(_AGAIN_S)
            self._read(self._runs.unsettled)
        self._look_back()
        return self.picture()

    def _read(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if self._runs.read(path):
                self._done_on = None

    def _look_back(self) -> None:
        """Read what ended today, when a run has gone from its folder since, or the day is another."""
        today = self._now().astimezone().date()
        if self._done_on != today:
            self._done, self._done_on = done_today(self._now(), self.finder.roots), today

    async def pictures(self, stop: asyncio.Event) -> AsyncGenerator[Picture, None]:
        """The board whenever it changes, by what is written or by time alone, until `stop` is set."""
        shown: Picture | None = None
        at = 0.0
        # Set when folders appear: until they are looked into nobody hears of what is written there.
        relook, news = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        planned: asyncio.TimerHandle | None = None
        due: asyncio.TimerHandle | None = None
        heard: set[Path] = set()
        watcher = asyncio.create_task(self._watch(stop, relook, heard, news))
        try:
            while await news.wait():
                news.clear()
                if watcher.done():
                    watcher.result()
                    return
                await asyncio.sleep(max(0.0, at + BATCH_S - time.monotonic()))
                changed = heard | self._runs.paths if shown is None else set(heard)
                heard.clear()
                new_folder = await asyncio.to_thread(self._take, frozenset(changed))
                at = time.monotonic()
                if new_folder and (planned is None or planned.when() <= loop.time()):
                    planned = loop.call_later(max(RELOOK_S, self._look_s * _LOOK_SHARE), relook.set)
                if due is not None:
                    due.cancel()
                wait_s = self._runs.due_s()
                due = loop.call_later(wait_s, news.set) if wait_s is not None else None
                picture = replace(self.picture(), news=self._runs.news())
                if picture != shown:
                    shown = picture
                    yield picture
        finally:
            for timer in (planned, due):
                if timer is not None:
                    timer.cancel()
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    async def _watch(self, stop: asyncio.Event, relook: asyncio.Event, heard: set[Path], news: asyncio.Event) -> None:
        """Put what changes into `heard`."""
        try:
            async with aclosing(watch(self._folders, stop, relook)) as batches:  # type: ignore[type-var]
                async for changed in batches:
                    heard |= changed
                    news.set()
        finally:
            news.set()

    def _folders(self) -> Iterable[Path]:
        """What to watch: where state files are or may come, and the run folders, where it stands who works on a run."""
        started = time.monotonic()
        self._watched = self.finder()
        self._look_s = time.monotonic() - started
        rows = tuple(row for row in self._runs.rows if row.opens and row.loop)
        return self._watched | {run_folder(row.project, row.loop) for row in rows if not row.foreign}

    def _take(self, changed: frozenset[Path]) -> bool:
        """Read what changed, and what is due; True when a folder came that is not watched yet."""
        new_folder = False
        wanted = set(self._runs.overdue())
        for path in changed:
            if is_state_name(path.name):
                wanted.add(path)
            elif path.name in TELLING and path.parent.parent.name == RUNS:
                wanted.update(self._runs.stale(path.parent.parent.parent))
            elif path not in self.finder.looked and self.finder.looks_into(path) and is_folder(path):
                new_folder = True
        self._read(wanted)
        self._look_back()
        return new_folder
