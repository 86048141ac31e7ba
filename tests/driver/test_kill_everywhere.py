"""A driver that dies between any two calls of its ports, for every call there is (SPEC section 6).

Whoever goes on comes to the same end: each effect once, one archive, nothing of the run left.
"""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from loop_tui.driver import Exit, Options, Outcome
from loop_tui.engine import commands
from loop_tui.model.evidence import Question
from loop_tui.skills.context import Context, SkillResult
from tests.memory.clock import in_no_time

from .driven import SHIPPING, Driven

_PORTS = ("store", "lease", "log", "artifacts", "archive", "workspace")


class Killed(BaseException):
    """The end of a process: nothing of it runs on, not even what should always run."""


class Reaper:
    """Counts the calls of all ports and of the world, and kills before the one of number `at`."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0
        self.dead = False

    def tick(self, name: str = "") -> None:
        """One more call. What a dead driver calls never happens."""
        self.count += 1
        if self.dead or self.count == self.at:
            self.dead = True
            raise Killed(name)

    def watched(self, driven: Driven) -> dict[str, object]:
        """The ports of a driver, each call counted."""
        driven.world.between = self.tick
        return {name: _Watched(getattr(driven.run, name), self) for name in _PORTS}


class _Watched:
    """A port whose calls are counted; what it gives is watched like itself when it is a lease that is held."""

    def __init__(self, port: object, reaper: Reaper) -> None:
        self._port = port
        self._reaper = reaper

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        if inspect.iscoroutinefunction(found):
            return self._awaited(found, name)

        def call(*args: object, **named: object) -> object:
            self._reaper.tick(name)
            given = found(*args, **named)
            return _Watched(given, self._reaper) if hasattr(given, "beat") else given

        return call

    def _awaited(self, found: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def call(*args: object, **named: object) -> object:
            self._reaper.tick(name)
            return await found(*args, **named)

        return call


def drive(driven: Driven, reaper: Reaper) -> Outcome | None:
    """Drive once; None when the driver was killed."""

    async def work() -> Outcome:
        # What runs beside the driver dies with it, and nobody is there to hear of it.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        return await driven.drive(Options(by="ann"), **reaper.watched(driven))

    try:
        return in_no_time(work())
    except Killed:
        driven.run.lease.die()
        return None


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


def calls_of_a_whole_run() -> list[int]:
    """How many calls each driver of an undisturbed run makes."""
    driven, counts = new_run(), []
    while True:
        reaper = Reaper()
        outcome = drive(driven, reaper)
        counts.append(reaper.count)
        assert outcome is not None
        if outcome.code is Exit.COMPLETE:
            shipped_once(driven)
            return counts
        person(driven)


COUNTS = calls_of_a_whole_run()
INSTANTS = [(driver, call) for driver, count in enumerate(COUNTS) for call in range(1, count + 1)]


def test_there_is_a_question_a_gate_and_an_end_and_enough_instants() -> None:
    assert len(COUNTS) == 3
    assert len(INSTANTS) > 100


@pytest.mark.parametrize("driver", range(len(COUNTS)))
def test_killed_at_each_call_the_run_ends_as_it_would_have(driver: int) -> None:
    for call in range(1, COUNTS[driver] + 1):
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
