"""What packs say that starting a run would do: asked for while somebody looks, and anew when the project changed.

Asking is a process, so one at a time, none while nobody looks, and none for what was told already.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

from loop_tui.model.clock import stamp
from loop_tui.model.panel import WRONG, PanelLine, ReadyTold
from loop_tui.model.problem import Problem
from loop_tui.storage.discover import IGNORED

ReadySource = Callable[[], Awaitable[tuple[PanelLine, ...]]]
"""Asks packs what starting a run would do. Raises Problem."""
_Ground = tuple[object, ...]
"""What the answer depends on, to be compared."""

STALE_S = 30.0
"""How old an answer has to be that somebody who comes back to the window gets a new one."""
_DEEP_S, _DEEP_SHARE = 5.0, 1000
"""How often a tree is looked through at most, and how many times as long as it took nobody looks again."""
_SETTINGS = ".loops"
_MOST_ENTRIES = 1000
_REST = 4
"""After an answer that took so long nobody is asked for this many times as long: builds change many files."""


def ground_of(project: Path, *known: object) -> tuple[object, ...]:
    """What lies at the top of a project and in its settings, by name, time and size, with what else is `known`."""
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


class DeepTree:
    """What lies deeper in a project, as a number that changes with it. Without git, which looking must not run.

    Looked through seldom enough to cost next to nothing; folders of installed and built files, and hidden ones, are
    left out, and whatever is beyond the first `most` files.
    """

    def __init__(self, project: Path, steady_s: Callable[[], float] = time.monotonic, most: int = 5000) -> None:
        self._project = project
        self._steady_s = steady_s
        self._most = most
        self._due_s = 0.0
        self._found = 0

    def look(self) -> int:
        """The number, as of the last time that it was worth looking. It blocks for as long as looking takes."""
        began = self._steady_s()
        if began >= self._due_s:
            self._found = hash(frozenset(islice(self._files(), self._most)))
            took_s = self._steady_s() - began
            self._due_s = began + max(_DEEP_S, took_s * _DEEP_SHARE)
        return self._found

    def _files(self) -> Iterator[tuple[str, int, int]]:
        folders = deque((self._project,))
        while folders:
            with suppress(OSError), os.scandir(folders.popleft()) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith(".") and entry.name not in IGNORED:
                            folders.append(Path(entry.path))
                        continue
                    facts = entry.stat(follow_symlinks=False)
                    yield entry.path, facts.st_mtime_ns, facts.st_size


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
