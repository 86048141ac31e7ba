"""Commands on the list of runs: what is typed is done with the run under the cursor, or says why not."""

from pathlib import Path

import pytest

from loop_tui.model.status import GateStatus
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.home.screen import HomeScreen
from loop_tui.tui.widgets.help import HelpScreen

from .runs import NARROW, WIDE, Screen, human_gate, new_run, on_screen
from .test_home import listed, on_home
from .test_home_answers import line_of


async def typed(screen: Screen, text: str) -> None:
    """Type a command and let it be done."""
    await screen.press("colon", *text, "enter")
    await screen.until(lambda: not [w for w in screen.app.workers if w.group == "command" and w.is_running], "done")
    await screen.idle()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_typed_approval_is_armed_in_the_panel_of_the_row(tmp_path: Path, size: tuple[int, int]) -> None:
    run = human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        await typed(screen, "approve")
        assert line_of(screen).startswith("enter ▸ widget-gauge: Approve infra-gate")
        await screen.press("enter")
        await screen.idle()
        assert run.state.gates[0].status is GateStatus.APPROVED

    await on_home(use, tmp_path, 1, size)


@pytest.mark.parametrize(
    ("command", "said"),
    [("pause", "pausing after the current skill"), ("zoom", "there is no command")],
)
async def test_a_command_acts_on_the_row_or_says_why_not(tmp_path: Path, command: str, said: str) -> None:
    run = new_run(tmp_path / "p")

    async def use(screen: Screen) -> None:
        await typed(screen, command)
        shown = screen.text() + "\n".join(screen.toasts())
        assert said in shown
        assert (run.state.status.value == "paused") is (command == "pause")

    await on_home(use, tmp_path, 1)


async def test_a_command_without_a_run_says_so(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await typed(screen, "pause")
        assert screen.toasts() == ["no run is listed"]

    await on_home(use, tmp_path, 0)


async def test_another_folder_is_watched_and_b_leads_back(tmp_path: Path) -> None:
    new_run(tmp_path / "here")
    new_run(tmp_path / "there/a")

    async def use(screen: Screen) -> None:
        await typed(screen, f"watch {tmp_path}/nowhere")
        assert "no such folder" in screen.toasts()[0]
        await typed(screen, "watch ../there")
        await screen.until(lambda: isinstance(screen.app.screen, HomeScreen), "the list")
        await screen.until(lambda: [row.project.name for row in listed(screen).rows] == ["a"], "what lies there")
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, CockpitScreen), "back")
        assert screen.app.screen.snapshot.project == tmp_path / "here"

    await on_screen(use, tmp_path / "here")


async def test_escape_leads_from_a_cockpit_to_the_list_it_was_opened_from(tmp_path: Path) -> None:
    new_run(tmp_path / "p")

    async def use(screen: Screen) -> None:
        await screen.press("l", "z", "escape")
        assert isinstance(screen.app.screen, CockpitScreen), "it shows all panes again, and no more"
        await screen.press("escape")
        assert isinstance(screen.app.screen, HomeScreen)

    await on_home(use, tmp_path, 1)


async def test_help_lists_the_keys_of_list_and_panel_and_does_them(tmp_path: Path) -> None:
    human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        await screen.press("ctrl+p", *"approve")
        assert isinstance(screen.app.screen, HelpScreen)
        await screen.press("enter")
        await screen.until(lambda: line_of(screen).startswith("enter ▸ widget-gauge: Approve"), "armed")

    await on_home(use, tmp_path, 1, NARROW)
