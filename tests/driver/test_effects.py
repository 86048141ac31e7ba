"""The protocol of effects as the driver keeps it: intent, look, act, look, proof (SPEC section 6)."""

import asyncio
from pathlib import Path

import pytest

from loop_tui.engine import changes
from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.runners import slow
from loop_tui.runners.context import Proof, SkillFailed
from tests.tui.runs import Run, new_run

from .on_files import conductor


class World:
    """A world that holds one thing or not. `did` is what was done, and what was on record about it at that moment."""

    def __init__(self, run: Run, *, holds: Proof | None = None, takes: bool = True) -> None:
        self.run = run
        self.holds = holds
        self.takes = takes
        self.did: list[Effect | None] = []

    async def observe(self) -> Proof | None:
        return self.holds

    async def act(self) -> None:
        self.did.append(self.run.state.effect("push-1"))
        if self.takes:
            self.holds = {"sha": f"made {len(self.did)}"}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return new_run(tmp_path / "p")


async def push(run: Run, world: World, **intent: str) -> Proof:
    """Bring the effect about as a skill does, with a driver that has just been started."""

    services = conductor(run.project, run.definition, {}).services("git-workflow")
    return await services.effect("push-1", "push", dict(intent), world.observe, world.act)


async def test_the_intent_is_on_record_before_anything_is_done_and_the_proof_after(run: Run) -> None:
    world = World(run)
    assert await push(run, world, sha="a") == {"sha": "made 1"}
    (before,) = world.did
    assert before is not None
    assert (before.kind, before.intent, before.proof) == ("push", {"sha": "a"}, None)
    after = run.state.effect("push-1")
    assert after is not None
    assert (after.intent, after.proof) == ({"sha": "a"}, {"sha": "made 1"})
    assert [e.action for e in run.store.journal.read()][-2:] == ["effect-intended", "effect-proven"]


async def test_what_is_proven_is_neither_looked_at_nor_done_again(run: Run) -> None:
    await push(run, World(run), sha="a")
    world = World(run)
    assert await push(run, world, sha="a") == {"sha": "made 1"}
    assert world.did == []


async def test_what_the_world_shows_already_is_proven_and_not_done_again(run: Run) -> None:
    """A driver died between the act and the proof."""
    run.tell(changes.effect_intended(Effect(id="push-1", kind="push", intent={"sha": "a"})))
    world = World(run, holds={"sha": "made before"})
    assert await push(run, world, sha="a") == {"sha": "made before"}
    assert world.did == []


async def test_the_proof_of_another_intent_proves_nothing(run: Run) -> None:
    await push(run, World(run), sha="a")
    world = World(run)
    await push(run, world, sha="b")
    (before,) = world.did
    assert before is not None
    assert (before.intent, before.proof) == ({"sha": "b"}, None), (
        "what is meant now is on record, and the old proof gone"
    )
    assert [e.intent for e in run.state.effects] == [{"sha": "b"}]


async def test_an_intent_that_changed_before_it_was_proven_is_recorded_anew(run: Run) -> None:
    run.tell(changes.effect_intended(Effect(id="push-1", kind="push", intent={"sha": "a"})))
    world = World(run)
    await push(run, world, sha="b")
    (before,) = world.did
    assert before is not None
    assert before.intent == {"sha": "b"}


async def test_what_was_done_and_cannot_be_seen_is_a_failure_and_no_proof(run: Run) -> None:
    world = World(run, takes=False)
    with pytest.raises(SkillFailed, match="its result cannot be verified"):
        await push(run, world, sha="a")
    effect = run.state.effect("push-1")
    assert effect is not None
    assert effect.proof is None


async def test_what_takes_long_is_called_by_a_plain_title(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of the effect is for the state file: nobody reads `publish-npm-registry-0123456789ab: in progress`."""
    monkeypatch.setattr(slow, "MOMENTS_S", (0,))
    driver, said = conductor(run.project, run.definition, {}), asyncio.Event()
    lines: list[str] = []
    plain = driver.output.say

    def say(name: str, text: str, level: LogLevel = LogLevel.INFO) -> None:
        lines.append(text)
        said.set()
        plain(name, text, level)

    monkeypatch.setattr(driver.output, "say", say)
    world = World(run)

    async def act() -> None:
        await said.wait()
        await world.act()

    for kind in ("publish", "unknown-kind"):
        said.clear()
        world.holds = None
        await driver.services("distribute").effect(f"{kind}-npm-registry-1", kind, {}, world.observe, act)
    assert lines == ["publishing: running", "unknown-kind: running"]
