"""Taking effects back: what the state knows of it, before and after the world was touched."""

import pytest

from loop_tui.engine import changes
from loop_tui.engine.apply import apply, replay
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.decide import decide
from loop_tui.model.actions import EnterPhase, ExecuteSkill
from loop_tui.model.definition import BUILTIN, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Effect, Question
from loop_tui.model.state import RunState
from loop_tui.packs.ship import PACK, effects
from loop_tui.packs.ship.undo.undo import undo_begun, undo_done

pytestmark = pytest.mark.usefixtures("quick_npm")

LOOP = LoopDefinition(
    id="ship-loop",
    phases=(
        PhaseDefinition(id="PLAN", skills=(SkillDefinition(id="plan", runner=BUILTIN),)),
        PhaseDefinition(id="SHIP", skills=(SkillDefinition(id="commit", runner=BUILTIN),)),
    ),
)
TAKEN = Effect(id="undo", kind="undo", intent={"from": "bbb", "to": "aaa"})


def event(change: Change, number: int = 0) -> Event:
    return Event(id=f"e{number}", run="r", timestamp=f"2026-01-02T03:04:{number:02d}.000Z", **change.model_dump())


def told(state: RunState, *wanted: Change) -> RunState:
    for number, change in enumerate(wanted):
        after = apply(state, event(change, number), LOOP)
        assert isinstance(after, RunState), after
        state = after
    return state


def shipped(*more: Change) -> RunState:
    """A run that wrote, committed, and stands in its second phase."""
    question = Question(id="version-1", skill="plan", text="Bump?", default="Y")
    return told(
        fresh_state(LOOP, run="r", system="s", at=""),
        changes.phase_entered("PLAN"),
        changes.asked(question),
        changes.answered("version-1", "Y", "ada"),
        changes.effect_intended(Effect(id="w", kind="version-write", intent={"to": "0.8.0"})),
        changes.effect_proven("w", {"version": "0.8.0"}),
        changes.skill_completed("PLAN", "plan"),
        changes.phase_completed("PLAN"),
        changes.phase_entered("SHIP"),
        changes.effect_intended(Effect(id="c", kind="commit", intent={"parent": "aaa"})),
        changes.effect_proven("c", {"sha": "bbb"}),
        *more,
    )


def test_first_nothing_is_proven_any_more_and_the_run_starts_over() -> None:
    wanted = undo_begun(shipped(), TAKEN, ("w", "c"), "ada")
    assert not isinstance(wanted, Refusal)
    state = told(shipped(), *wanted)
    assert [(e.id, e.proven) for e in state.effects] == [("w", False), ("c", False), ("undo", False)]
    assert [e.intent for e in state.effects][:2] == [{"to": "0.8.0"}, {"parent": "aaa"}], "what they meant is kept"
    assert state.questions == ()
    assert decide(state, LOOP) == ExecuteSkill(phase="PLAN", skill="plan")


def test_then_they_are_gone_and_saying_it_again_changes_nothing() -> None:
    state = shipped()
    for _ in range(2):
        begun = undo_begun(state, TAKEN, ("w", "c"), "ada")
        assert not isinstance(begun, Refusal)
        state = told(state, *begun)
    gone = undo_done(state, ("w", "c", "undo"), "ada")
    assert not isinstance(gone, Refusal)
    state = told(state, *gone)
    assert state.effects == ()
    assert undo_done(state, ("w", "c", "undo"), "ada") == ()
    assert not isinstance(decide(state, LOOP), EnterPhase)


def test_the_journal_alone_rebuilds_it() -> None:
    start = shipped()
    wanted = [*undo_begun(start, TAKEN, ("w", "c"), "ada")]  # type: ignore[misc]
    after = told(start, *wanted)
    assert replay(start, [event(change, n) for n, change in enumerate(wanted)], LOOP) == after


def test_after_the_push_it_only_goes_forward() -> None:
    pushed = shipped(
        changes.effect_intended(Effect(id="p", kind="push", intent={"sha": "bbb"})),
        changes.effect_proven("p", {"sha": "bbbbbbbbbbbb"}),
    )
    refused = undo_begun(pushed, TAKEN, ("w", "c", "p"), "ada")
    assert isinstance(refused, Refusal)
    assert "bbbbbbb was pushed" in refused.reason
    assert "roll forward" in refused.todo


def test_a_run_that_is_over_takes_nothing_back() -> None:
    assert isinstance(undo_begun(shipped(changes.aborted("no", "ada")), TAKEN, ("w",), "ada"), Refusal)


def test_what_nobody_meant_or_asked_cannot_be_taken_back() -> None:
    assert isinstance(apply(shipped(), event(changes.effect_undone("x", "ada", gone=True)), LOOP), Refusal)
    assert isinstance(apply(shipped(), event(changes.withdrawn("x", "ada")), LOOP), Refusal)


def test_nothing_is_taken_back_once_something_was_made_that_never_is() -> None:
    run = shipped()
    tagged = Effect(id="t", kind="tag", intent={"tag": "v2"}, proof={"tag": "v2"}, proven_at="2026-01-02T03:04:05.000Z")
    refused = undo_begun(run.model_copy(update={"effects": (*run.effects, tagged)}), TAKEN, ("w", "c"), "ada")
    assert isinstance(refused, Refusal)
    assert refused.reason == "the tag exists and is never undone"


def test_every_kind_of_effect_is_registered() -> None:
    kinds = {value for name, value in vars(effects).items() if name.isupper() and isinstance(value, str)}
    assert kinds == set(PACK.effects)
