"""The palette lists what can be done, most useful first; the help lists all keys."""

from pathlib import Path

from textual.widgets import OptionList

from loop_tui.tui.cockpit.command_line import CommandScreen
from loop_tui.tui.widgets.help import HelpScreen, palette

from .launching import VERBS
from .runs import INFRA, Screen, human_gate, new_run, on_screen


async def test_what_waits_comes_first_and_movement_not_at_all(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        entries = palette(screen.app.snapshot, (), VERBS)
        ids = [entry.id for entry in entries]
        assert ids[:3] == ["approve", "changes", "reject"]
        assert not {"tree-down", "log-up", "gate-half-down", "next-pane", "confirm"} & set(ids)
        assert ids.index("verb undo") < ids.index("restore"), "what cannot be done now comes last"
        assert len(ids) == len(set(ids))

    await on_screen(use, tmp_path, INFRA)


async def test_nothing_found_is_said_and_commands_of_the_shell_are_found(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("ctrl+p", *"zzzz")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "no matches" in screen.text()
        await screen.press("enter", "escape")
        await screen.idle()
        await screen.press("ctrl+p", *"say something")
        listed = screen.app.screen.query_one(OptionList)
        assert ":log" in str(listed.get_option_at_index(0).prompt)
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, CommandScreen), "the line for its words")
        assert "log " in screen.text()

    await on_screen(use, tmp_path)
