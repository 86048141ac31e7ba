"""A key marks a skill that is done by hand: what is checked is shown before."""

from pathlib import Path

import pytest

from loop_tui.control.by_hand import WantedFile, wanted_of
from loop_tui.engine import changes
from loop_tui.model.status import SkillStatus
from loop_tui.tui.widgets.choose import ChooseScreen

from .runs import INFRA, NARROW, Run, Screen, new_run, on_screen


def waiting(project: Path) -> Run:
    run = new_run(project, INFRA)
    run.tell(changes.phase_entered("INIT"))
    return run


def status_of(run: Run) -> SkillStatus:
    skill = run.state.phases[0].skill("requirements")
    assert skill is not None
    return skill.status


@pytest.mark.parametrize("pane", ["1", "3"])
async def test_one_key_and_enter_complete_it(tmp_path: Path, pane: str) -> None:
    run = waiting(tmp_path)

    async def use(screen: Screen) -> None:
        name = wanted_of(screen.app.snapshot, "requirements")[0].name
        (tmp_path / name).write_text("# What is needed\n")
        await screen.press(pane)
        assert "m done" in screen.text(), "the key stands in the footer while it can act"
        await screen.press("m")
        assert isinstance(screen.app.screen, ChooseScreen)
        assert f"✓ {name}  17 bytes" in screen.text()
        await screen.press("enter")
        await screen.idle()
        assert status_of(run) is SkillStatus.COMPLETE

    await on_screen(use, tmp_path, INFRA, size=NARROW if pane == "3" else (120, 40))


async def test_it_is_not_done_while_a_file_is_missing(tmp_path: Path) -> None:
    run = waiting(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("m")
        assert "missing or empty" in screen.text()
        assert "not yet: 1 file to write first" in screen.text()
        await screen.press("enter")
        await screen.idle()
        assert status_of(run) is not SkillStatus.COMPLETE

    await on_screen(use, tmp_path, INFRA)


async def test_the_other_name_of_a_file_counts_as_it_does_for_the_run(tmp_path: Path) -> None:
    waiting(tmp_path)
    (tmp_path / "INFRA-REQUIREMENTS.md").write_text("# What is needed\n")

    async def use(screen: Screen) -> None:
        assert wanted_of(screen.app.snapshot, "requirements") == (WantedFile("REQUIREMENTS.md", 17),)

    await on_screen(use, tmp_path, INFRA)


async def test_where_nothing_is_done_by_hand_the_key_says_so(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        assert "m done" not in screen.text()
        await screen.press("m")
        assert "no manual skill is waiting" in screen.toasts()[0]

    await on_screen(use, tmp_path)
