"""`watch DIR` shows what is below DIR and nothing else, in a real terminal (tmux)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.projects import Project, World, press_until
from tests.tui.past import archive
from tests.tui.runs import human_gate, new_run

from .test_screen import Terminal

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.usefixtures("quick_npm")]
OUTSIDE = "elsewhere"


@pytest.fixture(params=[(80, 24), pytest.param((120, 40), marks=pytest.mark.long)], ids="{0[0]}x{0[1]}".format)
def terminal(request: pytest.FixtureRequest, tmp_path: Path, world: World) -> Iterator[Terminal]:
    here = tmp_path / "here"
    here.mkdir()
    opened = Terminal(Project(here, tmp_path, world), *request.param)
    yield opened
    opened.close()


def test_nothing_is_listed_that_is_not_below_it(tmp_path: Path, terminal: Terminal) -> None:
    """Not where it was started, beside it, above it, in a folder that begins alike, or behind a link out of it."""
    watched, now = tmp_path / "dir", datetime.now(UTC)
    human_gate(watched / "gate", system="inside-gate")
    archive(watched / "done", system="inside-done", moment=now)
    (watched / "idle").mkdir()
    (watched / "idle/package.json").write_text('{"name": "inside-idle"}')
    new_run(tmp_path / "here", system=f"{OUTSIDE}-start")
    human_gate(tmp_path / "dir-two", system=f"{OUTSIDE}-alike")
    archive(tmp_path / "dir-done", system=f"{OUTSIDE}-done", moment=now)
    new_run(tmp_path / "above", system=f"{OUTSIDE}-above")
    (watched / "out").symlink_to(tmp_path / "above")
    (tmp_path / "idle").mkdir()
    (tmp_path / "idle/package.json").write_text(f'{{"name": "{OUTSIDE}-idle"}}')

    terminal.open("watch", "../dir")
    terminal.sees("inside-gate", "inside-done", "done today 1")
    assert OUTSIDE not in terminal.text
    terminal.keys("P")
    terminal.sees("without a run 1", "idle")
    assert OUTSIDE not in terminal.text
    terminal.keys("P")
    new_run(watched / "new", system="inside-new")
    new_run(tmp_path / "dir-three", system=f"{OUTSIDE}-new")
    terminal.sees("inside-new")
    assert OUTSIDE not in terminal.text
    press_until(lambda: terminal.keys("q"), lambda: "ended=0" in terminal.text, "the list is left")
