"""Watching: from the replacement of a file to the callback, against inotify itself."""

import asyncio
import ctypes
import os
import select
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, percentile

_IN_MOVED_TO = 0x80
_PAUSE_S = 0.12
_LONGEST_S = 5.0


def watch(where: Setting) -> Iterator[Row]:
    """Budget: PERF "Watching"."""
    from loop_tui.storage.watch import watch as our_watch

    times = where.times(100, 10)
    bare = inotify(where.place("watch-bare"), times)
    folder = where.place("watch-ours")
    stop = asyncio.Event()
    ours = asyncio.run(_cycles(our_watch([folder], stop), folder, times, stop))
    note = f"inotify; p50 {percentile(ours, 50):.1f} against {percentile(bare, 50):.1f}"
    yield Row(
        "watch: replace to callback, p95", "ms", percentile(ours, 95), percentile(bare, 95), Budget(12, "ours"), note
    )
    defaults = asyncio.run(_defaults(where.place("watch-defaults"), times))
    yield Row(
        "watch: the same beside watchfiles as it comes",
        "ms",
        percentile(ours, 95),
        percentile(defaults, 95),
        None,
        f"watchfiles' defaults; p50 {percentile(defaults, 50):.1f}",
    )


async def _defaults(folder: Path, times: int) -> list[float]:
    from watchfiles import awatch

    stop = asyncio.Event()
    return await _cycles(awatch(folder, stop_event=stop, recursive=False), folder, times, stop)


async def _cycles(changes: AsyncIterator[object], folder: Path, times: int, stop: asyncio.Event) -> list[float]:
    """Milliseconds from each replacement of a file to the callback that follows it."""
    target = folder / "state.json"
    seen: asyncio.Queue[float] = asyncio.Queue()

    async def listen() -> None:
        async for _ in changes:
            seen.put_nowait(time.perf_counter())

    listener = asyncio.create_task(listen())
    # The first callback shows that the watch is armed; until then the file is replaced again and again.
    deadline = time.perf_counter() + _LONGEST_S
    while seen.empty():
        if listener.done():
            await listener
            raise NotAvailable("the watch ended at once")
        if time.perf_counter() > deadline:
            raise NotAvailable("the watch saw nothing")
        _replace(target, 0)
        await asyncio.sleep(_PAUSE_S)
    figures = []
    for number in range(times):
        # Vary the pause, so that no debounce window is always met at the same place.
        await asyncio.sleep(_PAUSE_S + (number % 7) * 0.011)
        while not seen.empty():
            seen.get_nowait()
        start = time.perf_counter()
        _replace(target, number)
        figures.append((await asyncio.wait_for(seen.get(), _LONGEST_S) - start) * 1000)
    stop.set()
    _replace(target, -1)
    await asyncio.wait([listener], timeout=_LONGEST_S)
    listener.cancel()
    return figures


def inotify(folder: Path, times: int) -> list[float]:
    if not sys.platform.startswith("linux"):
        raise NotAvailable("inotify is Linux only")
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init()
    if handle < 0 or libc.inotify_add_watch(handle, os.fsencode(folder), _IN_MOVED_TO) < 0:
        raise NotAvailable("no inotify watch left")
    figures = []
    try:
        for number in range(times):
            time.sleep(0.002)
            start = time.perf_counter()
            _replace(folder / "state.json", number)
            select.select([handle], [], [], _LONGEST_S)
            os.read(handle, 4096)
            figures.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(handle)
    return figures


def _replace(path: Path, number: int) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(f'{{"number": {number}}}\n')
    temporary.rename(path)
