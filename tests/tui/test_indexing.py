"""The index of the archive is built in the background, and the screen shows how far it is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from loop_tui.control.archived_runs import index_sizes
from loop_tui.fs.homes import claude_home
from loop_tui.model.verbs import CommandOutput
from loop_tui.tui import indexing
from loop_tui.tui.app import LoopApp
from loop_tui.tui.history.screen import HistoryScreen
from loop_tui.tui.indexing import IndexRow
from tests.many_runs import write_runs

from .launching import Started
from .runs import DISTRIBUTION, NARROW, NOW, WIDE, Screen, Watch

COUNT = 30


class Held(Started):
    """The real launcher, which starts a command when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()
        self.asked: list[Sequence[str]] = []

    async def command(
        self, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        self.asked.append(words)
        await self.may.wait()
        return await super().command(project, words, looks=looks, columns=columns)


@pytest.fixture(autouse=True)
def few_are_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "FEW", 10)
    monkeypatch.setattr("loop_tui.storage.archive.query.FEW", 10)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_process_builds_it_and_a_row_above_the_keys_says_how_far_it_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    write_runs(claude_home(), COUNT)
    launcher = Held()
    app = LoopApp(tmp_path, DISTRIBUTION, clock=Watch(), now=lambda: NOW, launcher=launcher)
    async with app.run_test(size=size) as pilot:
        screen = Screen(app, pilot, Watch(), [], [])
        app.indexing.start()
        app.indexing.start()
        await screen.until(lambda: " 0 of 30 runs" in screen.text(), "how far it is")
        assert "indexing the archive \u2500" in screen.text()
        launcher.may.set()
        await screen.until(lambda: not app.screen.query(IndexRow), "it is done")
    assert index_sizes(claude_home()) == (COUNT, 0)
    assert launcher.asked == [("runs", "reindex", "--missing")]


async def test_the_history_waits_for_it_and_says_how_far_it_is(tmp_path: Path) -> None:
    write_runs(claude_home(), COUNT)
    launcher = Held()
    app = LoopApp(tmp_path, "", clock=Watch(), now=lambda: NOW, launcher=launcher, history=True)
    async with app.run_test(size=WIDE) as pilot:
        screen = Screen(app, pilot, Watch(), [], [])
        await screen.until(lambda: "reading the archive: 0 of 30 runs" in screen.text(), "how far it is")
        assert not app.screen.query(IndexRow)
        launcher.may.set()
        await screen.until(lambda: "history  30 runs" in screen.text(), "the runs")
        assert isinstance(app.screen, HistoryScreen)


async def test_what_is_complete_or_only_looked_at_starts_no_process(tmp_path: Path) -> None:
    write_runs(claude_home(), 5)
    launcher = Held()
    app = LoopApp(tmp_path, DISTRIBUTION, clock=Watch(), now=lambda: NOW, launcher=launcher)
    async with app.run_test(size=WIDE):
        await app.indexing.done(lambda done, count: None)
        assert launcher.asked == []


async def test_leaving_ends_it(tmp_path: Path) -> None:
    write_runs(claude_home(), COUNT)
    launcher = Held()
    app = LoopApp(tmp_path, DISTRIBUTION, clock=Watch(), now=lambda: NOW, launcher=launcher)
    async with app.run_test(size=WIDE) as pilot:
        screen = Screen(app, pilot, Watch(), [], [])
        app.indexing.start()
        await screen.until(lambda: " 0 of 30 runs" in screen.text(), "how far it is")
    assert index_sizes(claude_home()) == (0, COUNT)
