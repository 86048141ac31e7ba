"""No stray key ever approves anything (SCREEN "Answers")."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, Static

from loop_tui.control.client import RunClient, Start
from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Blocked, RunState
from loop_tui.model.status import GateStatus, RunStatus
from loop_tui.tui.cockpit.answer_input import AnswerInput
from loop_tui.tui.cockpit.screen import CockpitScreen

from .runs import DISTRIBUTION, INFRA, NARROW, PLAN, WIDE, Screen, asking, human_gate, new_run, on_screen, red_gate


def line_of(screen: Screen) -> str:
    line = screen.panel.query_one("#panel-line", Static)
    return str(line.content) if line.display else ""


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_gate_is_approved_by_focus_key_and_enter(tmp_path: Path, size: tuple[int, int]) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "a")
        assert "Approve infra-gate: IMPLEMENT starts, 4 skills" in line_of(screen)
        gate = run.state.gate("infra-gate")
        assert gate is None or gate.status is GateStatus.PENDING
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "the next driver")
        await screen.until(lambda: screen.app.snapshot.gate is None, "the gate is passed")

    screen = await on_screen(use, tmp_path, INFRA, size=size)
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status is GateStatus.APPROVED
    assert gate.by
    assert screen.spawned == [(tmp_path, INFRA)]


async def test_without_the_focus_no_key_answers(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        for pane in ("1", "2"):
            await screen.press(pane, "enter", "R", "enter", "n", "y", "enter")
        assert screen.panel.armed is None
        await screen.idle()

    screen = await on_screen(use, tmp_path, INFRA)
    assert run.store.path.read_bytes() == before
    assert not screen.spawned


async def test_escape_and_leaving_take_an_answer_back(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        await screen.press("3", "a", "escape", "enter")
        assert line_of(screen) == ""
        await screen.press("a", "1", "3", "enter")
        await screen.idle()

    await on_screen(use, tmp_path, INFRA)
    assert run.store.path.read_bytes() == before


async def test_keys_in_the_first_moment_are_swallowed(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        await screen.pilot.press("a")
        assert screen.panel.armed is not None, "the person's own key led here: only enter has to wait"
        screen.clock.on(0.29)
        await screen.pilot.press("enter")
        assert screen.panel.armed is not None
        screen.panel.guard.close()
        await screen.pilot.press("escape", "x")
        assert screen.panel.armed is None, "where the panel came by itself no key counts"
        screen.clock.on(0.31)
        await screen.pilot.press("a")
        screen.clock.on(0.31)
        await screen.pilot.press("enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path, INFRA)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_the_answer_keys_arm_from_every_pane(tmp_path: Path, pane: str, size: tuple[int, int]) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press(pane, "a")
        assert "enter approve infra-gate" in " ".join(screen.text().splitlines()[-1].split())
        assert "Approve infra-gate: IMPLEMENT starts, 4 skills" in line_of(screen)
        assert screen.panel.has_focus_within
        await screen.pilot.press("enter")
        assert screen.panel.armed is not None, "nothing is decided before the line can have been read"
        await screen.press("escape", pane, "c", *"axR", "enter")
        assert "axR" in line_of(screen)

    await on_screen(use, tmp_path, INFRA, size=size)
    gate = run.state.gate("infra-gate")
    assert gate is None or gate.status is GateStatus.PENDING


async def test_an_answer_key_that_cannot_act_says_why(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("2", "a")
        assert screen.toasts() == ["no gate waits for an answer"]

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("between", ["", "j"])
async def test_a_question_after_ones_own_go_has_the_focus_unless_a_key_came_since(tmp_path: Path, between: str) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))

    async def use(screen: Screen) -> None:
        await screen.press("space", *between)
        await screen.until(lambda: screen.spawned, "a driver")
        asked = Question(id="q1", skill="release-planner", text="Really?", default="Y")
        run.tell(changes.asked(asked))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked")
        field = screen.panel.query_one(AnswerInput)
        assert field.has_focus != bool(between)
        await screen.pilot.press("n", "enter")
        assert field.value == "", "it came by itself: what was typed was meant for something else"
        await screen.idle()

    await on_screen(use, tmp_path)
    assert run.state.question("q1").answer is None  # type: ignore[union-attr]


async def test_of_a_text_that_begins_too_early_nothing_counts_and_no_enter_behind_it(tmp_path: Path) -> None:
    """The `n` is lost in the first moment: the enter that follows it would take the default, which is yes."""
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))

    async def use(screen: Screen) -> None:
        await screen.press("space")
        await screen.until(lambda: screen.spawned, "a driver")
        run.tell(changes.asked(Question(id="q1", skill="release-planner", text="Really?", default="Y")))
        field = screen.panel.query_one(AnswerInput)
        await screen.until(lambda: field.has_focus, "it has the keyboard")
        for key in ("n", "o", "enter"):
            await screen.pilot.press(key)
            screen.clock.on(0.2)
        assert field.value == ""
        assert screen.toasts() == ["too early: the question had just come up, type it again"] * 2
        await screen.idle()
        assert run.state.question("q1").answer is None  # type: ignore[union-attr]
        await screen.press("n", "enter")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")

    await on_screen(use, tmp_path)
    assert run.state.question("q1").answer == "n"  # type: ignore[union-attr]


async def test_an_enter_that_is_held_down_answers_one_question_and_not_the_next(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")
        run.tell(changes.asked(Question(id="bump-1-2", skill="release-planner", text="Really?", default="Y")))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked again")
        for _ in range(20):
            screen.clock.on(0.05)
            await screen.pilot.press("enter")
        await screen.idle()

    await on_screen(use, tmp_path)
    assert run.state.question("bump-1-2").answer is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("again", "between", "focused"),
    [
        ("bump-1-2", "", True),
        ("bump-1-2", "j", False),
        ("other-1", "", False),
    ],
)
async def test_a_question_asked_again_keeps_the_keyboard_and_another_one_does_not_get_it(
    tmp_path: Path, again: str, between: str, focused: bool
) -> None:
    """What is typed on after an answer that would not do runs no commands."""
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", *"abc", "enter")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")
        await screen.press(*between)
        run.tell(changes.asked(Question(id=again, skill="release-planner", text="'abc' is no version.", default="Y")))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked again")
        assert screen.panel.query_one(AnswerInput).has_focus == focused

    await on_screen(use, tmp_path)


async def test_a_pasted_text_of_several_lines_is_the_answer_whole(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.app.post_message(events.Paste("feat: x\n\nThe README says 0.9.\n"))
        await screen.until(lambda: "README" in screen.panel.query_one(Input).value, "pasted")
        await screen.press("enter")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")

    await on_screen(use, tmp_path)
    assert run.state.question("bump-1").answer == "feat: x\n\nThe README says 0.9."  # type: ignore[union-attr]


async def test_the_click_that_brings_the_focus_decides_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        screen.clock.on()
        await screen.pilot.click("#panel-text", offset=(3, 10))
        await screen.pilot.press("a")
        await screen.pilot.press("enter")
        assert screen.panel.armed is None
        assert screen.panel.has_focus_within

    await on_screen(use, tmp_path, INFRA)
    assert run.store.path.read_bytes() == before


async def test_coming_back_to_the_window_closes_the_guard(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.clock.on()
        screen.app.on_app_focus()
        await screen.pilot.press("a")
        assert screen.panel.armed is None

    await on_screen(use, tmp_path, INFRA)


async def test_an_answer_to_an_older_state_is_not_applied(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "a")
        (tmp_path / PLAN).write_text("# Another plan\n")
        await screen.until(lambda: screen.panel.armed is None, "disarmed")
        assert f"{PLAN} changed while you were reading" in line_of(screen)
        await screen.press("enter")
        await screen.idle()
        # Looking again and answering again is fine.
        await screen.press("a", "enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path, INFRA)
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status is GateStatus.APPROVED


async def test_a_change_that_the_screen_has_not_seen_yet_refuses_the_answer(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "a")
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        person = cockpit.person
        assert person is not None
        seen = screen.app.snapshot.binding
        assert seen is not None
        (tmp_path / PLAN).unlink()
        with pytest.raises(Problem, match=f"{PLAN} vanished while you were reading"):
            person.approve("infra-gate", seen=seen)

    screen = await on_screen(use, tmp_path, INFRA)
    gate = run.state.gate("infra-gate")
    assert gate is None or gate.status is GateStatus.PENDING
    assert not screen.spawned


async def test_changes_need_a_text_and_two_enters(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "c", "enter")
        assert "need a text" in line_of(screen)
        await screen.press(*"axR", "enter")
        assert "SCAFFOLD is reopened" in line_of(screen)
        assert run.state.phase_state("SCAFFOLD").status == "complete"  # type: ignore[union-attr]
        await screen.press("enter")
        await screen.until(lambda: run.state.phase == "SCAFFOLD" and not run.state.phases[1].over, "it is open again")
        await screen.idle()

    screen = await on_screen(use, tmp_path, INFRA)
    assert not screen.spawned, "what follows is done by hand: no driver has anything to do"
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.feedback == "axR"
    assert (gate.status, gate.decision) == (GateStatus.REJECTED, "changes")


async def test_a_rejected_gate_waits_and_starts_nobody(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "x", "enter")
        await screen.until(lambda: "was rejected" in screen.app.snapshot.attention.headline, "rejected")

    screen = await on_screen(use, tmp_path, INFRA)
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status is GateStatus.REJECTED
    assert not screen.spawned


async def test_space_at_a_gate_says_what_is_needed_and_moves_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        await screen.press("1", "space")
        assert any("infra-gate waits for you" in t for t in screen.toasts())

    screen = await on_screen(use, tmp_path, INFRA)
    assert run.store.path.read_bytes() == before
    assert not screen.spawned


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_question_is_answered_in_the_panel(tmp_path: Path, size: tuple[int, int]) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "n", "enter")
        await screen.until(lambda: screen.spawned, "the next driver")
        await screen.until(lambda: screen.app.snapshot.question is None, "answered")
        await screen.idle()
        # At 80 columns the panel lay over the log: once it is answered, the log is of interest again.
        assert screen.log.display
        assert screen.app.screen.has_class("gate-open") == (size == WIDE)

    screen = await on_screen(use, tmp_path, size=size)
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer == "n"
    assert screen.spawned == [(tmp_path, DISTRIBUTION)]


async def test_a_question_that_blocks_the_run_is_answered_by_key(tmp_path: Path) -> None:
    run = asking(tmp_path)
    run.tell(changes.blocked(Blocked(reason="Release 0.8.0?", question="bump-1")))

    async def use(screen: Screen) -> None:
        await screen.press("3", "n", "enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path)
    assert (run.state.status.value, run.state.blocked) == ("active", None)


async def test_enter_alone_gives_the_default(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        assert "default" in screen.text()
        await screen.press("3", "enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path)
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer == "Y"


async def test_without_a_default_an_empty_answer_is_none(tmp_path: Path) -> None:
    run = asking(tmp_path, default=None)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        assert "an answer is required" in line_of(screen)

    screen = await on_screen(use, tmp_path)
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer is None
    assert not screen.spawned


async def test_a_refusal_goes_with_what_it_was_said_of(tmp_path: Path) -> None:
    run = asking(tmp_path, default=None)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        assert "an answer is required" in line_of(screen)
        run.tell(changes.answered("bump-1", "y", "bob"))
        await screen.until(lambda: screen.app.snapshot.question is None, "answered elsewhere")
        assert "an answer is required" not in screen.text()

    await on_screen(use, tmp_path)


async def test_what_is_typed_before_the_question_can_be_read_does_not_count(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        screen.clock.on()
        await screen.pilot.press("3")
        await screen.pilot.press("n", "enter")
        assert screen.panel.query_one(Input).value == "n", "only enter has to wait"
        await screen.idle()

    screen = await on_screen(use, tmp_path)
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer is None
    assert not screen.spawned


async def test_a_question_that_somebody_else_answered_takes_its_input_along(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "n")
        run.tell(changes.answered("bump-1", "Y", "bob"))
        await screen.until(lambda: not screen.panel.asks_text, "the input is gone")
        await screen.press("enter")
        await screen.idle()

    await on_screen(use, tmp_path)
    question = run.state.question("bump-1")
    assert question is not None
    assert (question.answer, question.answered_by) == ("Y", "bob")


async def test_it_rings_once_per_need_and_never_takes_the_focus(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))

    async def use(screen: Screen) -> None:
        assert screen.bells == []
        run.tell(changes.asked(Question(id="q1", skill="release-planner", text="Really?")))
        await screen.until(lambda: screen.app.snapshot.question is not None, "asked")
        assert len(screen.bells) == 1
        run.tell(changes.skill_skipped("SHIP", "deploy", "why not", "bob"))
        await screen.until(lambda: any(r.kind == "reason" for r in screen.tree.rows), "skipped")
        assert len(screen.bells) == 1
        assert screen.tree.has_focus

    await on_screen(use, tmp_path, size=NARROW)


async def test_a_failed_gate_shows_the_output_and_space_retries(tmp_path: Path) -> None:
    run = red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        shown = screen.text()
        for part in ("readiness-gate FAILED", "not ok 13", "npm run test", "exit 1", "commit 3f2a1bcd", "no script"):
            assert part in shown, part
        await screen.press("space")
        await screen.until(lambda: screen.spawned, "a driver")

    await on_screen(use, tmp_path)
    assert run.state.status == "active"


async def test_a_damaged_file_offers_the_last_good_copy_and_restores_it_in_two_steps(tmp_path: Path) -> None:
    run = red_gate(tmp_path)
    good = json.loads(run.store.path.read_bytes())
    run.store.path.write_text('{"loop": "distribution-loop", "phases": {"INIT"')

    async def use(screen: Screen) -> None:
        assert "distribution-state.json" in screen.text()
        assert screen.app.snapshot.has_last_good
        await screen.press("3", "R")
        assert run.store.path.read_text().endswith('{"INIT"')
        await screen.press("enter")
        await screen.until(lambda: screen.app.snapshot.state is not None, "restored")

    await on_screen(use, tmp_path)
    assert json.loads(run.store.path.read_bytes()) == good


async def test_a_definition_from_the_repository_is_asked_about_before_anything_runs(tmp_path: Path) -> None:
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'id = "mine-loop"\n[[phases]]\nid = "INIT"\n[[phases.skills]]\nid = "touch"\n'
        'steps = [{ name = "touch", run = ["touch", "password=not-hidden-here1"] }]\n'
    )

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.trust is not None
        said = str(screen.panel.query_one("#panel-text", Static).content)
        assert "password=not-hidden-here1" in said, "what looks like a secret could be a command that hides"
        await screen.press("space")
        assert not screen.spawned
        await screen.press("3", "a")
        assert "its commands may run here" in line_of(screen)
        await screen.press("enter")
        await screen.until(lambda: screen.app.snapshot.trust is None, "trusted")
        await screen.press("1", "space")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path, "mine-loop")
    assert screen.spawned == [(tmp_path, "mine-loop")]


async def test_a_run_goes_on_by_its_own_copy_though_the_file_changed(tmp_path: Path) -> None:
    """The loop came with the repository, and changed after the run began: nobody's trust is needed for what runs."""
    loop = tmp_path / ".loops" / "mine.toml"
    loop.parent.mkdir()
    text = 'id = "mine-loop"\n[[phases]]\nid = "INIT"\n[[phases.skills]]\nid = "touch"\n'
    loop.write_text(text + 'steps = [{ name = "touch", run = ["touch", "owned"] }]\n')
    run = new_run(tmp_path, "mine-loop")
    run.tell(changes.paused("ada"))
    loop.write_text(text + 'steps = [{ name = "touch", run = ["touch", "other"] }]\n')

    async def use(screen: Screen) -> None:
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        assert screen.app.snapshot.trust is None
        assert screen.app.snapshot.definition == run.definition
        assert screen.app.snapshot.newer == "touch done differently"
        cockpit.tell(lambda person: person.resume(), "resumed")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path, "mine-loop")
    assert run.state.status is RunStatus.ACTIVE


