"""A dialog is left once, however fast its key is pressed again."""

import importlib
import pkgutil
from pathlib import Path

from textual import screen as textual_screen
from textual.widgets import Input, OptionList

import loop_tui.tui
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.widgets.ask import AskScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.sized_screen import SizedScreen

from .runs import Screen, new_run, on_screen


async def test_enter_twice_chooses_once_and_leaves_the_screen_below(tmp_path: Path) -> None:
    new_run(tmp_path)
    chosen: list[str | None] = []

    async def use(screen: Screen) -> None:
        screen.app.push_screen(ChooseScreen("Which", [("one", "one"), ("two", "two")]), chosen.append)
        await screen.pilot.pause()
        screen.clock.on()
        options = screen.app.screen.query_one(OptionList)
        options.action_select()
        options.action_select()
        await screen.pilot.pause()
        assert chosen == ["one"]
        assert isinstance(screen.app.screen, CockpitScreen)

    await on_screen(use, tmp_path)


async def test_what_lies_above_goes_first_and_says_nothing(tmp_path: Path) -> None:
    new_run(tmp_path)
    said: list[str | None] = []

    async def use(screen: Screen) -> None:
        below = AskScreen("Why", "Why?", "reason")
        screen.app.push_screen(below, said.append)
        screen.app.push_screen(ChooseScreen("Which", [("one", "one")]), said.append)
        await screen.pilot.pause()
        below.query_one(Input).value = "because"
        below.on_input_submitted(Input.Submitted(below.query_one(Input), "because"))
        await screen.pilot.pause()
        assert said == ["because"]
        assert isinstance(screen.app.screen, CockpitScreen)

    await on_screen(use, tmp_path)


def test_every_screen_of_ours_is_as_large_as_the_terminal_is_now() -> None:
    for module in pkgutil.walk_packages(loop_tui.tui.__path__, "loop_tui.tui."):
        importlib.import_module(module.name)
    found = [textual_screen.Screen]
    for each in found:
        found += each.__subclasses__()
    ours = {each for each in found if each.__module__.startswith("loop_tui.")}
    assert CockpitScreen in ours
    assert [each.__name__ for each in ours if not issubclass(each, SizedScreen)] == []
