"""A screen and a web tab that are killed: the run goes on, and the next one shows it (DESIGN "Crash-only")."""

import asyncio
import os
import signal

import psutil
import pytest

from tests.projects import Project, press_until, shipped, wait_for
from tests.served import Visitor, none_left, served

from .test_screen import Terminal, answer_the_question, answers_in, at, go_to_the_question
from .test_screen import terminal as terminal

pytestmark = [pytest.mark.crash, pytest.mark.usefixtures("quick_npm")]

HELD = "const fs = require('fs');\nsetInterval(() => { if (fs.existsSync('dist/go')) process.exit(0); }, 5);\n"


def screen_of(project: Project) -> psutil.Process:
    """The process that draws the screen: loop-tui in the project, and no driver."""
    for process in psutil.process_iter(["cwd", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["cwd"] == str(project.folder) and "loop_tui" in words and "drive" not in words:
            return process
    raise AssertionError("no screen")


def let_go(project: Project) -> None:
    """Let the test step of the project end."""
    dist = project.folder / "dist"
    dist.mkdir(exist_ok=True)
    (dist / "go").touch()


@pytest.mark.needs("tmux")
@at((120, 40), long=(80, 24))
def test_a_screen_that_is_killed_stops_nothing(terminal: Terminal) -> None:
    project = terminal.project
    project.commit("test: waits", check__js=HELD)
    terminal.open()
    terminal.sees("space start", "not running")
    terminal.keys("Space")
    answer_the_question(terminal, "Bump version")
    terminal.sees("npm test")
    screen_of(project).send_signal(signal.SIGKILL)
    terminal.sees("ended=137")
    let_go(project)
    wait_for(lambda: project.status().get("questions"), "the driver went on to its next question")
    project.cli("run", "--resume", "--yes")
    shipped(project)


@pytest.mark.needs("tmux")
@at((80, 24), long=(120, 40))
@pytest.mark.parametrize("written", ["just begun", "in the state"])
def test_a_screen_that_is_killed_while_it_answers(terminal: Terminal, written: str) -> None:
    """The answer is there whole or not at all; said again, the run ends as without."""
    project = terminal.project
    terminal.open()
    terminal.sees("space start", "not running")
    terminal.keys("Space")
    go_to_the_question(terminal, "Bump version")
    screen = screen_of(project)
    enough = lambda: written == "just begun" or answers_in(project)  # noqa: E731
    press_until(lambda: terminal.keys("Enter"), enough, "the answer")
    os.kill(screen.pid, signal.SIGKILL)
    terminal.sees("ended=137")

    def over() -> bool:
        # A driver that the answer started is watched, and ends at its next question.
        return not project.state_file.exists() or "watching" not in project.cli("run", "--resume", "--yes", code=None)

    wait_for(over, "the run has ended")
    shipped(project)


async def test_a_tab_that_is_killed_leaves_server_and_run(feature: Project) -> None:
    feature.commit("test: waits", check__js=HELD)
    with served(feature.folder) as server:
        driver = feature.start("run", "--yes")
        await asyncio.to_thread(
            wait_for, lambda: any(e.get("subject") == "code-verification" for e in feature.journal()), "the checks"
        )
        async with Visitor(server) as visitor:
            async with visitor.tab() as tab:
                await tab.sees("code-verification")
                (process,) = server.tabs()
                process.kill()
                assert await asyncio.to_thread(none_left, [process])
            async with visitor.tab() as tab:
                await tab.sees("code-verification")
                let_go(feature)
                await asyncio.to_thread(feature.wait_until_over)
        assert server.process.poll() is None
        assert driver.wait() == 0
    shipped(feature)
