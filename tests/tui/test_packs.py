"""What packs say of a run, on the screen."""

import asyncio
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.process.launcher import ProcessLauncher

from .launching import Started
from .runs import INFRA, Screen, human_gate, on_screen

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
        raise Problem("said what is no JSON", code=Code.PACK_INVALID)

    monkeypatch.setattr(Started, "panel", panel)

    async def use(screen: Screen) -> None:
        await screen.until(asked.is_set, "packs are asked")
        await screen.idle()
        assert "infra-gate waits" in screen.text()
        assert "Packs" not in screen.text()

    await on_screen(use, tmp_path, INFRA)


async def test_no_process_is_started_where_no_pack_has_lines(tmp_path: Path) -> None:
    assert await ProcessLauncher(panels=lambda: False).panel(tmp_path / "nowhere", "x") == ()
