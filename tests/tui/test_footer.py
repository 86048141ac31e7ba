"""The footer belongs to the pane and the moment, and names no key that another screen has (SCREEN "Focus")."""

from pathlib import Path

import pytest

from loop_tui.model.log import LogLevel
from loop_tui.tui.cockpit.bars import KeyBar

from .runs import NARROW, Screen, new_run, on_screen, through_init

STEP = tuple(
    (skill, level, text)
    for skill, level, text in (
        ("code-verification", LogLevel.COMMAND, "npm test"),
        *(("code-verification", LogLevel.OUT, f"ok {number}") for number in range(1, 90)),
        ("code-verification", LogLevel.OK, "test: exit 0"),
    )
)


def footer(screen: Screen) -> str:
    """The row as it is painted on the cockpit, whatever is on top."""
    bar = next(each for each in screen.app.screen_stack[0].query(KeyBar))
    return " ".join(bar.render_line(0).text.split())


async def test_in_the_log_it_names_enter_and_the_keys_of_the_log(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)
    run.say(*STEP)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: len(screen.log.store) >= len(STEP), "the log")
        await screen.press("2")
        first = footer(screen).split("  ")[0]
        assert first.startswith(("enter fold ", "enter unfold "))
        assert "R raw" in footer(screen)
        assert "/ search" in footer(screen)
        assert "space continue" in footer(screen)
        word = first.split()[1]
        await screen.press("enter")
        assert footer(screen).startswith("enter unfold" if word == "fold" else "enter fold")
        await screen.press("R")
        assert not footer(screen).startswith("enter")
        await screen.press("g")
        assert "f follow" in footer(screen)
        await screen.press("1")
        assert "search" not in footer(screen)

    await on_screen(use, tmp_path, size=NARROW)


@pytest.mark.parametrize("opens", ["question_mark", "colon", "D", "J", "ctrl+p"])
async def test_below_a_dialog_it_names_none(tmp_path: Path, opens: str) -> None:
    run = new_run(tmp_path)
    through_init(run)

    async def use(screen: Screen) -> None:
        before = footer(screen)
        assert "space continue" in before
        await screen.press(opens)
        assert screen.app.screen is not screen.app.screen_stack[0], "a dialog"
        await screen.until(lambda: footer(screen) == "", "it is empty")
        await screen.press("escape")
        await screen.until(lambda: footer(screen) == before, "the keys are back")

    await on_screen(use, tmp_path, size=NARROW)
