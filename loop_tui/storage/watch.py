"""Seeing what changes in a few folders, whoever writes there (PERF "Watching").

The folders are watched, not the files in them, because an atomic replace takes a watched file away; and never
recursively, because a project holds thousands of folders that are none of our business. A folder that goes and comes
back is seen through its parent, and a comparison of what the folders hold catches whatever slipped through.
"""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from loop_tui.fs.atomic import TEMP_SUFFIX

SWEEP_S, IDLE_SWEEP_S = 2.0, 4.0

_DEBOUNCE_MS = 50
# The watcher looks for what the system told it this often: seldom where nothing has happened for a while.
_STEP_MS, _IDLE_STEP_MS = 4, 40
_IDLE_AFTER_S = 5.0
# How often folders that cannot be watched are looked at instead.
_POLL_S = 0.5
# A sweep of huge folders comes less often, so that sweeps never take more than this part of the time.
_SWEEP_SHARE = 0.01

WatchedFolders = Sequence[Path] | Callable[[], Iterable[Path]]
_Mark = tuple[int, int, int, int]
_Seen = dict[Path, _Mark]
_Raw = set[tuple[int, str]] | Literal["signal", "stop", "timeout"]


class Stop(Protocol):
    """Anything that says when to stop watching, like an `asyncio.Event`."""

    def is_set(self) -> bool:
        """True when watching is to end."""


class Sooner(Protocol):
    """Anything that says to look everywhere now instead of at the next sweep, like an `asyncio.Event`."""

    def is_set(self) -> bool:
        """True when a look is wanted."""

    def clear(self) -> None:
        """Called as the look begins."""


class _Notify(Protocol):
    """What is used of the watcher that the watchfiles package gives."""

    def watch(self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: Stop) -> _Raw: ...

    def close(self) -> None: ...


class _Flag:
    """Set when a wait is to end: the caller wants to stop or a look now, or the task that watches is cancelled."""

    def __init__(self, stop: Stop, sooner: Sooner | None) -> None:
        self._stop, self._sooner = stop, sooner
        self.cancelled = False

    @property
    def over(self) -> bool:
        return self.cancelled or self._stop.is_set()

    def is_set(self) -> bool:
        return self.over or (self._sooner is not None and self._sooner.is_set())

    def taken(self) -> bool:
        """True once for each look that was asked for."""
        if self._sooner is None or not self._sooner.is_set():
            return False
        self._sooner.clear()
        return True


class _Plan(Struct, frozen=True, dict=True):
    """Which folders are wanted, by their real paths, and what is watched for them, each told by device and inode."""

    wanted: Mapping[Path, Path]
    watched: Mapping[Path, tuple[int, int]]

    @cached_property
    def _leading(self) -> frozenset[Path]:
        return frozenset(self.wanted).union(*(real.parents for real in self.wanted))

    def touches_a_folder(self, path: Path) -> bool:
        """True when the path is one of the folders or leads to one, so that it may have to be watched anew."""
        return path in self._leading

    def entry(self, path: Path) -> Path | None:
        """The path as the caller knows it, or None when it does not lie directly in one of the folders or is ours."""
        given = self.wanted.get(path.parent)
        return None if given is None or is_passing(path.name) else given / path.name


def is_passing(name: str) -> bool:
    """True for the name of a temporary or lock file of ours, which nobody needs to hear of."""
    return name.endswith(".lock") or (name.startswith(".") and name.endswith(TEMP_SUFFIX))


