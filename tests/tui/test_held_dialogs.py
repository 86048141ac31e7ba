"""A dialog decides nothing before it could be read, and a question's moment begins when it was painted."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual._compositor import Compositor
from textual.widgets import Input, OptionList

from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.model.status import SkillStatus
from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.cockpit.command_line import CommandScreen
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.guard import HELD_S

from .launching import Started
from .runs import INFRA, Screen, new_run, on_screen


async def at_once(screen: Screen, *keys: str) -> None:
    """Keys of one moment: the clock stands still."""
    await screen.pilot.press(*keys)
    await screen.pilot.pause()


async def command(screen: Screen, text: str) -> None:
    await screen.press("colon")
    assert isinstance(screen.app.screen, CommandScreen)
    screen.app.screen.query_one(Input).value = text
    await screen.press("enter")


async def test_a_dialog_that_opens_by_itself_takes_no_key_of_what_lies_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_run(tmp_path)
    told: list[Sequence[str]] = []

    async def run(
        self: Started, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        told.append(words)
        return CommandOutput(0 if "--yes" in words else 3, "would deprecate n@1.0.0\n")

    monkeypatch.setattr(Started, "command", run)

    async def use(screen: Screen) -> None:
        await command(screen, "release n@1.0.0 broken")
        await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "it asks")
        await screen.pilot.pause()
        await at_once(screen, "j", "enter")
        assert isinstance(screen.app.screen, ChooseScreen)
        assert screen.app.screen.query_one(OptionList).highlighted == 0
        screen.clock.on(HELD_S / 2)
        await at_once(screen, "j", "enter", "down", "enter")
        assert len(told) == 1
        assert screen.app.screen.query_one(OptionList).highlighted == 0
        await screen.press("j", "enter")
        await screen.until(lambda: len(told) == 2, "it is done on a yes")
        assert told[1][-1] == "--yes"

    await on_screen(use, tmp_path)


async def test_escape_leaves_a_dialog_at_once(tmp_path: Path) -> None:
    new_run(tmp_path)
    said: list[str | None] = []

    async def use(screen: Screen) -> None:
        screen.app.push_screen(ChooseScreen("Sure?", [("no", "no"), ("yes", "yes")], by_itself=True), said.append)
        await screen.pilot.pause()
        await at_once(screen, "escape")
        assert isinstance(screen.app.screen, CockpitScreen)
        assert said == [None]

    await on_screen(use, tmp_path)


async def test_enter_right_after_the_key_that_opened_a_dialog_decides_nothing(tmp_path: Path) -> None:
    run = new_run(tmp_path, INFRA)
    run.tell(changes.phase_entered("INIT"))
    (tmp_path / "REQUIREMENTS.md").write_text("# What is needed\n")

    def status() -> SkillStatus:
        skill = run.state.phases[0].skill("requirements")
        assert skill is not None
        return skill.status

    async def use(screen: Screen) -> None:
        screen.clock.on()
        await at_once(screen, "m", "j")
        assert screen.app.screen.query_one(OptionList).highlighted == 1, "one's own key leads here: the next one counts"
        await at_once(screen, "k", "enter")
        assert isinstance(screen.app.screen, ChooseScreen)
        assert status() is not SkillStatus.COMPLETE
        await screen.press("enter")
        await screen.idle()
        assert status() is SkillStatus.COMPLETE

    await on_screen(use, tmp_path, INFRA)


def paint_slowly_once(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the first paint of a question take longer than its moment; gives what has not happened yet."""
    reflow, slow_paints = Compositor.reflow, [HELD_S + 0.1]

    def slow(self: Compositor, *given: object, **named: object) -> object:
        if screen.app.snapshot.question is not None and slow_paints:
            screen.clock.on(slow_paints.pop())
        return reflow(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Compositor, "reflow", slow)
    return slow_paints


async def test_the_moment_of_a_question_begins_when_it_was_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("space")
        to_come = paint_slowly_once(screen, monkeypatch)
        run.tell(changes.asked(Question(id="bump-1", skill="release-planner", text="Bump?", default="Y")))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked")
        assert not to_come
        await at_once(screen, "enter")
        await screen.idle()
        assert run.state.question("bump-1").answer is None  # type: ignore[union-attr]
        await screen.press("enter")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")

    await on_screen(use, tmp_path)


async def test_so_it_does_where_the_panel_has_the_keyboard_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.clock.on()
        to_come = paint_slowly_once(screen, monkeypatch)
        run.tell(changes.asked(Question(id="bump-1", skill="release-planner", text="Bump?", default="Y")))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked")
        assert not to_come
        assert screen.panel.guard.swallows

    await on_screen(use, tmp_path)


async def test_what_is_typed_behind_an_enter_that_came_early_runs_nothing(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    said: list[str | None] = []

    async def use(screen: Screen) -> None:
        screen.app.push_screen(ChooseScreen("Sure?", [("no", "no"), ("yes", "yes")]), said.append)
        await screen.pilot.pause()
        await at_once(screen, "enter", *"sq p")
        assert isinstance(screen.app.screen, ChooseScreen)
        screen.clock.on(HELD_S / 2)
        await at_once(screen, "j", "enter")
        assert (said, screen.app.screen.query_one(OptionList).highlighted) == ([], 0)
        await screen.press("j", "enter")
        assert said == ["yes"]

    await on_screen(use, tmp_path)
    assert run.state.status.value == "active"


async def test_the_reason_for_a_jump_may_be_typed_at_once(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await at_once(screen, "1", "J", "G", "enter", *"why not")
        assert screen.app.screen.query_one(Input).value == "why not"

    await on_screen(use, tmp_path)
