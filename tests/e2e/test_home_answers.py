"""A run is answered from the list of runs, in a real terminal (tmux)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.model.status import GateStatus
from tests.projects import Project, World, press_until
from tests.tui.runs import asking, human_gate

from .test_screen import Terminal

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.usefixtures("quick_npm")]


@pytest.fixture(params=[(80, 24), pytest.param((120, 40), marks=pytest.mark.long)], ids="{0[0]}x{0[1]}".format)
def terminal(request: pytest.FixtureRequest, tmp_path: Path, world: World) -> Iterator[Terminal]:
    opened = Terminal(Project(tmp_path, tmp_path, world), *request.param)
    yield opened
    opened.close()


def test_a_gate_is_decided_from_the_list_by_its_key_and_enter(tmp_path: Path, terminal: Terminal) -> None:
    asking(tmp_path / "asks", default=None)
    run = human_gate(tmp_path / "gate", system="zones")

    def status() -> GateStatus:
        return run.state.gates[0].status if run.state.gates else GateStatus.PENDING

    terminal.open("watch", str(tmp_path))
    terminal.sees("infra-gate waits for you", "Release 0.8.0?", "enter answer")
    terminal.keys("j", "x")
    terminal.sees("zones: Reject infra-gate", "enter reject infra-gate")
    assert status() is GateStatus.PENDING
    terminal.keys("Escape", "x")
    press_until(lambda: terminal.keys("Enter"), lambda: status() is GateStatus.REJECTED, "it was rejected")
    terminal.keys("Escape")  # from the panel, where the last enter may have come too late
    terminal.sees("enter answer", "was rejected")
    # Right behind escape the terminal may take it for alt-q.
    press_until(lambda: terminal.keys("q"), lambda: "ended=0" in terminal.text, "the list was left")
