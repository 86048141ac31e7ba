"""What packs say that starting a run would do: asked for while somebody looks, and anew when the project changed.

Asking is a process, so one at a time, none while nobody looks, and none for what was told already.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from loop_tui.model.clock import stamp
from loop_tui.model.panel import WRONG, PanelLine, ReadyTold
from loop_tui.model.problem import Problem

ReadySource = Callable[[], Awaitable[tuple[PanelLine, ...]]]
"""Asks packs what starting a run would do. Raises Problem."""
_Ground = tuple[object, ...]
"""What the answer depends on, to be compared."""

STALE_S = 30.0
"""How old an answer has to be that somebody who comes back to the window gets a new one."""
_SETTINGS = ".loops"
_MOST_ENTRIES = 1000
_REST = 4
"""After an answer that took so long nobody is asked for this many times as long: builds change many files."""


def ground_of(project: Path, *known: object) -> tuple[object, ...]:
    """What lies at the top of a project and in its settings, by name, time and size, with what else is `known`.

    What changes deeper in the tree is not seen: git would have to be asked for it.
    """
    return (*known, *_entries(project), *_entries(project / _SETTINGS))


def _entries(folder: Path) -> list[object]:
    found: list[object] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == ".git":
                continue  # Whoever asks git for the status writes there.
            if len(found) == _MOST_ENTRIES:
                break
            with suppress(OSError):
                facts = entry.stat(follow_symlinks=False)
                found.append((entry.name, facts.st_mtime_ns, facts.st_size))
    return sorted(found, key=str)


class ReadyLines:
    """The answer for one project, kept for as long as it holds; `changed` is called when there is a new one."""

    def __init__(self, source: ReadySource | None, changed: Callable[[], None], now: Callable[[], datetime]) -> None:
        self.told = ReadyTold()
        self._source = source
        self._changed = changed
        self._now = now
        self._wanted = False
        self._ground: _Ground | None = None
        self._asked_for: _Ground | None = None
        self._asking: asyncio.Task[None] | None = None
        self._rest_until = 0.0

    @property
    def wanted(self) -> bool:
        """True while somebody looks at the panel."""
        return self._wanted and self._source is not None

    def show(self, wanted: bool) -> None:
        """Somebody looks at the panel now, or nobody does any more: then nobody waits for an answer, either."""
        self._wanted = wanted
        if not wanted:
            self._stop_asking()

    def forget(self) -> None:
        """A run begins: what was told is of before it."""
        self._stop_asking()
        self.told, self._asked_for = ReadyTold(), None

    def refresh(self) -> None:
        """Somebody came back to the window: an answer that is old by now is asked for anew."""
        if time.monotonic() > self._rest_until + STALE_S:
            self._asked_for = None

    def look(self, ground: _Ground) -> None:
        """Ask, where what was told last is not about this. Called in the event loop."""
        if not self.wanted or ground == self._asked_for or self._asking is not None:
            return
        if time.monotonic() < self._rest_until:
            return
        self._asked_for = ground
        self._asking = asyncio.get_running_loop().create_task(self._ask())

    def close(self) -> None:
        """End what is asked."""
        self._stop_asking()

    async def _ask(self) -> None:
        began = time.monotonic()
        try:
            lines = await self._source() if self._source is not None else ()
        except Problem as problem:
            lines = (PanelLine("ready", f"{WRONG}unknown: {problem}"),)
        took_s = time.monotonic() - began
        self._rest_until = time.monotonic() + _REST * took_s
        self._asking = None
        self.told = ReadyTold(lines, stamp(self._now()))
        self._changed()

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking, self._asked_for = None, None
