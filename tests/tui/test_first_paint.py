"""What stands in the first paint, and what must not be imported before it (PERF "Start")."""

import subprocess
import sys
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Static

from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.source import LiveRun

from .launching import Started
from .runs import human_gate

PROGRAM = """
import asyncio, sys
from pathlib import Path
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.app import LoopApp
from loop_tui.control.folder import foreign_run, loop_of, nothing_in, runs_here

class Watched(LoopApp):
    def _display(self, screen, renderable):
        if renderable is not None:
            print(type(screen).__name__, *sys.modules)
            sys.stdout.flush()
            self.exit(0)

async def main():
    project, screen, runs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    assert runs_here(project) == runs
    assert not foreign_run(project)
    folders = [project] if screen == "HomeScreen" else []
    welcome = screen == "WelcomeScreen" and nothing_in(project)
    loop = loop_of(project)
    history = screen == "HistoryScreen"
    app = Watched(project, loop, launcher=ProcessLauncher(), folders=folders, history=history, welcome=welcome)
    await app.run_async(headless=True, size=(120, 40))

asyncio.run(main())
"""
HEAVY = {"pydantic", "pydantic_core", "watchfiles", "filelock", "psutil", "typer", "sh", "hashlib", "loop_tui.engine"}


@pytest.mark.parametrize(
    ("screen", "runs"),
    [("CockpitScreen", 0), ("CockpitScreen", 1), ("HomeScreen", 1), ("HistoryScreen", 0), ("WelcomeScreen", 0)],
)
def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path, screen: str, runs: int) -> None:
    if runs:
        human_gate(tmp_path)
    argv = [sys.executable, "-c", PROGRAM, str(tmp_path), screen, str(runs)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    shown, *imported = done.stdout.splitlines()[0].split()
    assert shown == screen
    assert "textual.app" in imported
    assert not HEAVY & set(imported)


@pytest.mark.parametrize(("size", "breakpoints"), [((80, 24), {"-narrow", "-tall"}), ((200, 60), {"-huge", "-high"})])
async def test_the_first_paint_is_of_the_right_size_and_says_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], breakpoints: set[str]
) -> None:
    """Before anything was read: project, loop and keys, laid out for the terminal as it is."""
    seen: list[tuple[str, str, str, bool]] = []

    class Watched(LoopApp):
        def _display(self, screen: Screen[object], renderable: object) -> None:
            if renderable is not None and not seen:
                status, keys = (str(screen.query_one(name, Static).render()) for name in ("#status", "#keys"))
                seen.append((status, keys, screen.query_one(LogPane).hint, screen.classes >= breakpoints))
            super()._display(screen, renderable)  # type: ignore[arg-type]

    async def nothing(self: LiveRun, post: object) -> None:
        """A run that is never read."""

    monkeypatch.setattr(LiveRun, "run", nothing)
    app = Watched(tmp_path / "widget", "distribution-loop", launcher=Started())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert len(app.screen_stack) == 1
    status, keys, log, right_size = seen[0]
    assert all(word in status for word in ("distribution-loop", "widget"))
    assert all(word in keys for word in ("space", "help"))
    assert log == "reading…", "that there is nothing is not known yet"
    assert right_size