async def test_what_was_said_stands_where_the_driver_cannot_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(tmp_path)
    run.tell(changes.paused("ada"))

    def fails(self: RunClient, state: RunState | None, begins: Sequence[str] = ()) -> Start:
        raise Problem("cannot be started", code=Code.PROGRAM_MISSING)

    monkeypatch.setattr(RunClient, "start", fails)

    async def use(screen: Screen) -> None:
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        cockpit.tell(lambda person: person.resume(), "resumed")
        await screen.until(lambda: len(screen.toasts()) == 2, "both are said")
        assert screen.toasts() == ["resumed", "cannot be started"]

    await on_screen(use, tmp_path)
    assert run.state.status is RunStatus.ACTIVE


SMALL = [(50, 10), (100, 14), (59, 30)]


@pytest.mark.parametrize("small", SMALL)
async def test_what_is_typed_survives_a_window_that_is_too_small(tmp_path: Path, small: tuple[int, int]) -> None:
    """Letters that were meant for the text never become an answer."""
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "c", *"new dat")
        await screen.pilot.resize_terminal(*small)
        await screen.until(lambda: not screen.panel.is_shown, "that there is no room")
        await screen.press("a", "enter", "enter", "a", "enter")
        await screen.pilot.resize_terminal(100, 30)
        await screen.until(lambda: screen.app.focused is screen.panel.target(), "the focus")
        field = screen.panel.query_one(AnswerInput)
        assert field.has_focus
        assert field.value.startswith("new dat")
        assert run.state.gates == before.gates
        screen.clock.on()
        await screen.press("a", "enter")
        assert ": new data" in " ".join(screen.text().split())
        assert run.state.gates == before.gates, "the second enter is still to come"

    before = run.state
    await on_screen(use, tmp_path, INFRA, size=(100, 30))


@pytest.mark.parametrize("small", SMALL)
async def test_nothing_is_decided_where_its_line_cannot_be_seen(tmp_path: Path, small: tuple[int, int]) -> None:
    run = human_gate(tmp_path)
    before = run.state

    async def use(screen: Screen) -> None:
        await screen.press("3", "a")
        assert screen.panel.armed is not None
        await screen.pilot.resize_terminal(*small)
        await screen.until(lambda: not screen.panel.is_shown, "that there is no room")
        await screen.press("enter", "3", "a", "enter")
        assert run.state.gates == before.gates
        await screen.pilot.resize_terminal(100, 30)
        await screen.until(lambda: screen.app.focused is screen.panel.target(), "the focus")
        assert screen.panel.armed is None
        await screen.press("enter")
        assert run.state.gates == before.gates
        await screen.press("a", "enter")
        await screen.until(lambda: run.state.gates != before.gates, "the answer, with its line on the screen")

    await on_screen(use, tmp_path, INFRA, size=(100, 30))
