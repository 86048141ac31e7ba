"""Target github-actions: the run of our commit and no other, however late, however often it is tried."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.targets import polling
from loop_tui.runners.context import Asked
from tests.github import RunPlan, bad_gateway, fixture, forbidden, limit_reached, retry_later
from tests.github.fixture import CI, GitHub

from .on_github import ACTIONS, WORKFLOW, Clock, confirm, fact, levels, on_github, rising, seldom, ship, with_settings
from .on_github import clock as clock
from .shipyard import Yard

github = fixture.github
RUNS = r"GET /repos/acme/widget/actions/runs\?"
GREEN = RunPlan(queued=0, running=0)


@pytest.fixture
def yard(github: GitHub, tmp_path: Path, clock: Clock) -> Yard:
    return on_github(github, tmp_path / "yard", tmp_path / "world/claude")


async def test_a_late_run_is_followed_to_its_end(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, RunPlan(after=3, lag=2, queued=3, running=4, jobs={"build": "", "test": ""}))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    run = github.run_of(sha)
    assert check.status is CheckStatus.PASSED
    assert check.summary == f"confirmed: run {run.id} succeeded for {sha[:7]}"
    assert rising([level for level, _ in levels(yard)]) == ["expected", "triggered", "job-green", "confirmed"]
    assert levels(yard)[0][1] == f"a run of ci.yml for {sha[:7]}"
    assert levels(yard)[-1] == ("confirmed", "")
    assert fact(check, "api") == f"GET repos/acme/widget/actions/runs/{run.id}"
    assert fact(check, "field") == f"status completed, conclusion success, head_sha {sha}"
    assert fact(check, "id") == str(run.id)
    assert fact(check, "time") == run.updated
    assert fact(check, "jobs") == "build success, test success"
    assert check.duration_ms is not None
    assert (check.commit, check.command) == (sha, f"gh api repos/acme/widget/actions/runs/{run.id}")
    asked = [r.query.get("head_sha") for r in github.called(RUNS)]
    assert asked[:4] == [sha, None, sha, None]
    assert 3 * 0.85 <= clock.slept[0] <= 3 * 1.15
    assert max(clock.slept) <= 15 * 1.15
    assert clock.slept[2] > clock.slept[0]


async def test_the_run_of_another_commit_is_never_a_tick(yard: Yard, github: GitHub, clock: Clock) -> None:
    workflow = github.workflow(CI, RunPlan(never=True))
    older = yard.git("rev-parse", "HEAD")
    github.past_run(workflow, older)
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith(f"not seen: a run of ci.yml for {sha[:7]}: nothing within 3m00s")
    assert f"the newest run is for {older[:7]} (success), not ours" in check.summary
    assert {level for level, _ in levels(yard)} == {"expected", "not seen"}
    # Nobody is asked for ever: as many rounds more as the target allows, each of three minutes.
    assert [q.id for q in yard.asked] == [f"keep-watching-{sha[:12]}-1.{n}" for n in (1, 2)]
    assert clock.now == pytest.approx(3 * 180)


async def test_a_failure_names_the_job(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(conclusion="failure", jobs={"build": "success", "lint": "failure", "e2e": "skipped"}))
    sha = ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    run = github.run_of(sha)
    url = f"https://github.com/acme/widget/actions/runs/{run.id}/job/{run.id * 100 + 1}"
    assert check.summary == f"failed: run {run.id}: failure; job lint failure at Run: {url}"
    assert check.status is CheckStatus.FAILED
    assert yard.asked == []


# --- what can never come --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["chore: x [skip ci]", "chore: x\n\n[ci skip]", "fix: x\n\n\nskip-checks: true"])
async def test_a_skipped_push_is_never_within_one_poll(yard: Yard, github: GitHub, clock: Clock, message: str) -> None:
    github.workflow(CI, RunPlan(never=True))
    ship(yard, message)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary.startswith("not seen: never: the commit says ")
    assert check.status is CheckStatus.FAILED
    assert (clock.slept, yard.asked) == ([], [])
    assert len(github.called(RUNS)) == 1


async def test_a_disabled_workflow_is_never(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, state="disabled_manually")
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary == f"not seen: never: {CI} is disabled manually; gh workflow enable ci.yml"
    assert clock.slept == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, f"{CI} is not in "),
        ("on: pull_request", "it does not run on push"),
        ("on: {push: {branches: [release/**, '!main']}}", "its branches do not include main"),
        ("on: {push: {branches-ignore: ['ma?in', 'm*']}}", "its branches-ignore includes main"),
        ("on: {push: {tags: ['v*']}}", "it runs for pushes of tags only"),
        ("on: {push: {paths: ['src/**', '!src/*.md']}}", "none of the files pushed is among its paths"),
        ("on: {push: {paths-ignore: ['**.txt', package.json]}}", "all of the files pushed are among its paths-ignore"),
    ],
)
async def test_filters_that_exclude_the_push(
    github: GitHub, clock: Clock, tmp_path: Path, text: str | None, reason: str
) -> None:
    yard = on_github(github, tmp_path / "yard", tmp_path / "world/claude", text)
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert "not seen: never: " in check.summary
    assert reason in check.summary
    assert clock.slept == []


@pytest.mark.parametrize(
    "text",
    [
        "on: [push, pull_request]",
        "on: {push: {paths: ['docs/**', '**.txt']}}",
        "on: {push: {branches: ['[mn]ain'], paths-ignore: [docs/**]}}",
        "on: {push: {tags: [v1], branches: [main]}}",
        "on: [push\n nobody: can read this",
        "on: {push: {branches: 7}}",
    ],
)
async def test_filters_that_may_let_it_through_are_waited_for(
    github: GitHub, clock: Clock, tmp_path: Path, text: str
) -> None:
    yard = on_github(github, tmp_path / "yard", tmp_path / "world/claude", text)
    github.workflow(CI, RunPlan(after=2, queued=0, running=0))
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.passed
    assert clock.slept


async def test_a_run_that_is_there_counts_whatever_was_foretold(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(never=True))
    sha = ship(yard, "fix: x [skip ci]")
    github.past_run(workflow, sha)
    (check,) = await confirm(yard, ACTIONS)
    assert check.passed


# --- again, and after a death ---------------------------------------------------------------------------------------


async def test_a_re_run_is_the_same_run_and_its_new_attempt_counts(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=1, conclusion="failure"))
    sha = ship(yard)
    (first,) = await confirm(yard, ACTIONS)
    run = github.run_of(sha)
    assert first.summary.startswith(f"failed: run {run.id}: failure")
    run.again(RunPlan(queued=1, running=2))
    asked = len(github.called(RUNS))
    (second,) = await confirm(yard, ACTIONS)
    assert second.summary == f"confirmed: run {run.id} attempt 2 succeeded for {sha[:7]}"
    assert fact(second, "attempt") == "2"
    assert len(github.called(RUNS)) == asked


async def test_a_resumed_driver_follows_the_same_run(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=5))
    sha = ship(yard)
    run = github.run_of(sha)
    held = github.hold(rf"GET /repos/acme/widget/actions/runs/{run.id}$")
    task = asyncio.create_task(confirm(yard, ACTIONS))
    await asyncio.to_thread(held.arrived.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.stop()
    remembered = yard.services("").recall("target-ci")
    assert remembered is not None
    assert (remembered["id"], remembered["sha"], remembered["level"]) == (run.id, sha, "triggered")
    # Somebody starts another run of the same commit meanwhile, and it is green: it is not the one we follow.
    github.past_run(workflow, sha)
    asked = len(github.called(RUNS))
    (check,) = await confirm(yard, ACTIONS)
    assert fact(check, "id") == str(run.id)
    assert check.passed
    assert len(github.called(RUNS)) == asked
    again = yard.services("").recall("target-ci")
    assert again is not None
    assert again["since"] == remembered["since"]


async def test_a_deleted_run_is_looked_for_anew(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, GREEN)
    sha = ship(yard)
    yard.services("").remember(
        "target", {"target-ci": {"sha": sha, "level": "triggered", "id": 1, "url": "", "since": "then"}}
    )
    (check,) = await confirm(yard, ACTIONS)
    assert fact(check, "id") == str(github.run_of(sha, workflow.path).id)


async def test_a_remembered_run_that_is_of_another_commit_is_not_followed(yard: Yard, github: GitHub) -> None:
    """The state file says that it is ours; GitHub knows better."""
    workflow = github.workflow(CI, GREEN)
    theirs = github.past_run(workflow, yard.git("rev-parse", "HEAD"))
    sha = ship(yard)
    yard.services("").remember(
        "target", {"target-ci": {"sha": sha, "level": "triggered", "id": theirs.id, "url": "", "since": "then"}}
    )
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary == f"confirmed: run {github.run_of(sha).id} succeeded for {sha[:7]}"


async def test_what_was_remembered_of_an_earlier_commit_does_not_count(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, GREEN)
    first = ship(yard)
    await confirm(yard, ACTIONS)
    second = ship(yard, "feat: again")
    (check,) = await confirm(yard, ACTIONS)
    assert fact(check, "id") == str(github.run_of(second).id)
    assert github.run_of(first).id != github.run_of(second).id


# --- trouble on the way ---------------------------------------------------------------------------------------------


async def test_trouble_that_passes_is_tried_again(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=1, running=1))
    sha = ship(yard)
    github.fail("actions/runs", bad_gateway(), times=2)
    github.drop("actions/runs", "middle")
    (check,) = await confirm(yard, ACTIONS)
    assert check.passed, check.summary
    assert yard.log.count("GitHub answered 502") == 1
    assert fact(check, "id") == str(github.run_of(sha).id)


@pytest.mark.parametrize("reply", [retry_later, partial(retry_later, status=429), limit_reached])
async def test_nobody_asks_while_github_wants_to_be_left_alone(
    yard: Yard, github: GitHub, clock: Clock, reply: Callable[[int], fixture.Reply]
) -> None:
    github.workflow(CI, GREEN)
    ship(yard)
    github.fail(RUNS, reply(90))
    (check,) = await confirm(yard, ACTIONS)
    assert check.passed
    assert clock.now >= 88


async def test_what_is_left_of_the_limit_is_spread(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, RunPlan(queued=0, running=3))
    github.model.rate_remaining = 59
    ship(yard)
    (check,) = await confirm(yard, with_settings(ACTIONS, cap_s=4000))
    assert check.passed
    assert min(clock.slept) > 55


async def test_what_did_not_change_is_not_paid_for(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(after=9, queued=0, running=0))
    ship(yard)
    await confirm(yard, ACTIONS)
    statuses = [request.status for request in github.called(RUNS)]
    assert statuses[:2] == [200, 200]
    assert set(statuses[2:7]) == {304}


async def test_what_no_waiting_mends_is_said_at_once(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, GREEN)
    ship(yard)
    github.fail(RUNS, forbidden(), times=None)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary.startswith("failed: ")
    assert "Resource not accessible by personal access token" in check.summary
    assert "gh auth refresh" in check.summary
    assert clock.slept == []


async def test_a_remote_that_is_not_on_github_is_said(world: object, tmp_path: Path) -> None:
    from .shipyard import new_yard

    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary.startswith("failed: origin is not on github.com")


# --- the levels, and when it is enough ------------------------------------------------------------------------------


async def test_the_level_asked_for_is_enough(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=100))
    sha = ship(yard)
    (check,) = await confirm(yard, with_settings(ACTIONS, level="triggered"))
    assert check.summary == f"triggered: run {github.run_of(sha).id} is in progress"
    assert check.passed


async def test_at_the_cap_a_question_and_then_the_level_reached(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.workflow(CI, RunPlan(queued=0, running=10_000))
    sha = ship(yard)
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await confirm(yard, seldom(ACTIONS))
    question = asked.value.question
    assert (question.id, question.default) == (f"keep-watching-{sha[:12]}-1.1", "Y")
    assert "CI: triggered, still waiting for run" in question.detail
    assert clock.now == pytest.approx(1800)
    # The person says that it is enough: one look more, no waiting.
    done = question.model_copy(update={"answer": "n"})
    yard.state = yard.state.model_copy(update={"questions": (done,)})
    clock.slept.clear()
    (check,) = await confirm(yard, seldom(ACTIONS))
    assert check.status is CheckStatus.FAILED
    assert check.summary.startswith("triggered: still waiting for run")
    assert check.summary.endswith("(required: confirmed)")
    assert clock.slept == []
    # Tried again, it is another question.
    with pytest.raises(Asked) as asked:
        await confirm(yard, seldom(ACTIONS))
    assert asked.value.question.id == f"keep-watching-{sha[:12]}-2.1"


async def test_what_is_neither_yes_nor_no_is_asked_again(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=10_000))
    ship(yard)
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await confirm(yard, seldom(ACTIONS))
    by_hand = asked.value.question.model_copy(update={"answer": "perhaps"})
    yard.state = yard.state.model_copy(update={"questions": (by_hand,)})
    with pytest.raises(Asked) as again:
        await confirm(yard, seldom(ACTIONS))
    assert again.value.question.id == by_hand.id
    assert yard.state.question(by_hand.id) is None


async def test_yes_watches_on(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=10_000))
    sha = ship(yard)
    yard.unanswered = True
    with pytest.raises(Asked) as asked:
        await confirm(yard, seldom(ACTIONS))
    yard.state = yard.state.model_copy(update={"questions": (asked.value.question.model_copy(update={"answer": "Y"}),)})
    github.run_of(sha).finish()
    (check,) = await confirm(yard, seldom(ACTIONS))
    assert check.passed


async def test_the_named_job_decides(yard: Yard, github: GitHub) -> None:
    github.workflow(CI, RunPlan(queued=0, running=0, jobs={"build": "success", "deploy": "skipped"}))
    ship(yard)
    (check,) = await confirm(yard, with_settings(ACTIONS, job="deploy"))
    assert check.summary.startswith("failed: ")
    assert check.summary.endswith("but the job deploy was skipped")
    (check,) = await confirm(yard, with_settings(ACTIONS, job="build"))
    assert check.passed


async def test_cancelled_for_a_newer_commit_is_superseded(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=9))
    sha = ship(yard)
    run = github.run_of(sha)
    run.cancelled = True
    theirs = github.commit("feat: theirs", files={"theirs.txt": "x"})
    newer = github.run_of(theirs, workflow.path)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary == f"superseded: run {run.id} was cancelled for run {newer.id} of {theirs[:7]}"
    assert check.status is CheckStatus.FAILED


async def test_cancelled_and_begun_anew_for_the_same_commit_is_not_superseded(yard: Yard, github: GitHub) -> None:
    workflow = github.workflow(CI, RunPlan(queued=0, running=9))
    sha = ship(yard)
    run = github.run_of(sha)
    run.cancelled = True
    yard.services("").remember(
        "target", {"target-ci": {"sha": sha, "level": "triggered", "id": run.id, "url": "", "since": "then"}}
    )
    github.past_run(workflow, sha)
    (check,) = await confirm(yard, ACTIONS)
    assert check.summary.startswith(f"failed: run {run.id}: cancelled")


async def test_nothing_set_is_not_configured_and_nothing_pushed_is_skipped(yard: Yard, github: GitHub) -> None:
    (check,) = await confirm(yard, ACTIONS.model_copy(update={"settings": {}}))
    assert (check.status, check.summary) == (CheckStatus.SKIPPED, "not configured: set workflow in .loops/targets.toml")
    (check,) = await confirm(yard, ACTIONS)
    assert (check.status, check.summary) == (CheckStatus.SKIPPED, "skipped: nothing was pushed in this run")
    assert github.called() == []


# --- how long it usually takes --------------------------------------------------------------------------------------


async def test_usual_is_what_github_remembers_unless_the_archive_knows(
    yard: Yard, github: GitHub, tmp_path: Path
) -> None:
    workflow = github.workflow(CI, GREEN)
    past = github.past_run(workflow, yard.git("rev-parse", "HEAD"))
    past.started, past.updated = "2026-01-02T03:00:00Z", "2026-01-02T03:04:10Z"
    ship(yard)
    (check,) = await confirm(yard, ACTIONS)
    assert fact(check, "usually_ms") == "250000"
    remembered = yard.services("").recall("target-ci")
    assert remembered is not None
    assert remembered["usually_ms"] == 250000
    archived = {"name": "ci", "status": "passed", "duration_ms": 61000}
    summary = {"loop": "distribution-loop", "system": "widget", "evidence": {"distribution-gate": [archived]}}
    body = {"meta": {}, "summary": {**summary, "completed_at": "2026-01-02T03:04:05Z", "outcome": "success"}}
    folder = yard.home / "runs/2026-01"
    folder.mkdir(parents=True)
    (folder / "widget-distribution-loop-02T03-04-05.json").write_text(json.dumps(body))
    (check,) = await confirm(yard, ACTIONS)
    assert fact(check, "usually_ms") == "61000"


def test_a_setting_of_time_that_is_no_number_is_named() -> None:
    assert polling.pace_of(ACTIONS, 7).cap_s == 7
    with pytest.raises(polling.Problem, match="interval_s of target ci"):
        polling.pace_of(with_settings(ACTIONS, interval_s="fast"), 7)
    with pytest.raises(polling.Problem, match="rounds of target ci"):
        polling.pace_of(with_settings(ACTIONS, rounds=-1), 7)


def test_the_sample_workflow_runs_on_push() -> None:
    from loop_tui.packs.ship.targets.workflow_file import why_never

    assert why_never(WORKFLOW, "main", ("x",)) == ""
