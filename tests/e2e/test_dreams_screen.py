"""Two loops in two repositories of one organization, by keys: the second knows what the first did (SPEC 7)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import World
from tests.projects import wait_for

from .test_screen import Terminal

pytestmark = pytest.mark.needs("tmux")
LOOP = """\
id = "craft-loop"
name = "Craft"
version = "1.0.0"
description = "Makes something."

[[phases]]
id = "MAKE"

[[phases.skills]]
id = "make"
runner = "manual"
"""
ORGANIZATION = """\
# Organization Dream State: mill street

## Active Systems
| System | Status |
|--------|--------|
| bakery | active |
| shop | active |

## Active Loops
| System | Loop | Phase | Started |
|--------|------|-------|---------|

## Recent Completions
| Date | System | Loop | Outcome |
|------|--------|------|---------|
"""


@pytest.fixture
def repositories(world: World) -> tuple[Path, Path]:
    """Two repositories, each with a run that waits for its one skill."""
    (world.claude / "DREAM-STATE.md").write_text(ORGANIZATION)
    for name in ("bakery", "shop"):
        folder = world.root / name
        (folder / ".loops").mkdir(parents=True)
        (folder / ".loops/craft-loop.toml").write_text(LOOP)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        assert loop_tui(folder, "run", "craft-loop", "--trust").returncode == 3
    return world.root / "bakery", world.root / "shop"


def loop_tui(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "loop_tui", *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def terminals(repositories: tuple[Path, Path]) -> Iterator[tuple[Terminal, Terminal]]:
    """A screen on each of them."""
    first, second = (Terminal(SimpleNamespace(folder=folder), 100, 30) for folder in repositories)  # type: ignore[arg-type]
    yield first, second
    first.close()
    second.close()


def rows(world: World) -> list[str]:
    text = (world.claude / "DREAM-STATE.md").read_text()
    return [line for line in text.splitlines() if "<!-- run " in line]


def test_the_second_knows_what_the_first_did(
    world: World, repositories: tuple[Path, Path], terminals: tuple[Terminal, Terminal]
) -> None:
    first, second = terminals
    assert (world.claude / "DREAM-STATE.md").read_text().count("<!-- running ") == 2
    first.open()
    first.sees("make", "needs you")
    first.keys(":")
    first.keys("-l", "complete make --summary kneaded")
    first.keys("Enter")
    wait_for(lambda: len(rows(world)) == 1, "the first is recorded")
    assert "| bakery | craft-loop | success <!-- run " in rows(world)[0]
    second.open()
    second.sees("make", "needs you")
    second.keys("M")
    second.sees("dream states", "mill street", "craft-loop bakery success", "craft-loop MAKE shop")
    second.keys("q")
    second.sees("make", "needs you")
    told = loop_tui(repositories[1], "dream", "status").stdout
    assert "craft-loop bakery success" in told
    second.keys(":")
    second.keys("-l", "complete make --summary sold")
    second.keys("Enter")
    wait_for(lambda: len(rows(world)) == 2, "the second is recorded")
    assert "| shop | craft-loop | success <!-- run " in rows(world)[1]
    assert "<!-- running " not in (world.claude / "DREAM-STATE.md").read_text()
