"""Watching folders: nothing that happens in them is missed."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from loop_tui.storage import watch as watching
from loop_tui.storage.watch import WatchedFolders, watch

PATIENCE_S = 60.0


class Seen:
    """What a watch told so far."""

    def __init__(self, told: AsyncIterator[set[Path]]) -> None:
        self._told = told
        self.sets: list[set[Path]] = []

    async def next(self) -> set[Path]:
        """The next set."""
        found = await asyncio.wait_for(anext(self._told), PATIENCE_S)
        self.sets.append(found)
        return found

    async def end(self) -> None:
        """Wait for the end, once it was asked to stop."""
        with suppress(StopAsyncIteration):
            while True:
                await self.next()

    async def until(self, *paths: Path) -> None:
        """Wait until each of these paths was told since the call."""
        missing = set(paths)
        while missing:
            missing -= await self.next()


@asynccontextmanager
async def watched(folders: WatchedFolders) -> AsyncIterator[Seen]:
    """A watch that stands."""
    stop = asyncio.Event()
    told = watch(folders, stop)
    seen = Seen(told)
    await seen.next()
    try:
        yield seen
    finally:
        stop.set()
        await seen.end()


def replace(file: Path, text: str) -> None:
    temp = file.with_name(f".{file.name}.tmp")
    temp.write_text(text)
    temp.replace(file)


@pytest.fixture
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sweep comes to the rescue while a test runs."""
    monkeypatch.setattr(watching, "SWEEP_S", 10 * PATIENCE_S)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system gives no watches, so that only sweeps see anything."""
    monkeypatch.setattr(watching, "_notify", lambda _: None)
    monkeypatch.setattr(watching, "_POLL_S", 0.01)


async def test_the_first_set_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("")
    (tmp_path / "a" / "state.lock").write_text("")
    (tmp_path / "a" / ".x.1234.tmp").write_text("")
    async with watched([tmp_path / "a", tmp_path / "missing"]) as seen:
        assert seen.sets == [{tmp_path / "a" / "x"}]


@pytest.mark.usefixtures("no_sweep")
async def test_two_hundred_replacements_are_each_seen(tmp_path: Path) -> None:
    file = tmp_path / "x-state.json"
    async with watched([tmp_path]) as seen:
        for number in range(200):
            replace(file, str(number))
            await seen.until(file)


@pytest.mark.usefixtures("no_sweep")
async def test_two_hundred_times_removed_and_made_again(tmp_path: Path) -> None:
    folder = tmp_path / ".loop" / "x"
    async with watched([tmp_path, folder]) as seen:
        for number in range(200):
            folder.mkdir(parents=True)
            (folder / "one").write_text(str(number))
            (folder / "two").write_text(str(number))
            await seen.until(folder / "one", folder / "two")
            replace(folder / "one", "again")
            await seen.until(folder / "one")
            shutil.rmtree(tmp_path / ".loop")
            await seen.until(folder / "one", folder / "two")


@pytest.mark.usefixtures("no_sweep")
async def test_two_hundred_times_renamed_and_made_again(tmp_path: Path) -> None:
    folder, away = tmp_path / "run", tmp_path / "away"
    folder.mkdir()
    async with watched([folder]) as seen:
        for number in range(200):
            folder.rename(away)
            folder.mkdir()
            (folder / f"new{number}").write_text("")
            await seen.until(folder / f"new{number}")
            (away / "unseen").write_text("")
            replace(folder / "file", str(number))
            await seen.until(folder / "file")
            shutil.rmtree(away)
    assert not any(away in path.parents for found in seen.sets for path in found)


@pytest.mark.usefixtures("no_sweep")
async def test_a_folder_that_is_missing_at_the_start_is_taken_up(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    async with watched([deep]) as seen:
        deep.mkdir(parents=True)
        (deep / "f").write_text("x")
        await seen.until(deep / "f")


@pytest.mark.usefixtures("no_sweep")
async def test_a_hundred_files_at_once_in_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    async with watched([folder]) as seen:
        folder.mkdir()
        files = [folder / f"f{n}" for n in range(100)]
        for file in files:
            file.write_text("x")
        await seen.until(*files)


@pytest.mark.usefixtures("no_sweep")
async def test_what_is_none_of_our_business_is_not_told(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "node_modules").mkdir(parents=True)
    async with watched([folder]) as seen:
        (folder / "node_modules" / "deep").write_text("x")
        (tmp_path / "beside").write_text("x")
        (folder / "state.lock").write_text("x")
        replace(folder / "x-state.json", "1")
        await seen.until(folder / "x-state.json")
        replace(folder / "end", "1")
        await seen.until(folder / "end")
    told = set().union(*seen.sets) - {folder / "node_modules"}
    assert told == {folder / "x-state.json", folder / "end"}


@pytest.mark.usefixtures("no_sweep")
async def test_paths_are_told_as_the_caller_knows_them(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    async with watched([link]) as seen:
        (tmp_path / "real" / "f").write_text("x")
        await seen.until(link / "f")


@pytest.mark.usefixtures("blind")
async def test_sweeps_alone_see_everything_in_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    async with watched([tmp_path, folder]) as seen:
        for number in range(10):
            folder.mkdir()
            replace(folder / "f", str(number))
            await seen.until(folder / "f")
            (folder / "f").unlink()
            await seen.until(folder / "f")
            folder.rmdir()


async def test_a_change_that_nobody_notified_is_found_by_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link is retargeted and a folder high above is swapped: neither touches what is watched."""
    monkeypatch.setattr(watching, "SWEEP_S", 0.05)
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    async with watched([deep]) as seen:
        (tmp_path / "a").rename(tmp_path / "old")
        deep.mkdir(parents=True)
        (deep / "f").write_text("x")
        await seen.until(deep / "f")
        replace(deep / "g", "x")
        await seen.until(deep / "g")


async def test_folders_may_be_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SWEEP_S", 0.05)
    folders = [tmp_path / "a"]
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_text("")
    async with watched(lambda: folders) as seen:
        folders.append(tmp_path / "b")
        await seen.until(tmp_path / "b" / "f")
        del folders[0]
        await seen.until(tmp_path / "a" / "f")


async def test_cancelling_ends_the_thread(tmp_path: Path) -> None:
    started = asyncio.Event()

    async def consume() -> None:
        async for _ in watch([tmp_path], asyncio.Event()):
            started.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(started.wait(), PATIENCE_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [t for t in threading.enumerate() if t.name.startswith("watch")]


@pytest.mark.parametrize("error", [OSError("no more watches"), FileNotFoundError("gone")])
async def test_a_system_without_watches_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    import watchfiles._rust_notify

    def refuse(*_: object) -> Callable[..., None]:
        raise error

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", refuse)
    monkeypatch.setattr(watching, "_POLL_S", 0.01)
    async with watched([tmp_path]) as seen:
        (tmp_path / "f").write_text("")
        await seen.until(tmp_path / "f")
