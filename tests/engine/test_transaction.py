"""What is written together: a change, and the moves between phases and skills that it brings with it."""

from collections.abc import Callable

from loop_tui.engine import changes
from loop_tui.engine.transaction import Wish, always, onward, step
from loop_tui.model.actions import ExecuteSkill
from loop_tui.model.events import Refusal
from loop_tui.model.state import RunState
from loop_tui.model.status import Autonomy

from .loops import GREEN, SHIPPING, Told


def done(run: Told, wish: Wish, may_start: Callable[[ExecuteSkill], bool] = lambda _: True) -> list[str]:
    """The events of one write, as `action subject`; the run goes on from what was written."""
    outcome = onward(SHIPPING, wish, may_start)(run.state, run.stamp)
    assert not isinstance(outcome, Refusal), outcome
    run.state, events = outcome
    return [f"{event.action} {event.subject}" for event in events]


def at_work(autonomy: Autonomy | None = None) -> Told:
    run = Told(autonomy=autonomy)
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "plan"))
    return run


def test_a_skill_that_ends_a_phase_begins_the_next_and_its_first_skill() -> None:
    run = at_work()
    assert done(run, always(changes.skill_completed("INIT", "plan"))) == [
        "completed plan",
        "completed INIT",
        "entered VERIFY",
        "started verify",
    ]


def test_a_gate_and_a_boundary_are_stopped_at() -> None:
    run = at_work()
    done(run, always(changes.skill_completed("INIT", "plan")))
    ended = always(changes.skill_completed("VERIFY", "verify", checks=GREEN))
    assert done(run, ended) == ["completed verify", "completed VERIFY"]
    supervised = at_work(Autonomy.SUPERVISED)
    assert done(supervised, always(changes.skill_completed("INIT", "plan"))) == ["completed plan", "completed INIT"]


def test_a_skill_at_work_is_not_started_again() -> None:
    run = at_work()
    assert done(run, always(changes.paused("me"))) == ["paused "]
    assert done(run, always(changes.resumed("me"))) == ["resumed "]


def test_what_cannot_be_done_here_is_not_started() -> None:
    run = at_work()
    wish = always(changes.skill_completed("INIT", "plan"))
    assert done(run, wish, lambda _: False) == ["completed plan", "completed INIT", "entered VERIFY"]


def test_a_refused_wish_moves_nothing() -> None:
    run = at_work()
    before: RunState = run.state
    wish = always(changes.skill_started("SHIP", "push"))
    assert isinstance(onward(SHIPPING, wish, lambda _: True)(run.state, run.stamp), Refusal)
    assert run.state == before
    assert isinstance(step(SHIPPING, wish)(run.state, run.stamp), Refusal)
