"""Typed commands, the palette and the help: the same actions as the keys, and the same two steps for a decision."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from loop_tui.control.client import RunClient
from loop_tui.model.status import GateStatus, RunStatus, SkillStatus
from loop_tui.ports import Committed
from loop_tui.tui.actions import ACTIONS
from loop_tui.tui.cockpit.command_line import CommandScreen
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.cockpit.typed_command import MOST_KEPT, Typed, completions, history, parse, remember, verb_of
from loop_tui.tui.widgets.ask import AskScreen
from loop_tui.tui.widgets.help import HelpScreen

from .runs import DISTRIBUTION, INFRA, NARROW, WIDE, Run, Screen, asking, human_gate, new_run, on_screen


async def type_(screen: Screen, text: str) -> None:
    await screen.press("colon")
    assert isinstance(screen.app.screen, CommandScreen)
    screen.app.screen.query_one(Input).value = text
    await screen.press("enter")
    await screen.idle()


def status_of(run: Run) -> GateStatus:
    gate = run.state.gate("infra-gate")
    assert gate is not None
    return gate.status


@pytest.mark.parametrize(
    ("text", "verb", "words", "reason"),
    [
        (":approved", "approve", (), ""),
        ("changes the plan lacks X", "changes", ("the", "plan", "lacks", "X"), ""),
        ("changes the plan isn't whole", "changes", ("the", "plan", "isn't", "whole"), ""),
        ("skip deploy --reason not this time", "skip", ("deploy",), "not this time"),
        ('skip deploy -r "not now"', "skip", ("deploy",), "not now"),
        ("phase VERIFY", "phase", ("VERIFY",), ""),
    ],
)
def test_what_is_typed_is_what_the_command_line_takes(text: str, verb: str, words: Sequence[str], reason: str) -> None:
    typed = parse(text)
    assert isinstance(typed, Typed)
    assert (verb_of(typed.action), typed.words, typed.reason) == (verb, words, reason)


@pytest.mark.parametrize("text", ["", ":", "fly", "approve'd"])
def test_what_is_no_command_is_said(text: str) -> None:
    assert isinstance(parse(text), str)


def test_no_two_actions_are_typed_alike() -> None:
    verbs = [verb_of(entry) for entry in ACTIONS if entry.command]
    assert len(verbs) == len(set(verbs))


def test_every_command_of_a_run_is_one_of_the_command_line() -> None:
    from loop_tui.cli.entry import COMMANDS

    known = {name for names in COMMANDS.values() for name in names}
    ours = {verb_of(entry) for entry in ACTIONS if entry.writes and entry.command}
    # `adopt --definition` there; `release` comes with `claim`, which only agents and scripts give.
    assert ours <= known | {"adopt-definition", "release"}


def test_completion_gives_verbs_then_names() -> None:
    names = {"phase": ("INIT", "VERIFY")}
    assert completions("ph", names) == ["phase PHASE [--reason TEXT]"]
    assert completions("phase V", names) == ["phase VERIFY"]
    assert completions("phase VERIFY", names) == []


def test_history_is_kept_bounded_and_without_doubles() -> None:
    for number in range(MOST_KEPT + 20):
        remember(f"changes {number}")
    remember("changes 100")
    kept = history()
    assert len(kept) == MOST_KEPT
    assert kept[-1] == "changes 100"
    assert kept.count("changes 100") == 1


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_approved_needs_its_second_enter(tmp_path: Path, size: tuple[int, int]) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "approved")
        assert "IMPLEMENT starts" in screen.text()
        assert status_of(run) is GateStatus.PENDING
        await screen.press("enter")
        await screen.idle()
        assert status_of(run) is GateStatus.APPROVED

    await on_screen(use, tmp_path, INFRA, size=size)


async def test_an_enter_that_follows_at_once_decides_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "approved")
        screen.panel.guard.close()
        await screen.pilot.press("enter")
        await screen.idle()
        assert status_of(run) is GateStatus.PENDING

    await on_screen(use, tmp_path, INFRA)


async def test_changes_carry_their_text(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "changes the plan lacks a backup")
        assert "the plan lacks a backup" in screen.text()
        await screen.press("enter")
        await screen.idle()
        assert run.state.phase == "SCAFFOLD"
        told = [event for event in run.store.journal.read() if event.subject == "infra-gate"]
        assert "the plan lacks a backup" in str(told[-1].context)

    await on_screen(use, tmp_path, INFRA)


async def test_skip_phase_pause_resume_and_answer(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "skip release-planner --reason by hand")
        skill = run.state.phases[0].skill("release-planner")
        assert skill is not None
        assert (skill.status, skill.reason) == (SkillStatus.SKIPPED, "by hand")
        await type_(screen, "pause")
        assert run.state.status is RunStatus.PAUSED
        await screen.until(
            lambda: screen.app.snapshot.state is not None and screen.app.snapshot.state.status == "paused", "seen"
        )
        await type_(screen, "resume")
        assert run.state.status is RunStatus.ACTIVE
        await type_(screen, "fly away")
        assert isinstance(screen.app.screen, CommandScreen), "what is no command stays, to be fixed"
        assert "no command 'fly'" in screen.text()
        await screen.press("escape")

    await on_screen(use, tmp_path)


async def test_no_reason_is_wanted_for_what_cannot_be_skipped(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "skip nothing-like-it")
        assert any("this run has no skill nothing-like-it" in said for said in screen.toasts())
        assert not isinstance(screen.app.screen, AskScreen)
        await type_(screen, "skip release-planner --reason by hand")
        await screen.idle()
        await screen.until(lambda: "is skipped: by hand" in screen.text(), "it is skipped")
        await type_(screen, "skip release-planner")
        await screen.until(
            lambda: any("release-planner is already skipped" in said for said in screen.toasts()), "refused"
        )
        assert not isinstance(screen.app.screen, AskScreen)

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("reason", ["[/] nobody", "[red]later[/red]", "see [link=x]"])
async def test_what_is_said_of_a_text_is_the_text(tmp_path: Path, reason: str) -> None:
    """Brackets are no markup: they change nothing, hide nothing and crash nothing."""
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, f"skip release-planner --reason {reason}")
        await screen.until(lambda: f"release-planner is skipped: {reason}" in screen.text(), "what was done")

    await on_screen(use, tmp_path)


async def test_what_is_being_done_is_not_done_again_by_the_same_key(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        may_end, begun = threading.Event(), list[RunClient]()

        def slow(person: RunClient) -> Committed:
            begun.append(person)
            assert may_end.wait(60)
            return person.pause()

        for _ in range(3):
            cockpit.tell(slow, start=False)
        await screen.until(lambda: begun, "begun")
        cockpit.tell(slow, start=False)
        may_end.set()
        await screen.idle()
        assert len(begun) == 1
        assert not screen.toasts()
        cockpit.tell(lambda person: person.resume(), start=False)
        await screen.idle()
        assert run.state.status is RunStatus.ACTIVE, "when it is over, the next thing can be done"

    await on_screen(use, tmp_path)


async def test_a_question_is_answered_by_typing(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "answer n")
        assert [q.answer for q in run.state.questions] == ["n"]

    await on_screen(use, tmp_path)


async def test_a_jump_names_what_it_does_and_no_is_the_first_choice(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "phase INIT")
        assert "reopens" in screen.text()
        await screen.press("enter")
        await screen.idle()
        assert run.state.phase == "SCAFFOLD"
        await screen.press("J", "enter", "j", "enter")
        await screen.idle()
        assert run.state.phase == "INIT"

    await on_screen(use, tmp_path, INFRA)


async def test_abort_asks_again(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "abort")
        assert "needs a reason" in screen.toasts()[0]
        await type_(screen, "abort --reason wrong project")
        await screen.press("enter")
        await screen.idle()
        assert run.state.aborted is None
        await type_(screen, "abort --reason wrong project")
        await screen.press("j", "enter")
        await screen.idle()
        assert run.state.aborted == "wrong project"

    await on_screen(use, tmp_path)


async def test_tab_completes_and_the_arrows_bring_back(tmp_path: Path) -> None:
    new_run(tmp_path)
    remember("pause")

    async def use(screen: Screen) -> None:
        await screen.press("colon", "p", "h", "tab")
        field = screen.app.screen.query_one(Input)
        assert field.value == "phase "
        field.value = "phase V"
        await screen.press("tab")
        assert field.value == "phase VERIFY"
        await screen.press("up")
        assert field.value == "pause"
        await screen.press("down")
        assert field.value == ""

    await on_screen(use, tmp_path)


async def test_the_palette_finds_and_does(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("ctrl+p", *"wrap")
        assert isinstance(screen.app.screen, HelpScreen)
        await screen.press("enter")
        await screen.idle()
        assert screen.log.view.width > 0
        assert screen.log.has_focus

    await on_screen(use, tmp_path)


async def test_what_cannot_be_done_says_why_and_is_not_done(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("ctrl+p", *"reject", "enter")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "no gate waits" in screen.toasts()[0]

    await on_screen(use, tmp_path)


async def test_a_decision_from_the_palette_still_needs_its_enter(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("ctrl+p", *"approve", "enter")
        await screen.until(lambda: screen.panel.armed, "the line that names what follows")
        assert status_of(run) is GateStatus.PENDING

    await on_screen(use, tmp_path, INFRA)


@pytest.mark.parametrize(("pane", "first"), [("1", "Phase tree"), ("2", "Log"), ("3", "Gate panel")])
async def test_help_on_a_pane_explains_that_pane_first(tmp_path: Path, pane: str, first: str) -> None:
    new_run(tmp_path, DISTRIBUTION)

    async def use(screen: Screen) -> None:
        await screen.press(pane, "question_mark")
        listed = screen.app.screen.query_one(OptionList)
        options = (listed.get_option_at_index(number) for number in range(listed.option_count))
        headings = [str(option.prompt) for option in options if option.disabled]
        assert headings[1].startswith(first), "after what the moment needs"

    await on_screen(use, tmp_path)


async def test_what_is_typed_is_read_as_on_the_command_line(tmp_path: Path) -> None:
    run = asking(tmp_path)
    (question,) = run.state.pending_questions

    async def use(screen: Screen) -> None:
        await type_(screen, "quit now please")
        assert "takes no arguments" in screen.text()
        await screen.press("escape")
        await type_(screen, "show nothing.md")
        assert any("no deliverables yet" in said for said in screen.toasts())
        await type_(screen, f"answer {question.id} n")
        assert [q.answer for q in run.state.questions] == ["n"]

    await on_screen(use, tmp_path)


async def test_the_open_question_goes_by_a_dash(tmp_path: Path) -> None:
    run = asking(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "answer - 0.9.0")
        assert [q.answer for q in run.state.questions] == ["0.9.0"]

    await on_screen(use, tmp_path)


async def test_a_gate_may_be_named_and_another_is_refused(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "status")
        assert screen.app.focused is not None
        assert screen.panel in screen.app.focused.ancestors_with_self
        await type_(screen, "changes more tests --gate nope")
        assert any("nope does not wait" in said for said in screen.toasts())
        await type_(screen, "reject nope")
        assert any("no gate nope" in said for said in screen.toasts())
        await type_(screen, "approve infra-gate seen it")
        assert screen.panel.armed is not None
        assert screen.panel.armed.text == "seen it"
        await screen.press("enter")
        await screen.idle()
        assert status_of(run) is GateStatus.APPROVED

    await on_screen(use, tmp_path, INFRA)


async def test_a_jump_names_what_it_skips_and_what_a_gate_wants_first(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await type_(screen, "phase SHIP")
        assert "skips release-planner; runs code-verification first" in screen.text()
        screen.app.screen.query_one(Input).value = "planned elsewhere"
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path)
    assert [s.id for p in run.state.phases for s in p.skills if s.reason] == ["release-planner"]
