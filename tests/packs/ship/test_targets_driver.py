"""Targets under the real driver: what it remembers, pauses and takes up again."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.cli.packs import packs, runners
from loop_tui.cli.wiring import run_ports
from loop_tui.driver import DriveResult, Exit, Options, drive
from loop_tui.engine import changes, commands
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import step
from loop_tui.model.definition import BUILTIN, GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Event
from loop_tui.model.status import GateType
from loop_tui.storage.state.store import Store
from tests.github import RunPlan, fixture
from tests.github.fixture import CI, GitHub

from .on_github import ACTIONS, on_github, ship, with_settings
from .shipyard import Yard

pytestmark = pytest.mark.usefixtures("quick_npm")
github = fixture.github
FAST = with_settings(ACTIONS, interval_s=0.02, longest_interval_s=0.05)
LOOP = LoopDefinition(
    id="distribution-loop",
    phases=(PhaseDefinition(id="SHIP", skills=(SkillDefinition(id="distribute", runner=BUILTIN),)),),
    gates=(GateDefinition(id="distribution-gate", after="SHIP", type=GateType.AUTO, checks=("ci",)),),
    targets=(FAST,),
)


@pytest.fixture
def yard(github: GitHub, tmp_path: Path) -> Yard:
    """A project that waits for its CI, with a run that stands before distribute."""
    yard = on_github(github, tmp_path / "yard", tmp_path / "world/claude")
    (yard.project / "distribution-state.json").unlink()
    return yard


def begin(yard: Yard, loop: LoopDefinition = LOOP) -> Store:
    state = fresh_state(loop, run="run-1", system="widget", at="")
    store = Store(yard.project, loop.id, definition=loop)
    store.create(state.model_copy(update={"effects": yard.state.effects}), changes.started(loop.id, "ann"))
    return store


async def driven(
    yard: Yard, loop: LoopDefinition = LOOP, on_event: Callable[[Event], None] | None = None, **options: object
) -> DriveResult:
    said = Options(by="ann", **options)  # type: ignore[arg-type]
    ports = run_ports(yard.project, loop, os.environ)
    return await drive(loop, said, ports, environment=os.environ, on_event=on_event, runners=runners(), packs=packs())


async def test_a_pause_ends_the_watching_and_go_takes_it_up(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=100_000))
    sha = ship(yard)
    store = begin(yard)
    triggered = asyncio.Event()

    def on_event(event: Event) -> None:
        proof = event.context.get("proof")
        if event.subject == "target-ci" and isinstance(proof, dict) and proof["level"] == "triggered":
            triggered.set()

    driving = asyncio.create_task(driven(yard, on_event=on_event))
    await triggered.wait()
    store.transact(step(LOOP, lambda state: commands.pause(state, "ann")))
    paused = await driving
    assert (paused.code, paused.reason) == (Exit.WAITING, "paused")
    run = github.run_of(sha)
    loaded = store.load()
    assert loaded is not None
    effect = loaded.state.effect("target-ci")
    assert effect is not None
    assert (effect.kind, effect.intent) == ("target", {})
    assert effect.proof is not None
    assert (effect.proof["id"], effect.proof["sha"], effect.proof["level"]) == (run.id, sha, "triggered")
    store.transact(step(LOOP, lambda state: commands.resume(state, "ann")))
    run.finish()
    lists = len(github.called(r"actions/runs\?"))
    done = await driven(yard)
    assert done.code is Exit.COMPLETE, done.reason
    assert len(github.called(r"actions/runs\?")) == lists, "it looked for a run although it knew which"


async def test_what_is_known_already_is_not_written_again(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(after=4, queued=0, running=6))
    ship(yard)
    begin(yard)
    seen: list[str] = []

    def on_event(event: Event) -> None:
        if event.subject == "target-ci":
            proof = event.context.get("proof")
            seen.append(str(proof["level"]) if isinstance(proof, dict) else event.action)

    done = await driven(yard, on_event=on_event)
    assert done.code is Exit.COMPLETE
    assert len(github.called("actions/runs")) > 8
    assert seen[:3] == ["effect-intended", "expected", "triggered"]
    assert seen[-1] == "confirmed"
    assert len(seen) <= 5


async def test_late_without_anybody_to_ask_waits_and_names_the_answer(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(never=True))
    ship(yard)
    loop = LOOP.model_copy(update={"targets": (with_settings(FAST, appear_s=0.1),)})
    begin(yard, loop)

    async def go(**options: object) -> DriveResult:
        return await driven(yard, loop, **options)

    waiting = await go()
    assert waiting.code is Exit.WAITING
    assert waiting.reason == "CI not confirmed yet. Keep watching? [Y/n]"
    assert waiting.todo.startswith("--answer keep-watching-")
    failed = await go(answers={"keep-watching": "n"})
    assert failed.code is Exit.FAILED
    assert "distribution-gate did not pass: ci: not seen: a run of ci.yml" in failed.reason
