"""The history over 100,000 runs: what a key shows, and how it looks."""

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from loop_tui.fs.homes import claude_home
from loop_tui.tui.app import LoopApp
from tests.generated_index import write_index

from .launching import Started
from .runs import NOW, WIDE, Screen, Watch
from .scenes import Pilots

COUNT = 100_000
WORDS = "widget failed 2026-0"
FOUND = "400 of 100,000 runs"


def history(project: Path) -> LoopApp:
    return LoopApp(project, "", launcher=Started(), clock=Watch(), now=lambda: NOW, history=True)


async def test_words_find_runs_among_all_and_say_how_many(tmp_path: Path) -> None:
    write_index(claude_home(), COUNT)
    app = history(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        screen = Screen(app, pilot, Watch(), [], [])
        await screen.until(lambda: "500 of 100,000 runs" in screen.text(), "the newest")
        await screen.press("slash", *"hub")
        await screen.until(
            lambda: "20,000 of 100,000 runs, the newest 500 are listed" in screen.text(), "all are counted"
        )
        await screen.until(lambda: app.screen.query_one(OptionList).option_count == 500, "the rest")
        await screen.press("space", *"infra failed 2021-08-1")
        await screen.until(lambda: " of 100,000 runs" in screen.text() and "the newest" not in screen.text(), "few")
        rows = [line for line in screen.text().splitlines() if "2021-08-1" in line]
        assert rows
        assert all("hub" in row and "failed" in row and "infra" in row for row in rows[:-1])


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_a_search_over_a_hundred_thousand_runs_looks_as_it_did(
    snap_compare: Any, tmp_path: Path, size: tuple[int, int]
) -> None:
    write_index(claude_home(), COUNT)
    app = history(tmp_path)

    async def steps(pilot: Pilots) -> None:
        screen = Screen(app, pilot, Watch(), [], [])
        await screen.until(lambda: "500 of 100,000 runs" in screen.text(), "the newest")
        await screen.press("slash", *WORDS)
        app.screen.query_one(Input).cursor_blink = False
        await screen.until(lambda: FOUND in screen.text(), "the runs")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=steps)
