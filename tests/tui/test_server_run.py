"""The cockpit of a run of the orchestrator server: everything is shown, and nothing can be answered there."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.control.attention import AttentionKind
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.home.screen import HomeScreen
from tests.control.elsewhere import execution_file, log

from .launching import Started
from .runs import NOW, WIDE, Screen, Watch
from .test_home import on_home

AT_WORK = NOW.timestamp() - 30


async def on_run(use: Callable[[Screen], Awaitable[None]], path: Path, size: tuple[int, int] = WIDE) -> Screen:
    """Run a test's steps on the run that has that file, once it was read."""
    clock = Watch()
    bells: list[str] = []
    app = LoopApp(path.parent, "", clock=clock, now=lambda: NOW, launcher=Started(), execution=path)
    app.bell = lambda: bells.append(app.snapshot.attention.key)  # type: ignore[method-assign]
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, [], bells)
        await screen.until(lambda: app.snapshot.opened, "the first look")
        await use(screen)
    return screen


async def test_it_opens_from_the_list_with_phases_log_and_where_to_answer(tmp_path: Path) -> None:
    execution_file(tmp_path / "e-1", written=AT_WORK)

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        assert isinstance(screen.app.screen, CockpitScreen)
        await screen.until(lambda: screen.app.snapshot.opened, "the run")
        await screen.until(lambda: 'Skill "spec" completed' in screen.text(), "the log")
        await screen.press("3")
        text = screen.text()
        assert "spec-gate waits for you" in text
        assert "approve_gate" in text
        assert "Your answer: the key" not in text
        assert "architect" in text
        await screen.press("b")
        assert isinstance(screen.app.screen, HomeScreen)
        await screen.press("b")
        assert isinstance(screen.app.screen, CockpitScreen)
        await screen.until(lambda: screen.app.snapshot.loop == "engineering-loop", "the same run again")

    await on_home(use, tmp_path, 1)


@pytest.mark.parametrize(
    "keys", [("a",), ("3", "a"), ("3", "a", "enter"), ("3", "c"), ("space",), ("p",), ("s",), ("J",)]
)
async def test_no_key_of_ours_answers_or_changes_it(tmp_path: Path, keys: tuple[str, ...]) -> None:
    path = execution_file(tmp_path / "e-1", written=AT_WORK)
    before = path.read_bytes()

    async def use(screen: Screen) -> None:
        for key in keys:
            screen.clock.on()
            await screen.press(key)
        assert len(screen.app.screen_stack) == 1
        assert screen.panel.armed is None
        assert not screen.panel.asks_text

    await on_run(use, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]


async def test_a_key_that_does_nothing_says_where_it_is_answered(tmp_path: Path) -> None:
    path = execution_file(tmp_path / "e-1", written=AT_WORK)

    async def use(screen: Screen) -> None:
        await screen.press("space")
        assert "orchestrator server" in screen.toasts()[-1]

    await on_run(use, path)


async def test_what_the_server_writes_is_shown_and_a_half_written_file_rings_nobody(tmp_path: Path) -> None:
    path = execution_file(tmp_path / "e-1", written=AT_WORK)

    async def use(screen: Screen) -> None:
        path.write_text("")
        lines: JsonValue = [log("2026-01-02T03:09:00.000Z", "error", "Guarantee GUA-1 failed", skillId="architect")]
        phases: JsonValue = [
            {"phase": "INIT", "status": "completed", "skills": []},
            {"phase": "SCAFFOLD", "status": "in-progress", "skills": [{"skillId": "architect", "status": "pending"}]},
        ]
        execution_file(path.parent, currentPhase="SCAFFOLD", phases=phases, logs=lines)
        os.utime(path, (AT_WORK, AT_WORK))
        await screen.until(lambda: screen.app.snapshot.attention.kind is AttentionKind.ELSEWHERE, "next phase")
        await screen.until(lambda: "GUA-1 failed" in screen.text(), "the log")

    screen = await on_run(use, path)
    assert screen.bells == []


async def test_a_blocked_run_says_why_and_where_it_goes_on(tmp_path: Path) -> None:
    gates: JsonValue = [{"gateId": "spec-gate", "status": "rejected", "feedback": "say what happens offline"}]
    path = execution_file(tmp_path / "e-1", written=AT_WORK, status="blocked", gates=gates)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        await screen.until(lambda: screen.panel._panel is not None, "the panel")
        assert screen.panel._panel is not None
        text = screen.panel._panel.body.plain
        assert "say what happens offline" in text
        assert "approve_gate" in text

    await on_run(use, path)