async def watch(folders: WatchedFolders, stop: Stop, sooner: Sooner | None = None) -> AsyncIterator[set[Path]]:
    """Sets of paths, directly in the folders, that came, went or changed; until `stop` is set.

    The first set comes as soon as the folders are watched and names every file in them: who reads after it misses
    nothing. Folders that are missing, removed, renamed or made again are taken up when they are there. A function
    in place of a sequence is asked again at each sweep, and when `sooner` is set. Our own temporary and lock files
    are left out; one change may be told twice, and a path that is told need not exist any more.
    """
    flag = _Flag(stop, sooner)
    loop = asyncio.get_running_loop()
    plan = _Plan({}, {})
    notify: _Notify | None = None
    seen: _Seen = {}
    sweep_at = 0.0
    idle_at = time.monotonic() + _IDLE_AFTER_S
    first = True
    with ThreadPoolExecutor(1, thread_name_prefix="watch") as thread:
        try:
            while not flag.over:
                now = time.monotonic()
                left_s = 0.0 if flag.taken() else sweep_at - now
                if left_s > 0:
                    step_ms = _STEP_MS if now < idle_at else _IDLE_STEP_MS
                    if now < idle_at:
                        left_s = min(left_s, idle_at - now)  # Then it goes on with the longer step.
                    raw = await _waited(notify, flag, thread, left_s, step_ms)
                    if raw:
                        idle_at = time.monotonic() + _IDLE_AFTER_S
                    changed = {entry for path in raw if (entry := plan.entry(path)) is not None}
                    _remember(seen, changed)
                    if any(plan.touches_a_folder(path) for path in raw):
                        # Watched anew even when it looks the same: a folder made again may get the old inode.
                        _closed(notify)
                        notify, sweep_at = None, 0.0
                else:
                    started = time.monotonic()
                    fresh = await loop.run_in_executor(thread, _planned, folders)
                    if fresh != plan or notify is None:
                        _closed(notify)
                        plan, notify = fresh, _notify(fresh)
                    # Looked at after the watch stands: whatever happens from here on is notified.
                    found = await loop.run_in_executor(thread, _survey, plan)
                    changed, seen = _differences(seen, found), found
                    ended = time.monotonic()
                    rest_s = SWEEP_S if ended < idle_at else IDLE_SWEEP_S
                    sweep_at = ended + max(rest_s if notify else _POLL_S, (ended - started) / _SWEEP_SHARE)
                if changed or first:
                    first = False
                    yield changed
        finally:
            _closed(notify)


async def _waited(
    notify: _Notify | None, flag: _Flag, thread: ThreadPoolExecutor, timeout_s: float, step_ms: int
) -> set[Path]:
    """The paths that the watcher saw something happen to; none when the time is over or watching is to end.

    When our task is cancelled the thread is told to end, and waited for.
    """

    def wait() -> set[Path]:
        if notify is not None:
            raw = notify.watch(_DEBOUNCE_MS, step_ms, max(1, round(timeout_s * 1000)), flag)
            return set() if isinstance(raw, str) else {Path(path) for _, path in raw}
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not flag.is_set():
            time.sleep(step_ms / 1000)
        return set()

    future = asyncio.get_running_loop().run_in_executor(thread, wait)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        flag.cancelled = True
        await asyncio.wait([future])
        raise


def _closed(notify: _Notify | None) -> None:
    if notify is not None:
        notify.close()


def _notify(plan: _Plan) -> _Notify | None:
    """A watcher of what the plan names; None when the system gives none, as when its instances are used up."""
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    try:
        return RustNotify([str(path) for path in plan.watched], False, False, 300, False, True)
    except (OSError, WatchfilesRustInternalError):
        return None


def _planned(folders: WatchedFolders) -> _Plan:
    wanted: dict[Path, Path] = {}
    watched: dict[Path, tuple[int, int]] = {}
    for given in folders() if callable(folders) else folders:
        real = Path(os.path.realpath(given))
        wanted[real] = given
        if (identity := _identity(real)) is not None:
            watched[real] = identity
        for above in real.parents:
            if (identity := _identity(above)) is not None:
                watched[above] = identity
                break
    return _Plan(wanted, watched)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def _survey(plan: _Plan) -> _Seen:
    """What every entry of the wanted folders looks like now."""
    seen: _Seen = {}
    for real, given in plan.wanted.items():
        try:
            entries = list(real.iterdir())
        except OSError:
            continue
        for entry in entries:
            if not is_passing(entry.name) and (mark := _mark(entry)) is not None:
                seen[given / entry.name] = mark
    return seen


def _mark(path: Path) -> _Mark | None:
    """What tells one content of a file from another; for a folder only that it is there. None when it is gone."""
    try:
        found = path.stat()
    except OSError:
        try:
            found = path.lstat()
        except OSError:
            return None
    if stat.S_ISDIR(found.st_mode):
        return found.st_ino, 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _differences(old: _Seen, new: _Seen) -> set[Path]:
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def _remember(seen: _Seen, changed: Iterable[Path]) -> None:
    for path in changed:
        mark = _mark(path)
        if mark is None:
            seen.pop(path, None)
        else:
            seen[path] = mark
