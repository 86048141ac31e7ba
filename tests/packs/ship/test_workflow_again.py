"""A resync asks GitHub for the workflow of the very same commit again, once, and confirms what came of that."""

from pathlib import Path

import pytest

from loop_tui.model.evidence import Effect
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.targets import workflow_again
from loop_tui.runners.pack_api import CHOICE
from tests.github import RunPlan, fixture
from tests.github.fixture import CI, GitHub

from .on_github import ACTIONS, Clock, confirm, fact, on_github, ship
from .on_github import clock as clock
from .shipyard import Killed, Yard

pytestmark = pytest.mark.usefixtures("quick_npm")
github = fixture.github
RERUNS = r"POST /repos/acme/widget/actions/runs/\d+/rerun"
DISPATCHES = r"POST /repos/acme/widget/actions/workflows/ci.yml/dispatches"


@pytest.fixture
def yard(github: GitHub, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """A project on GitHub whose run is a resync."""
    monkeypatch.setattr(workflow_again, "sleep", clock.sleep)
    yard = on_github(github, tmp_path / "yard", tmp_path / "world/claude")
    resync = Effect(id="choice-resync", kind=CHOICE, intent={"resync": True})
    yard.state = yard.state.model_copy(update={"effects": (*yard.state.effects, resync)})
    return yard


async def test_a_run_that_ended_runs_once_more_and_that_attempt_is_confirmed(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=1, running=1))
    sha = ship(yard)
    run = github.run_of(sha)
    run.finish()
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert check.summary == f"confirmed: run {run.id} attempt 2 succeeded for {sha[:7]}"
    assert fact(check, "attempt") == "2"
    assert len(github.called(RERUNS)) == 1


async def test_a_run_that_failed_before_may_succeed_now_or_fail_again(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0, conclusion="failure", jobs={"build": "failure"}))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.FAILED, "the attempt of before is no answer, and no success"
    assert github.run_of(sha).attempt == 2


async def test_a_run_that_still_runs_is_the_one_that_was_wanted(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=2, running=2))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert github.run_of(sha).attempt == 1
    assert github.called(RERUNS) == []


async def test_where_no_run_is_one_is_dispatched(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0), events=("workflow_dispatch",))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert github.run_of(sha).event == "workflow_dispatch"
    assert len(github.called(DISPATCHES)) == 1


async def test_a_workflow_that_cannot_be_started_is_a_failure_that_says_so(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0), events=("pull_request",))
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.FAILED
    assert "cannot be dispatched" in check.summary


@pytest.mark.parametrize("instant", ["intent", "act", "proof"])
@pytest.mark.parametrize("events", [("push",), ("workflow_dispatch",)])
@pytest.mark.sampled(5)
async def test_it_is_asked_for_once_whenever_the_driver_dies(
    yard: Yard, github: GitHub, instant: str, events: tuple[str, ...]
) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0), events=events)
    ship(yard)
    yard.kill = {f"workflow-again:{instant}"}
    with pytest.raises(Killed):
        await confirm(yard, ACTIONS)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert len(github.called(RERUNS)) + len(github.called(DISPATCHES)) == 1


async def test_a_run_that_is_further_back_than_a_page_runs_once_more(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=0), events=("push", "workflow_dispatch"))
    sha = ship(yard)
    run = github.run_of(sha)
    run.finish()
    other = github.workflow(".github/workflows/other.yml", RunPlan(never=True))
    for number in range(100):
        github.past_run(other if number % 2 else workflow, f"{number:040x}")
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary == f"confirmed: run {run.id} attempt 2 succeeded for {sha[:7]}"
    assert github.called(DISPATCHES) == []


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (("push", "schedule"), "push"),
        (("schedule", "push", "schedule", "pull_request"), "push"),
        (("push", "workflow_dispatch"), "push"),
        (("workflow_dispatch", "schedule"), "workflow_dispatch"),
        (("schedule",), "schedule"),
        (("push", *("schedule",) * 100), "push"),
    ],
)
@pytest.mark.sampled(5)
async def test_the_run_of_the_push_is_asked_for_before_others(
    yard: Yard, github: GitHub, events: tuple[str, ...], wanted: str
) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=0), events=())
    sha = ship(yard)
    for event in events:
        github.past_run(workflow, sha).event = event
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert [run.event for run in github.model.runs if run.attempt == 2] == [wanted]


@pytest.mark.parametrize("events", [("push",), ("workflow_dispatch",)])
async def test_killed_before_github_shows_what_was_asked_for_it_is_not_asked_again(
    yard: Yard, github: GitHub, clock: Clock, monkeypatch: pytest.MonkeyPatch, events: tuple[str, ...]
) -> None:
    github.workflow(CI, RunPlan(after=6, queued=0, running=0), events=events)
    sha = ship(yard)
    if "push" in events:
        github.run_of(sha).finish()

    async def killed(seconds: float) -> None:
        raise Killed

    with monkeypatch.context() as first:
        first.setattr(workflow_again, "sleep", killed)
        if "push" in events:
            yard.kill = {"workflow-again:act"}
        with pytest.raises(Killed):
            await confirm(yard, ACTIONS)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert len(github.called(RERUNS)) + len(github.called(DISPATCHES)) == 1


async def test_no_other_run_asks_again(yard: Yard, github: GitHub) -> None:
    yard.state = yard.state.model_copy(update={"effects": ()})
    github.workflow(CI, RunPlan(queued=0, running=0))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.PASSED
    assert github.run_of(sha).attempt == 1
