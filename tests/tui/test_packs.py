"""What packs say of a run, on the screen."""

import asyncio
from pathlib import Path

import pytest

from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.app import LoopApp

from .launching import Started
from .runs import DISTRIBUTION, INFRA, NARROW, NOW, WIDE, Screen, Watch, human_gate, new_run, on_screen

HOSTILE = "3 greeted \x1b]0;title\x07\x1b[31m[bold]no markup[/]"


async def test_their_lines_stand_in_the_panel_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    human_gate(tmp_path)

    async def panel(self: ProcessLauncher, project: Path, loop: str) -> tuple[str, ...]:
        assert (project, loop) == (tmp_path, INFRA)
        return (HOSTILE, "second")

    monkeypatch.setattr(Started, "panel", panel)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "second" in screen.text(), "the lines")
        assert "3 greeted [bold]no markup[/]" in screen.text()
        assert "title" not in screen.text()

    await on_screen(use, tmp_path, INFRA, size=(200, 60))


async def test_packs_that_cannot_tell_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    human_gate(tmp_path)
    asked = asyncio.Event()

    async def panel(self: ProcessLauncher, project: Path, loop: str) -> tuple[str, ...]:
        asked.set()
        raise Problem("printed invalid JSON", code=Code.PACK_INVALID)

    monkeypatch.setattr(Started, "panel", panel)

    async def use(screen: Screen) -> None:
        await screen.until(asked.is_set, "packs are asked")
        await screen.idle()
        assert "infra-gate waits" in screen.text()
        assert "Packs" not in screen.text()

    await on_screen(use, tmp_path, INFRA)


async def test_no_process_is_started_where_no_pack_has_lines(tmp_path: Path) -> None:
    assert await ProcessLauncher().ready(tmp_path / "nowhere", "x") == ()
    assert await ProcessLauncher(panels=lambda: False).panel(tmp_path / "nowhere", "x") == ()


READY = (PanelLine("version", f"0.7.0 -> 0.8.0 {HOSTILE}"), PanelLine("becomes \x1b[2Jpublic", "! .env [b]x[/b]"))


def with_lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Packs have lines; gives the loops that they were asked about, one for each time."""
    asked: list[str] = []

    async def ready(self: ProcessLauncher, project: Path, loop: str) -> tuple[PanelLine, ...]:
        asked.append(loop)
        return READY

    monkeypatch.setattr(Started, "ready", ready)
    return asked


async def test_before_a_run_the_panel_says_what_starting_one_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = with_lines(monkeypatch)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "0.7.0 -> 0.8.0" in screen.text(), "the lines")
        shown = screen.text()
        for part in (
            "space  start a run",
            "Version",
            "greeted [bold]no markup[/]",
            "Becomes public",
            "! .env [b]x[/b]",
        ):
            assert part in shown, part
        await screen.press("j", "3", "j", "2")
        await screen.idle()
        assert asked == [DISTRIBUTION]

    await on_screen(use, tmp_path)


async def test_where_the_panel_is_not_shown_nobody_is_asked_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = with_lines(monkeypatch)

    async def use(screen: Screen) -> None:
        await screen.press("j", "2", "1")
        assert asked == []
        await screen.press("3")
        await screen.until(lambda: "0.7.0 -> 0.8.0" in screen.text(), "the lines")
        assert asked == [DISTRIBUTION]
        await screen.press("escape", "3")
        await screen.until(lambda: "0.7.0 -> 0.8.0" in screen.text(), "the lines, as they were told")
        assert asked == [DISTRIBUTION]

    await on_screen(use, tmp_path, size=NARROW)


async def test_a_run_puts_them_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = with_lines(monkeypatch)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "0.7.0 -> 0.8.0" in screen.text(), "the lines")
        new_run(tmp_path)
        await screen.until(lambda: "0.7.0 -> 0.8.0" not in screen.text(), "the run is shown")
        assert asked == [DISTRIBUTION]

    await on_screen(use, tmp_path)


async def test_a_run_that_goes_on_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = with_lines(monkeypatch)
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "j")
        assert asked == []

    await on_screen(use, tmp_path)


async def test_who_only_looks_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = with_lines(monkeypatch)
    app = LoopApp(tmp_path, DISTRIBUTION, launcher=Started(), clock=Watch(), now=lambda: NOW, read_only=True)
    async with app.run_test(size=WIDE) as pilot:
        screen = Screen(app, pilot, Watch())
        await screen.until(lambda: app.snapshot.opened, "the first look")
        await screen.press("3", "j")
        assert (asked, app.snapshot.ready) == ([], None)
