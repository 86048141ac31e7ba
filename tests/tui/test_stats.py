"""The screen of statistics: what it shows, its keys, and what it does with hostile or missing runs."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList

from loop_tui.fs.homes import claude_home
from loop_tui.model.runs import RunOutcome
from loop_tui.tui.app import LoopApp
from loop_tui.tui.stats.screen import StatsScreen
from tests.past_runs import LOOP, put, worked

from .launching import Started
from .runs import NARROW, NOW, WIDE, Screen, Watch, on_screen
from .scenes import Pilots

SKILLS = (
    ("INIT", "release-planner", 40_000),
    ("INIT", "preflight", 9_000),
    ("VERIFY", "code-verification", 90_000),
    ("SHIP", "distribute", 30_000),
)
HOUR = 3_600_000


def put_many(system: str = "widget", days: int = 12) -> None:
    for day in range(days):
        run = worked(
            [(phase, skill, ms + ms * (day * 7 % 5) // 10 + 20_000 * (day > 8)) for phase, skill, ms in SKILLS],
            day=day,
            system=system,
            waits=[("readiness-gate", "ada" if day % 3 else "bob", HOUR * (1 + day % 4))],
            tree="a1b2c3d4e5f6" if day < 6 else "f" * 12,
            passed=day not in (2, 5),
            failed=["code-verification"] if day in (3, 7) else [],
        )
        put(claude_home(), run, RunOutcome.FAILED if day == 4 else RunOutcome.SUCCESS)


async def on_stats(use: Callable[[Screen], Awaitable[None]], project: Path, size: tuple[int, int] = WIDE) -> None:
    async def opened(screen: Screen) -> None:
        await screen.press("U")
        await screen.until(lambda: isinstance(screen.app.screen, StatsScreen), "the screen")
        await screen.until(lambda: "reading" not in screen.text(), "the archive is read")
        await use(screen)

    await on_screen(opened, project, size=size)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_loops_of_the_project_stand_first_and_keys_select(tmp_path: Path, size: tuple[int, int]) -> None:
    project = tmp_path / "widget"
    project.mkdir()
    put_many("widget")
    put_many("zeta", days=13)

    async def use(screen: Screen) -> None:
        assert "distribution-loop on widget  12 runs" in screen.text()
        await screen.press("j")
        await screen.until(lambda: "distribution-loop on zeta  13 runs" in screen.text(), "the next")
        await screen.press("g")
        await screen.until(lambda: "on widget  12 runs" in screen.text(), "the first")
        await screen.press(*["ctrl+d"] * 6)
        await screen.until(lambda: "Flaky checks" in screen.text(), "the end of the details")
        await screen.press("b")
        await screen.until(lambda: not isinstance(screen.app.screen, StatsScreen), "back")

    await on_stats(use, project, size)


async def test_too_few_runs_and_hostile_names(tmp_path: Path) -> None:
    hostile = "w\x1b[31m[bold]日本語" + "x" * 200
    for day in range(2):
        put(claude_home(), worked([(hostile, hostile, 1000)], day=day, system=hostile, waits=[(hostile, hostile, 10)]))

    async def use(screen: Screen) -> None:
        assert "too few to tell" in screen.text()
        assert "[bold]" in screen.text()
        assert "\x1b" not in screen.text()

    await on_stats(use, tmp_path, NARROW)


async def test_without_runs_it_says_so(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        assert "none yet" in screen.text()
        await screen.press("j", "ctrl+d", "G")
        assert screen.app.screen.query_one(OptionList).option_count == 0

    await on_stats(use, tmp_path, NARROW)


async def test_it_opens_by_its_command(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("colon", *"stats", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, StatsScreen), "the screen")

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_it_looks_as_it_did(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    project = tmp_path / "widget"
    project.mkdir()
    put_many()
    put_many("gadget", days=2)
    app = LoopApp(project, LOOP, launcher=Started(), clock=Watch(), now=lambda: NOW)

    async def steps(pilot: Pilots) -> None:
        app.action_stats()
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, StatsScreen) and app.screen.query_one(OptionList).option_count == 2:
                break
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=steps)
