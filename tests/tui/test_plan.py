"""`D` shows what a run would do, and does nothing."""

import asyncio
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.tui.cockpit.dry_run import PlanScreen
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.widgets.help import HelpScreen
from loop_tui.tui.widgets.text_page import TextPage

from .runs import INFRA, Screen, human_gate, on_screen


def shown(screen: Screen) -> str:
    return screen.app.screen.query_one(TextPage).text


async def test_the_plan_of_a_project_without_a_run_and_nothing_is_made(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("D")
        assert isinstance(screen.app.screen, PlanScreen)
        await screen.until(lambda: "Dry run of distribution-loop" in shown(screen), "the plan")
        assert "the project is in no git repository" in shown(screen)
        assert "release-planner" in shown(screen)
        await screen.press("G", "g", "j", "k", "escape")
        assert isinstance(screen.app.screen, CockpitScreen)

    (tmp_path / "empty").mkdir()
    screen = await on_screen(use, tmp_path / "empty")
    assert not screen.spawned
    assert list((tmp_path / "empty").iterdir()) == []


async def test_the_plan_of_a_run_says_what_it_waits_for(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("D")
        await screen.until(lambda: "a run is there" in shown(screen), "the plan")
        assert "waits for you: infra-gate waits for a person" in shown(screen)
        await screen.press("D")
        assert isinstance(screen.app.screen, CockpitScreen)

    await on_screen(use, tmp_path, INFRA)


async def test_what_it_cannot_tell_is_said_and_r_looks_again(tmp_path: Path) -> None:
    asked: list[str] = []
    hostile = "ok \x1b]0;title\x07\x1b[31m[bold]not markup[/]"

    async def ask(project: Path, loop: str) -> str:
        asked.append(loop)
        if len(asked) == 1:
            raise Problem("is not JSON", "package.json:3", "fix that line", code=Code.FILE_INVALID)
        return hostile

    async def use(screen: Screen) -> None:
        screen.app.push_screen(PlanScreen(tmp_path, "distribution-loop", ask))
        await screen.until(lambda: "package.json:3: is not JSON (fix that line)" in screen.text(), "the problem")
        await screen.press("r")
        await screen.until(lambda: "[bold]not markup[/]" in shown(screen), "the second look")
        assert "\x1b" not in shown(screen)

    await on_screen(use, tmp_path)
    assert asked == ["distribution-loop"] * 2


async def test_closing_it_ends_the_look(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def ask(project: Path, loop: str) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    async def use(screen: Screen) -> None:
        screen.app.push_screen(PlanScreen(tmp_path, "distribution-loop", ask))
        await screen.until(lambda: isinstance(screen.app.screen, PlanScreen) and "looking" in screen.text(), "it looks")
        await screen.press("escape")
        await screen.until(ended.is_set, "it ended")

    await on_screen(use, tmp_path)


async def test_help_lists_it(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "dry run: show all that would be done" in screen.text()

    await on_screen(use, tmp_path)
