"""All targets at once: what each level looks like in the manifest, and that none holds up another."""

import asyncio
from pathlib import Path

import pytest

from loop_tui.engine.gates import evaluate
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.targets import confirmation, distribute
from loop_tui.runners.context import Asked, Context, SkillFailed
from loop_tui.runners.packs import Packs
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from tests.github import RunPlan, fixture, retry_later
from tests.github.fixture import CI, GitHub

from .on_github import ACTIONS, Clock, confirm, on_github, seldom, ship, with_settings
from .on_github import clock as clock
from .shipyard import Yard, definition
from .test_targets_deployment import OTHER, RAILWAY, VERCEL

github = fixture.github
REMOTE = TargetDefinition(id="git-remote", kind="git-remote", title="Git remote")
LATER = TargetDefinition(id="later", kind="carrier-pigeon", title="Later")


@pytest.fixture
def yard(github: GitHub, tmp_path: Path, clock: Clock) -> Yard:
    return on_github(github, tmp_path / "yard", tmp_path / "world/claude")


async def test_the_manifest_tells_each_level_and_the_gate_stops_at_the_one_below(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(after=2, queued=1, running=1))
    github.app("railway-app[bot]", "widget / production")
    github.app("vercel[bot]", "Production", newer=OTHER)
    sha = ship(yard)
    await yard.verify()
    checks = await confirm(yard, REMOTE, ACTIONS, RAILWAY, VERCEL, LATER)
    assert [(c.name, c.status.value) for c in checks] == [
        ("git-remote", "passed"),
        ("ci", "passed"),
        ("railway", "passed"),
        ("vercel", "failed"),
        ("later", "skipped"),
    ]
    manifest = yard.text("distribution-manifest.md")
    newer = github.model.deployments[-1]
    reason = f"deployment {newer.id} to Production of {OTHER[:7]} went live after that of {sha[:7]}"
    assert "| CI | github-actions | **confirmed** | passed | confirmed | run " in manifest
    assert "| Railway | github-deployment | **confirmed** | passed | confirmed | deployment " in manifest
    assert f"| Vercel | github-deployment | **superseded** | failed | confirmed | {reason} |" in manifest
    assert "| Later | carrier-pigeon | **not configured** | skipped |" in manifest
    assert f"| ci | api | `GET repos/acme/widget/actions/runs/{github.run_of(sha).id}` |" in manifest
    assert f"| vercel | field | `state inactive, sha {sha}` |" in manifest
    gate = yard.definition.gates[1]
    verdict = evaluate(yard.state, gate)
    assert not verdict.passed
    assert verdict.reasons == (f"vercel: superseded: {reason}",)


async def test_one_question_for_all_that_are_late(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, RunPlan(never=True))
    github.app("vercel[bot]", "Production", states=("queued",))
    ship(yard)
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await confirm(yard, REMOTE, seldom(ACTIONS), seldom(VERCEL))
    assert asked.value.question.text == "CI, Vercel not confirmed yet. Keep watching? [Y/n]"
    kept = {key: facts["level"] for key, facts in yard.remembered}
    assert kept == {"target-git-remote": "confirmed", "target-ci": "expected", "target-vercel": "triggered"}


async def test_all_stay_away_from_github_together(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0))
    github.app("vercel[bot]", "Production", after=1, states=("success",))
    ship(yard)
    github.fail("actions/runs", retry_later(100))
    checks = await confirm(yard, ACTIONS, VERCEL)
    assert all(check.passed for check in checks)
    assert clock.now >= 100


async def test_a_target_that_fails_holds_up_no_other(
    yard: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
        raise SkillFailed("it broke", "there", "fix it", code=Code.CHECK_FAILED)

    original = Packs.confirm_of
    monkeypatch.setattr(
        Packs, "confirm_of", lambda packs, kind: broken if kind == "carrier-pigeon" else original(packs, kind)
    )
    monkeypatch.setattr(Packs, "is_configured", lambda packs, target: True)
    ship(yard)
    first, second = await confirm(yard, LATER, REMOTE)
    assert (first.passed, second.passed) == (False, True)
    assert first.summary.startswith("failed: ")
    assert "it broke" in first.summary


async def test_a_cancel_ends_all_of_them_at_once(yard: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github.workflow(CI, RunPlan(queued=0, running=10_000))
    ship(yard)
    begun, ended = asyncio.Semaphore(0), []

    async def waits(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
        begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(target.id)
        return TargetVerdict(target=target.id, level=TargetLevel.CONFIRMED)

    monkeypatch.setattr(Packs, "confirm_of", lambda packs, kind: waits)
    monkeypatch.setattr(Packs, "is_configured", lambda packs, target: True)
    yard.definition = definition(ACTIONS, REMOTE, LATER)
    task = asyncio.create_task(yard.run(distribute.run, "distribute"))
    for _ in range(3):
        await begun.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["ci", "git-remote", "later"]


async def test_a_question_of_one_target_ends_the_others(yard: Yard) -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def asks() -> None:
        raise ValueError("asked")

    with pytest.raises(ValueError, match="asked"):
        await confirmation.together([waits(), asks()])
    assert ended == [True]


async def test_what_is_not_configured_leaves_no_trace(yard: Yard) -> None:
    ship(yard)
    await confirm(yard, VERCEL.model_copy(update={"settings": {}}), with_settings(REMOTE))
    assert yard.services("").recall("target-vercel") is None
    kept = yard.services("").recall("target-git-remote")
    assert kept is not None
    assert (kept["level"], kept["waiting_for"]) == ("confirmed", "")
