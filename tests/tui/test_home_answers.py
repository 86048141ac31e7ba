"""Answering from the list of runs, by the rules of the cockpit: the first key arms, enter on the line decides."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from loop_tui.model.status import GateStatus
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.home.screen import HomeScreen

from .runs import NARROW, WIDE, Run, Screen, asking, human_gate, new_run, red_gate
from .test_home import listed, on_home


def panel(screen: Screen) -> GatePanel:
    return screen.app.screen_stack[0].query_one(GatePanel)


def line_of(screen: Screen) -> str:
    line = panel(screen).query_one("#panel-line", Static)
    return str(line.content) if line.display else ""


def gate_of(run: Run) -> GateStatus:
    return run.state.gates[0].status if run.state.gates else GateStatus.PENDING


def footer(screen: Screen) -> str:
    return screen.text().splitlines()[-1]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_arms_and_enter_on_the_line_approves(tmp_path: Path, size: tuple[int, int]) -> None:
    run = human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        await screen.press("a")
        assert panel(screen).armed is not None
        assert line_of(screen).startswith("enter ▸ widget-gauge: Approve infra-gate: IMPLEMENT starts")
        assert "approve infra-gate" in footer(screen)
        await screen.pilot.press("enter")  # within the 300 ms
        await screen.idle()
        assert gate_of(run) is GateStatus.PENDING
        await screen.press("enter")
        await screen.idle()
        assert gate_of(run) is GateStatus.APPROVED
        await screen.until(lambda: screen.app.focused is listed(screen), "back in the list")

    await on_home(use, tmp_path, 1, size)


async def test_keys_typed_at_once_behind_the_answer_go_into_its_text(tmp_path: Path) -> None:
    run = human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        await screen.pilot.press("c", *"qab", "enter")
        await screen.until(lambda: panel(screen).armed is not None, "the text is taken")
        await screen.press("enter")
        await screen.idle()
        assert run.state.gates[0].feedback == "qab"

    await on_home(use, tmp_path, 1, NARROW)


async def test_enter_on_a_row_that_waits_leads_to_its_panel_and_decides_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        assert " enter answer " in footer(screen)
        await screen.press("enter", "enter", "escape")
        assert isinstance(screen.app.screen, HomeScreen)
        assert gate_of(run) is GateStatus.PENDING
        await screen.press("l")
        assert isinstance(screen.app.screen, CockpitScreen)

    await on_home(use, tmp_path, 1)


async def test_a_question_is_answered_in_its_input(tmp_path: Path) -> None:
    run = asking(tmp_path / "asks", default=None)

    async def use(screen: Screen) -> None:
        await screen.press("enter", *"0.8.0", "enter")
        await screen.idle()
        assert [q.answer for q in run.state.questions] == ["0.8.0"]

    await on_home(use, tmp_path, 1, NARROW)


async def test_an_answer_to_what_changed_meanwhile_is_taken_back(tmp_path: Path) -> None:
    run = human_gate(tmp_path / "gate")

    async def use(screen: Screen) -> None:
        await screen.press("a")
        (run.project / "INFRASTRUCTURE-PLAN.md").write_text("# Another plan\n")
        await screen.press("enter")
        await screen.idle()
        await screen.until(lambda: "check it again" in line_of(screen), "it says why")
        assert gate_of(run) is GateStatus.PENDING

    await on_home(use, tmp_path, 1)


@pytest.mark.parametrize(
    ("make", "key", "said"),
    [
        (red_gate, "s", "go to its panel with 3"),
        (new_run, "a", "no gate waits for an answer"),
        (new_run, "space", "go to its panel with 3"),
    ],
    ids=["skip", "approve", "go"],
)
async def test_a_key_that_does_nothing_here_says_why(
    tmp_path: Path, make: Callable[[Path], Run], key: str, said: str
) -> None:
    run = make(tmp_path / "p")
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        await screen.press(key)
        await screen.until(lambda: any(said in toast for toast in screen.toasts()), "it is said")
        assert run.store.path.read_bytes() == before

    await on_home(use, tmp_path, 1)


async def test_the_panel_shows_the_run_under_the_cursor_and_stays_with_the_one_that_is_answered(tmp_path: Path) -> None:
    human_gate(tmp_path / "gate")
    red_gate(tmp_path / "red")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "infra-gate waits for you" in screen.text(), "the first")
        await screen.press("j")
        await screen.until(lambda: "readiness-gate FAILED" in screen.text(), "the second")
        await screen.press("3")
        asking(tmp_path / "new")
        await screen.until(lambda: len(listed(screen).rows) == 3, "another run")
        assert panel(screen)._snapshot is not None
        assert panel(screen)._snapshot.project.name == "red"

    await on_home(use, tmp_path, 2)


async def test_what_was_armed_names_its_run_when_another_one_went_from_under_the_cursor(tmp_path: Path) -> None:
    asks = asking(tmp_path / "asks")
    run = human_gate(tmp_path / "gate", system="other")

    async def use(screen: Screen) -> None:
        rows = listed(screen)
        rows.go_to(next(i for i, row in enumerate(rows.rows) if row.project.name == "asks"))
        asks.store.path.unlink()
        await screen.until(lambda: len(rows.rows) == 1, "it has gone")
        await screen.pilot.press("a", "enter")
        assert line_of(screen).startswith("enter ▸ other: Approve infra-gate")
        assert gate_of(run) is GateStatus.PENDING

    await on_home(use, tmp_path, 2)
