"""Two loops in two repositories of one organization, by keys: the second knows what the first did (SPEC 7)."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import World
from tests.craft import LOOP, make_craft
from tests.projects import press_until, wait_for

from .test_screen import Terminal

pytestmark = pytest.mark.needs("tmux")
ORGANIZATION = """\
# Organization Dream State: mill street

## Active Systems
| System | Status |
|--------|--------|
| bakery | active |

## Active Loops
| System | Loop | Phase | Started |
|--------|------|-------|---------|

## Recent Completions
| Date | System | Loop | Outcome |
|------|--------|------|---------|
"""


@pytest.fixture
def repositories(world: World) -> tuple[Path, Path]:
    """Two repositories with a loop, and the document of their organization, which lists the first."""
    (world.claude / "DREAM-STATE.md").write_text(ORGANIZATION)
    return make_craft(world.root / "bakery"), make_craft(world.root / "shop")


@pytest.fixture
def terminals(repositories: tuple[Path, Path]) -> Iterator[tuple[Terminal, Terminal]]:
    """A screen on each of them."""
    first, second = (Terminal(SimpleNamespace(folder=folder), 100, 30) for folder in repositories)  # type: ignore[arg-type]
    yield first, second
    first.close()
    second.close()


def start(terminal: Terminal) -> None:
    """Trust the loop and start it, by keys."""
    terminal.open("--loop", LOOP)
    terminal.sees("trust it?")
    terminal.keys("3")
    terminal.sees("trust  remembered until it changes")
    terminal.keys("a")
    terminal.sees("its commands may run here")
    press_until(lambda: terminal.keys("Enter"), lambda: "space starts one" in terminal.text, "it is trusted")
    press_until(lambda: terminal.keys("Space"), lambda: "make is done by you" in terminal.text, "it is started")


def complete(terminal: Terminal) -> None:
    """Complete the one skill, by what is typed."""
    terminal.keys(":")
    terminal.keys("-l", "complete make --summary kneaded")
    terminal.keys("Enter")


def organization(world: World) -> str:
    return (world.claude / "DREAM-STATE.md").read_text()


def rows(world: World) -> list[str]:
    return [line for line in organization(world).splitlines() if "<!-- run " in line]


def test_the_second_knows_what_the_first_did(
    world: World, repositories: tuple[Path, Path], terminals: tuple[Terminal, Terminal]
) -> None:
    first, second = terminals
    start(first)
    wait_for(lambda: "| bakery | craft-loop | MAKE | " in organization(world), "it is an active loop")
    complete(first)
    wait_for(lambda: len(rows(world)) == 1, "the first is recorded")
    assert "| bakery | craft-loop | success <!-- run " in rows(world)[0]
    start(second)
    second.keys("M")
    second.sees("dream states", "mill street", "craft-loop bakery success", "craft-loop MAKE shop")
    second.keys("q")
    second.sees("make is done by you")
    second.keys("C")
    second.sees("Active Systems: bakery (active)", "craft-loop bakery success")
    press_until(lambda: second.keys("Escape"), lambda: "Loaded Context" not in second.text, "the context is closed")
    second.sees("make is done by you")
    told = (repositories[1] / ".loop/craft-loop/context.md").read_text()
    assert "craft-loop bakery success" in told, "its skills and agents know it too"
    complete(second)
    wait_for(lambda: len(rows(world)) == 2, "the second is recorded")
    assert "| shop | craft-loop | success <!-- run " in rows(world)[1]
    text = organization(world)
    assert "<!-- running " not in text
    kept = [line for line in text.splitlines() if "<!-- run " not in line]
    kept.remove("| shop | active |")  # The organization lists the system now.
    assert kept == ORGANIZATION.splitlines()
