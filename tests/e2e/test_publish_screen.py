"""From a fresh project to the registry's own word for it, by keys alone, in a real terminal (tmux)."""

import re
import subprocess

import pytest

from tests.npm_tools import use_manager
from tests.projects import Project, press_until, wait_for
from tests.registry import Registry, files_with, integrity

from .test_publish import is_out, publishing
from .test_screen import Terminal, answer_the_question
from .test_screen import terminal as terminal

pytestmark = [
    pytest.mark.usefixtures("quick_npm"),
    pytest.mark.needs("tmux"),
    pytest.mark.parametrize("terminal", [(120, 40)], indirect=True, ids=["120x40"]),
]
PASSWORD = "914406"


def panel(terminal: Terminal) -> str:
    """What the panel on the right says, with its folded lines joined."""
    rows = [re.split("[│┃]", line) for line in terminal.text.splitlines()]
    return "".join(row[-2].strip(" ▁▂▃▄▅▆▇█") for row in rows if len(row) > 2)


def give_the_password(terminal: Terminal) -> None:
    """Type it unseen. What comes in the first moment is swallowed, so the first digit is typed until it is there."""
    terminal.sees("One-time password to publish")
    terminal.keys("3")
    terminal.sees("not shown, not stored")
    first, rest = PASSWORD[0], PASSWORD[1:]
    press_until(lambda: terminal.keys("BSpace", first), lambda: "•" in terminal.text, "a digit is taken")
    terminal.keys("-l", rest)
    terminal.sees("•" * len(PASSWORD))
    assert "•" * (len(PASSWORD) + 1) not in terminal.text
    # In the first moment after the panel came up, enter decides nothing.
    press_until(lambda: terminal.keys("Enter"), lambda: "•" not in terminal.text, "the password is taken")


def scroll_to(terminal: Terminal, words: str) -> None:
    """Half a page at a time, each awaited, until all of it is there: keys typed ahead would scroll past it."""
    while words not in panel(terminal).replace(" ", ""):
        before = terminal.text
        terminal.keys("C-d")
        wait_for(lambda before=before: terminal.text != before, f"there is more to read on the way to {words}")


def ship(terminal: Terminal) -> None:
    """Read the panel, start, answer, and look at what came of it."""
    terminal.open()
    terminal.sees("space start", "Version", "0.7.0 -> 0.8.0")
    terminal.keys("Space")
    answer_the_question(terminal, "Bump version")
    terminal.sees("Commit message", "Public files", "packs: ", "tree ")
    answer_the_question(terminal, "Commit message")
    give_the_password(terminal)
    terminal.project.wait_until_over()
    terminal.sees("shipped ", "confirmed  npm registry", "Next")
    # What the registry showed stands below what can be done next.
    terminal.keys("3")
    scroll_to(terminal, f"integrity:{checked(terminal.project)}")


def checked(project: Project) -> str:
    """The integrity of the tarball that was checked."""
    (tarball,) = project.archives()[0].with_suffix("").rglob("*.tgz")
    return integrity(tarball)


def test_the_person_sees_what_becomes_public_and_the_proof(terminal: Terminal, registry: Registry) -> None:
    publishing(terminal.project, "keys-npm")
    registry.door.otp = PASSWORD
    ship(terminal)
    terminal.keys("q")
    terminal.sees("ended=0")
    is_out(terminal.project, registry, "keys-npm")
    assert registry.door.passwords == ["", PASSWORD]
    assert PASSWORD not in terminal.text
    assert files_with(PASSWORD, terminal.project.world.root) == []


@pytest.mark.long
@pytest.mark.parametrize("manager", ["pnpm", "yarn1", "yarn4"])
def test_with_the_projects_own_manager(
    terminal: Terminal, registry: Registry, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    program = use_manager(manager, monkeypatch)
    version = {"pnpm": "9.15.9", "yarn1": "1.22.22", "yarn4": "4.18.1"}[manager]
    project, name = terminal.project, f"@keys/{manager}"
    publishing(project, name, packageManager=f"{program}@{version}", publishConfig={"access": "public"})
    if manager == "yarn4":
        argv = [program, "install", "--mode=skip-build"]
        subprocess.run(argv, cwd=project.folder, check=True, capture_output=True)
        project.git("add", "yarn.lock")
        project.commit("chore: install")
    registry.door.otp = PASSWORD
    ship(terminal)
    terminal.keys("q")
    terminal.sees("ended=0")
    is_out(project, registry, name)
    assert files_with(PASSWORD, project.world.root) == []
