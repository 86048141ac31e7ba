"""The index of the archive, built in the background the first time, with a bar above the keys (SPEC section 7).

A process of its own does it, which gives way to everything else: here it would delay keys.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from textual.css.query import NoMatches
from textual.widgets import Static

from loop_tui.control.archived_runs import FEW, index_sizes
from loop_tui.fs.homes import claude_home
from loop_tui.model.problem import Problem
from loop_tui.model.text import count_of

from .widgets.foot import Foot
from .widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.content import Content
    from textual.worker import Worker

    from .app import LoopApp

_OFTEN_S = 0.5
_COMMAND = ("runs", "reindex", "--missing")
_CELLS = 20
_FULL, _EMPTY = "\u2501", "\u2500"


class IndexRow(Static):
    """How far it is, in a row above the keys of whatever screen is shown."""

    DEFAULT_CSS = """
    IndexRow { height: 1; padding: 0 1; text-wrap: nowrap; }
    .-tiny IndexRow, .-flat IndexRow { display: none; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)


class Indexing:
    """Has the index built, once while the app runs, when more of it is missing than a question adds by the way."""

    def __init__(self, app: LoopApp) -> None:
        self._app = app
        self._worker: Worker[None] | None = None
        self._done = self._count = self._waiting = 0
        self._ended = asyncio.Event()

    def start(self) -> None:
        """Begin, unless it was begun before."""
        if self._worker is None:
            self._worker = self._app.run_worker(self._build(), group="indexing", exit_on_error=False)

    async def done(self, told: Callable[[int, int], None]) -> None:
        """Wait until much is missing no more, for who asks much; `told` hears how far it is.

        Nothing is begun where the screen only looks. What could not be built is then read by who asks.
        """
        if self._app.read_only:
            return
        self.start()
        self._waiting += 1
        try:
            while not self._ended.is_set():
                if self._count:
                    told(self._done, self._count)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _OFTEN_S)
        finally:
            self._waiting -= 1

    async def _build(self) -> None:
        try:
            known, missing = await asyncio.to_thread(index_sizes, claude_home())
            if missing > FEW:
                self._count = missing
                await self._built(known)
        finally:
            self._ended.set()

    async def _built(self, known: int) -> None:
        work = asyncio.ensure_future(self._app.launcher.command(self._app.project, _COMMAND, looks=True))
        try:
            while not work.done():
                self._show()
                await asyncio.wait({work}, timeout=_OFTEN_S)
                self._done = (await asyncio.to_thread(index_sizes, claude_home()))[0] - known
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError, Problem):
                await work  # It ends the process.
            for screen in self._app.screen_stack:
                screen.query(IndexRow).remove()

    def _show(self) -> None:
        if self._app.leaving or self._waiting:
            return  # A screen that waits for it says so itself.
        screen = self._app.screen
        with contextlib.suppress(NoMatches):
            row = screen.query(IndexRow).first() if screen.query(IndexRow) else None
            if row is None:
                row = IndexRow()
                screen.mount(row, before=screen.query_one(Foot))
            row.update(progress_row(self._done, self._count))


def progress_row(done: int, count: int) -> Content:
    """A bar, and how many of how many runs are read."""
    full = min(_CELLS, _CELLS * done // count) if count else 0
    return text_of(
        ("indexing the archive ", ""),
        (_FULL * full, "$status-running"),
        (_EMPTY * (_CELLS - full), MUTED),
        (f" {done:,} of {count_of(count, 'run')}", MUTED),
    )
