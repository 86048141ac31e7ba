"""A person ships the project on the screen, by keys alone, in a real terminal (tmux)."""

import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects import Project, press_until, shipped, wait_for

pytestmark = pytest.mark.needs("tmux")


class Terminal:
    """One window of tmux with a command in it."""

    def __init__(self, project: Project, width: int, height: int) -> None:
        self.project = project
        self.socket = f"loop-tui-{uuid.uuid4().hex[:8]}"
        self.size = (str(width), str(height))

    def tmux(self, *argv: str) -> str:
        done = subprocess.run(["tmux", "-L", self.socket, *argv], text=True, capture_output=True, check=False)
        return done.stdout

    def open(self, *argv: str, before: str = "") -> None:
        """Run loop-tui in a fresh window; the window stays when it ends. `before` is typed before the command."""
        width, height = self.size
        # The shell of a new window sets the PATH anew.
        path = f"PATH={shlex.quote(os.environ['PATH'])} "
        command = path + before + subprocess.list2cmdline([sys.executable, "-P", "-m", "loop_tui", *argv])
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "-c", str(self.project.folder))
        self.tmux("send-keys", "-l", f"clear; {command}; echo ended=$?")
        self.tmux("send-keys", "Enter")

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    @property
    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    def sees(self, *words: str) -> None:
        """Wait until the screen shows all the words."""
        try:
            wait_for(lambda: all(word in self.text for word in words), f"the screen shows {words}")
        except BaseException:
            sys.stdout.write(self.text)
            raise

    def close(self) -> None:
        self.tmux("kill-server")


@pytest.fixture
def terminal(request: pytest.FixtureRequest, feature: Project) -> Iterator[Terminal]:
    """A terminal of that size in a project with an unreleased feature."""
    opened = Terminal(feature, *request.param)
    yield opened
    opened.close()


def at(size: tuple[int, int], long: tuple[int, int]) -> pytest.MarkDecorator:
    """The size of the suite, and that of the long form."""
    made = [size, pytest.param(long, marks=pytest.mark.long)]
    return pytest.mark.parametrize("terminal", made, indirect=True, ids="{0[0]}x{0[1]}".format)


# What Textual makes of NO_COLOR: emphasis, and shades of grey.
_GREY = re.compile(r"(?:;?(?:[0-9]|2[0-9]|39|49|[34]8;5;(?:16|59|102|145|188|23[1-9]|24[0-9]|25[0-5])))*")


def answer_the_question(terminal: Terminal, words: str) -> None:
    """Take the default of a question."""
    go_to_the_question(terminal, words)
    take_the_default(terminal)


def go_to_the_question(terminal: Terminal, words: str) -> None:
    """Come to where it is answered. The one that follows one's own go has the keyboard; to any other leads a key."""
    terminal.sees(words)
    try:
        wait_for(lambda: HAS_KEYBOARD in terminal.text or CALLS in terminal.text, "the footer says what enter does")
    except BaseException:
        sys.stdout.write(terminal.text)
        raise
    if CALLS in terminal.text:
        terminal.keys("3")
        # Where the question got the keyboard meanwhile, the digit stands in its input.
        press_until(
            lambda: terminal.keys("C-u"), lambda: HAS_KEYBOARD in terminal.text, "the question has the keyboard"
        )


HAS_KEYBOARD, CALLS = "enter accept", "3 answer"


def take_the_default(terminal: Terminal) -> None:
    """Press enter until it was taken: in the first moment after the panel opened it does not count."""
    before = answers_in(terminal.project)
    taken = lambda: answers_in(terminal.project) != before  # noqa: E731
    press_until(lambda: terminal.keys("Enter"), taken, "the answer was taken")


def answers_in(project: Project) -> int:
    """How many answers the journal has; the log on the screen keeps the question."""
    return sum(event["action"] == "answered" for event in project.journal())


@at((80, 24), long=(120, 40))
def test_a_whole_run_without_colour_by_the_lines_alone(terminal: Terminal) -> None:
    """As a screen reader has it: every step is told by words, and no cell has a colour."""
    terminal.open(before="NO_COLOR=1 ")
    terminal.sees("space start", "pending", "not running", "3 run")
    sequences = re.findall(r"\x1b\[([0-9;]*)m", terminal.tmux("capture-pane", "-p", "-e"))
    assert sequences
    assert [each for each in sequences if not _GREY.fullmatch(each)] == []
    terminal.keys("Space")
    terminal.sees("needs you", "Bump version 0.7.0 -> 0.8.0?")
    answer_the_question(terminal, "Bump version")
    terminal.sees("needs you", "Commit message")
    answer_the_question(terminal, "Commit message")
    terminal.project.wait_until_over()
    terminal.sees("done", "not running")
    terminal.keys("2")
    terminal.sees("✓ retrospective")
    terminal.keys("q")
    terminal.sees("ended=0")
    shipped(terminal.project)


@at((120, 40), long=(80, 24))
def test_leaving_stops_nothing_and_coming_back_shows_what_happened(terminal: Terminal, tmp_path: Path) -> None:
    held = "const fs = require('fs');\nsetInterval(() => { if (fs.existsSync('dist/go')) process.exit(0); }, 5);\n"
    terminal.project.commit("test: waits", check__js=held)
    terminal.open()
    terminal.sees("space start", "not running")
    terminal.keys("Space")
    answer_the_question(terminal, "Bump version")
    terminal.sees("npm test")
    terminal.tmux("kill-session")
    dist = terminal.project.folder / "dist"
    dist.mkdir(exist_ok=True)
    (dist / "go").touch()
    wait_for(lambda: terminal.project.status().get("questions"), "the driver went on to its next question")
    terminal.open()
    answer_the_question(terminal, "Commit message")
    terminal.project.wait_until_over()
    terminal.sees("✓ done", "not running")
    terminal.keys("q")
    terminal.sees("ended=0")
    shipped(terminal.project)
