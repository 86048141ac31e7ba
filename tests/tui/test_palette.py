"""The palette lists what can be done, most useful first; the help lists all keys."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import OptionList

from loop_tui.control.snapshot import Snapshot
from loop_tui.tui.actions import ACTIONS, APP, GATE, HOME, LOG, PANES, REPLAY, RUN, TREE
from loop_tui.tui.cockpit.command_line import CommandScreen
from loop_tui.tui.widgets.help import HelpScreen, palette
from loop_tui.tui.widgets.palette import now_first

from .launching import VERBS
from .runs import DISTRIBUTION, INFRA, NARROW, Screen, human_gate, new_run, on_screen


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


@pytest.mark.parametrize(
    ("make", "loop", "first"), [(None, DISTRIBUTION, "start a run"), (human_gate, INFRA, "approve (then enter)")]
)
@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_the_help_begins_with_what_the_moment_needs(
    tmp_path: Path, make: Callable[[Path], object] | None, loop: str, first: str, pane: str
) -> None:
    if make is not None:
        make(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press(pane, "question_mark")
        listed = screen.app.screen.query_one(OptionList)
        options = [listed.get_option_at_index(number) for number in range(listed.option_count)]
        assert str(options[0].prompt).startswith("Now")
        assert first in str(options[1].prompt)
        assert listed.highlighted == 1
        ids = [option.id for option in options if option.id]
        wanted = {action.id for action in ACTIONS if action.where in (RUN, PANES, TREE, LOG, GATE, APP)}
        assert wanted == set(ids), "all keys, each once"
        assert len(ids) == len(set(ids))
        assert "not now" not in "".join(str(option.prompt) for option in options[:6])

    await on_screen(use, tmp_path, loop, size=NARROW)


async def test_the_help_of_a_replay_begins_with_its_keys(tmp_path: Path) -> None:
    places = (TREE, REPLAY, RUN)
    assert [entry.id for entry in now_first(Snapshot(tmp_path, "x"), places)][:2] == ["replay-next", "replay-before"]
    assert now_first(Snapshot(tmp_path, "x"), (HOME,)) == []
