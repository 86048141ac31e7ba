"""The news of one run of the orchestrator server: its file, watched, as snapshots and lines of a log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from loop_tui.fs.jsonedit.document import parse
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.claims import QUIET_AFTER_S
from loop_tui.storage.state.reader import read_state
from loop_tui.storage.watch import watch

from .execution import execution_snapshot
from .feed import FeedListener
from .run_reader import GRACE_S
from .snapshot import Snapshot, Trouble

_LEVELS = {"warn": LogLevel.WARN, "warning": LogLevel.WARN, "error": LogLevel.ERROR}
_LATER_S = 0.05


class ExecutionFeed:
    """Watches one file of the server, and only reads it; `listener` hears of what is new, in the event loop."""

    def __init__(self, path: Path, listener: FeedListener, now: Callable[[], datetime]) -> None:
        self._path = path
        self._listener = listener
        self._now = now
        self._wake = asyncio.Event()
        self._definition: LoopDefinition | None = None
        self._asked = False
        self._known: Loaded | None = None
        self._last = Snapshot(project=path.parent, loop="")
        self._broken_since: float | None = None
        self._lines: list[str] = []

    def look(self) -> Snapshot:
        """The run as it is now; blocking."""
        return self._read()[0]

    def wake(self) -> None:
        """Look again now."""
        self._wake.set()

    async def run(self) -> None:
        """Feed until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            while True:
                wait_s = await self._look()
                timer = asyncio.get_running_loop().call_later(wait_s, self._wake.set) if wait_s is not None else None
                try:
                    await self._wake.wait()
                finally:
                    if timer is not None:
                        timer.cancel()
                self._wake.clear()

    async def _watch(self) -> None:
        async with aclosing(watch((self._path.parent,), asyncio.Event())) as changes:  # type: ignore[type-var]
            async for changed in changes:
                if self._path in changed:
                    self._wake.set()

    async def _look(self) -> float | None:
        """Tell what is new; gives in how many seconds there may be something new though nothing is written."""
        snapshot, lines, wait_s = await asyncio.to_thread(self._read)
        if snapshot.opened and snapshot != self._last:
            self._last = snapshot
            self._listener.snapshot(snapshot)
        told, self._lines = self._lines, lines
        anew = lines[: len(told)] != told
        if anew or len(lines) > len(told):
            self._listener.log(lines if anew else lines[len(told) :], anew=anew or not told, end=0)
        return wait_s

    def _read(self) -> tuple[Snapshot, list[str], float | None]:
        try:
            loaded = self._loaded()
        except Problem as problem:
            since = self._broken_since = self._broken_since or time.monotonic()
            left_s = since + GRACE_S - time.monotonic()
            if left_s > 0:
                return self._last, self._lines, left_s
            return replace(self._last, opened=True, trouble=Trouble.of(problem)), self._lines, None
        self._broken_since = None
        written, now = self._path.stat().st_mtime if self._path.exists() else 0.0, self._now().timestamp()
        shot = execution_snapshot(self._path, loaded, self._definition, written=written, now=now)
        working = shot.presence is not None and shot.presence.working
        return shot, _lines_of(loaded.text), written + QUIET_AFTER_S + _LATER_S - now if working else None

    def _loaded(self) -> Loaded:
        if not self._asked:
            loop = read_state(self._path).state.loop
            self._asked = True
            try:
                self._definition = find(self._path.parent, loop).definition
            except Problem:
                self._definition = None
        self._known = read_state(self._path, self._definition, self._known)
        return self._known


def _lines_of(text: str) -> list[str]:
    """What the server logged, as lines of an output log."""
    document = parse(text)
    logs = document.get("logs") if isinstance(document, dict) else None
    lines = []
    for entry in logs if isinstance(logs, list) else ():
        if not isinstance(entry, dict):
            continue
        moment = parse_stamp(str(entry.get("timestamp") or ""))
        at_ms = max(0, round(moment.timestamp() * 1000)) if moment else 0
        who = next((entry[key] for key in ("skillId", "gateId", "phase", "category") if entry.get(key)), "")
        level = _LEVELS.get(str(entry.get("level")), LogLevel.INFO)
        lines.append(f"{at_ms}\t{one_line(str(who), 60)}\t{level}\t{one_line(str(entry.get('message') or ''), 2000)}")
    return lines
