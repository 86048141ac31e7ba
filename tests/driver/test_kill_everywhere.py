"""A driver that dies between any two calls of its ports, for every call there is (SPEC section 6).

Whoever goes on comes to the same end: each effect once, one archive, nothing of the run left.
"""

from functools import cache

import pytest

from loop_tui.driver import Exit
from loop_tui.engine import commands
from loop_tui.model.evidence import Question
from loop_tui.runners.context import Context, SkillResult

from .driven import SHIPPING, Driven
from .reaper import Reaper, drive

DRIVERS = 3
"""Of a run that nobody kills: one asks, one comes to the gate, one archives."""


def person(driven: Driven) -> bool:
    """Answer whatever waits for a person; False when the run is over."""
    if not driven.run.store.exists():
        return False
    state = driven.state
    if state.pending_questions:
        driven.tell(lambda s: commands.answer(s, state.pending_questions[0].id, "0.8.0", "ann"))
    elif all(phase.over for phase in state.phases):
        gate = state.gate("ship-gate")
        if gate is not None and gate.open:
            driven.tell(lambda s: commands.approve(s, SHIPPING, "ann"))
    return True


def new_run() -> Driven:
    driven = Driven()
    plain = driven.stubs.work["plan"]

    async def plan(ctx: Context) -> SkillResult:
        await ctx.do.ask(Question(id="version-1", text="Which version?"))
        ctx.do.remember("fact", {"base": {"sha": "abc"}})
        return await plain(ctx)

    driven.stubs.work["plan"] = plan
    return driven


def to_the_end(driven: Driven, *reapers: Reaper) -> None:
    """Drive with each of these, then with none that kills, until the run is over."""
    queue = list(reapers)
    for _ in range(20):
        outcome = drive(driven, queue.pop(0) if queue else Reaper())
        if outcome is not None and outcome.code is Exit.COMPLETE:
            return
        if not person(driven) and driven.archives:
            return  # The driver died in its very last calls: the archive is there, and the state is gone.
    pytest.fail(f"it never ends: {driven.state.status}")


def shipped_once(driven: Driven) -> None:
    """The same end as without any crash."""
    assert driven.world.acted == ["commit-1", "push-1"]
    assert set(driven.world.holds) == {"commit-1", "push-1"}
    (body,) = driven.archives.values()
    summary = body["summary"]
    assert isinstance(summary, dict)
    assert summary["outcome"] == "success"
    assert summary["phases"]["completed"] == ["PLAN", "VERIFY", "SHIP"]
    assert summary["gates"]["passed"] == ["readiness-gate", "ship-gate"]
    assert body["documents"] == {"plan.md": b"the plan"}
    assert not driven.run.store.exists()
    assert driven.run.artifacts.put_aside == []


@cache
def calls_of_a_whole_run() -> tuple[int, ...]:
    """How many calls each driver of an undisturbed run makes."""
    driven, counts = new_run(), []
    while True:
        reaper = Reaper()
        outcome = drive(driven, reaper)
        counts.append(reaper.count)
        assert outcome is not None
        if outcome.code is Exit.COMPLETE:
            shipped_once(driven)
            return tuple(counts)
        person(driven)


def test_there_is_a_question_a_gate_and_an_end_and_enough_instants() -> None:
    counts = calls_of_a_whole_run()
    assert len(counts) == DRIVERS
    assert sum(counts) > 100


@pytest.mark.parametrize("driver", range(DRIVERS))
@pytest.mark.sampled(3)
def test_killed_at_each_call_the_run_ends_as_it_would_have(driver: int) -> None:
    for call in range(1, calls_of_a_whole_run()[driver] + 1):
        driven = new_run()
        try:
            to_the_end(driven, *[Reaper() for _ in range(driver)], Reaper(call))
            shipped_once(driven)
        except BaseException as error:
            raise AssertionError(f"driver {driver + 1}, killed at call {call}: {error}") from error


@pytest.mark.parametrize("stride", [3, 5, 8, 13, 21])
def test_killed_again_and_again_it_gets_through(stride: int) -> None:
    driven = new_run()
    # Each driver gets a little further than the one before; they all have to begin with what is there.
    to_the_end(driven, *[Reaper(stride + number * 2) for number in range(14)])
    shipped_once(driven)
