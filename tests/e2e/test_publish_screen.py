"""From a project to the registry's own word for it, by keys alone in a real terminal (tmux)."""

import os
import re
import shlex
from collections.abc import Iterator

import pytest

from tests.npm_tools import use_manager
from tests.projects import Project, wait_for
from tests.registry import Registry, files_with

from .test_publish import MANAGED, committed_lock, is_out, publishing
from .test_screen import Terminal, answer_the_question

pytestmark = pytest.mark.needs("tmux")

PASSWORD = "730518"
ASKED = "One-time password"


@pytest.fixture
def terminal(feature: Project) -> Iterator[Terminal]:
    """A terminal in a project with an unreleased feature."""
    opened = Terminal(feature, 80, 24)
    yield opened
    opened.close()


def test_published_by_keys(terminal: Terminal, registry: Registry) -> None:
    publishing(terminal.project, "keys-npm")
    ship_by_keys(terminal, registry, "keys-npm")


@pytest.mark.long
@pytest.mark.parametrize("manager", ["pnpm", "yarn1", "yarn4"])
def test_published_by_keys_with_the_projects_own_manager(
    terminal: Terminal, registry: Registry, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    name = f"@keys/{manager}"
    program = use_manager(manager, monkeypatch)
    publishing(terminal.project, name, packageManager=MANAGED[manager], publishConfig={"access": "public"})
    if manager == "yarn4":
        committed_lock(terminal.project, program)
    ship_by_keys(terminal, registry, name)


def ship_by_keys(terminal: Terminal, registry: Registry, name: str) -> None:
    """Start the run, answer what it asks, type the one-time password, read the proof, and leave."""
    project = terminal.project
    registry.door.otp = PASSWORD
    # The shell of a new window sets the PATH anew.
    terminal.open(before=f"PATH={shlex.quote(os.environ['PATH'])} ")
    terminal.sees("space start", "no driver")
    terminal.keys("Space")
    answer_the_question(terminal, "Bump version")
    answer_the_question(terminal, "Commit message")
    terminal.sees(ASKED)
    type_unseen(terminal, PASSWORD)
    project.wait_until_over()
    terminal.sees("omplete", "no driver")
    terminal.keys("q")
    terminal.sees("ended=0")
    is_out(project, registry, name)
    assert registry.door.passwords == ["", PASSWORD]
    assert files_with(PASSWORD, project.world.root) == []


def type_unseen(terminal: Terminal, text: str) -> None:
    """Type a secret into the panel, where each letter is a dot, and submit it."""
    terminal.keys("3")
    terminal.sees("not shown, not kept")
    # The first keys after the panel opened are swallowed: press one until it is taken, and begin anew.
    wait_for(lambda: terminal.keys("0") or "•" in terminal.text, "a key was taken", 40)
    terminal.keys("C-u")
    terminal.sees("not shown, not kept")
    terminal.keys("-l", text)
    terminal.sees("•" * len(text))
    assert re.findall("•+", terminal.text) == ["•" * len(text)]
    wait_for(lambda: terminal.keys("Enter") or ASKED not in terminal.text, "it was submitted", 40)
