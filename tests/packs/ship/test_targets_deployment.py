"""Target github-deployment: the deployment of our commit, by the app and to the environment that were named."""

from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.status import CheckStatus
from tests.github import bad_gateway, fixture, retry_later
from tests.github.fixture import GitHub

from .on_github import Clock, confirm, fact, levels, on_github, rising, seldom, ship, with_settings
from .on_github import clock as clock
from .shipyard import Yard

github = fixture.github
RAILWAY = TargetDefinition(
    id="railway", kind="github-deployment", title="Railway", settings={"environment": "widget / production"}
)
VERCEL = TargetDefinition(
    id="vercel", kind="github-deployment", title="Vercel", settings={"environment": "Production", "app": "vercel"}
)
OTHER = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def yard(github: GitHub, tmp_path: Path, clock: Clock) -> Yard:
    return on_github(github, tmp_path / "yard", tmp_path / "world/claude")


async def test_a_deployment_is_followed_to_its_success(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.app("railway-app[bot]", "widget / production", after=2, url="https://widget.example")
    sha = ship(yard)
    (check,) = await confirm(yard, RAILWAY)
    (ours,) = github.model.deployments
    assert check.summary == f"confirmed: deployment {ours.id} to widget / production succeeded for {sha[:7]}"
    assert rising([level for level, _ in levels(yard, "railway")]) == ["expected", "triggered", "confirmed"]
    assert levels(yard, "railway")[0][1] == f"a deployment of {sha[:7]} to widget / production"
    assert fact(check, "api") == f"GET repos/acme/widget/deployments/{ours.id}/statuses"
    assert fact(check, "field") == f"state success, sha {sha}"
    assert fact(check, "id") == str(ours.id)
    assert fact(check, "url") == "https://widget.example"
    assert fact(check, "time") == ours.created
    assert check.duration_ms is not None


async def test_a_failure_is_told_in_the_apps_words(yard: Yard, github: GitHub) -> None:
    github.app("vercel[bot]", "Production", states=("queued", "failure"), description="Build exited with 1")
    ship(yard)
    (check,) = await confirm(yard, VERCEL)
    (ours,) = github.model.deployments
    assert check.status is CheckStatus.FAILED
    assert check.summary == (
        f"failed: deployment {ours.id} to Production ended with failure: Build exited with 1; "
        f"https://logs.example/{ours.id}"
    )


async def test_a_newer_commit_that_went_live_supersedes_ours(yard: Yard, github: GitHub) -> None:
    github.app("vercel[bot]", "Production", states=("queued", "success"), newer=OTHER)
    sha = ship(yard)
    (check,) = await confirm(yard, VERCEL)
    ours, newer = github.model.deployments
    assert check.status is CheckStatus.FAILED
    assert check.summary == (
        f"superseded: deployment {newer.id} to Production of {OTHER[:7]} went live after that of {sha[:7]}"
    )
    assert fact(check, "newer_sha") == OTHER
    assert fact(check, "id") == str(ours.id)
    assert fact(check, "field") == f"state inactive, sha {sha}"


async def test_success_is_not_believed_when_something_newer_is_live(yard: Yard, github: GitHub) -> None:
    sha = ship(yard)
    # In production GitHub leaves the older ones at success.
    ours = github.deploy(sha, "vercel[bot]", "Production", "success")
    github.deploy(OTHER, "vercel[bot]", "Production", "in_progress")
    (check,) = await confirm(yard, VERCEL)
    assert check.passed, "what is only on its way has superseded nothing"
    newer = github.deploy(OTHER, "vercel[bot]", "Production", "success")
    (check,) = await confirm(yard, VERCEL)
    assert check.summary.startswith(f"superseded: deployment {newer.id}")
    assert fact(check, "id") == str(ours.id)


async def test_inactive_is_superseded_whoever_it_was(yard: Yard, github: GitHub) -> None:
    sha = ship(yard)
    ours = github.deploy(sha, "vercel[bot]", "Production", "success", "inactive")
    (check,) = await confirm(yard, VERCEL)
    assert check.summary == (
        f"superseded: deployment {ours.id} to Production of {sha[:7]} is inactive: something else is live"
    )


async def test_a_later_commit_that_contains_ours_went_live_instead(yard: Yard, github: GitHub, clock: Clock) -> None:
    sha = ship(yard)
    theirs = github.commit("feat: theirs", files={"theirs.txt": "x"})
    yard.git("fetch", "-q", "origin")
    github.deploy(theirs, "vercel[bot]", "Production", "success")
    (check,) = await confirm(yard, VERCEL)
    assert check.summary.startswith("superseded: ")
    assert f"of {theirs[:7]}, which contains the shipped commit, is live" in check.summary
    assert sha != theirs
    assert clock.slept == []


async def test_other_apps_and_environments_are_not_ours(yard: Yard, github: GitHub, clock: Clock) -> None:
    before = yard.git("rev-parse", "HEAD")
    github.deploy(before, "vercel[bot]", "Production", "success")
    sha = ship(yard)
    github.deploy(sha, "vercel[bot]", "Preview", "success")
    github.deploy(sha, "railway-app[bot]", "Production", "success")
    (check,) = await confirm(yard, seldom(VERCEL))
    assert check.summary.startswith(
        f"not seen: a deployment of {sha[:7]} to Production by vercel: nothing within 3m00s"
    )
    assert f"of {before[:7]}, another commit" in check.summary
    assert check.status is CheckStatus.FAILED
    # Another app's later deployment to an environment of the same name takes nothing away from ours.
    github.deploy(sha, "vercel[bot]", "production", "success")
    github.deploy(OTHER, "railway-app[bot]", "production", "success")
    (check,) = await confirm(yard, seldom(VERCEL))
    assert check.passed, check.summary


async def test_a_deployment_that_is_made_again_counts(yard: Yard, github: GitHub) -> None:
    sha = ship(yard)
    github.deploy(sha, "vercel[bot]", "Production", "error")
    (check,) = await confirm(yard, VERCEL)
    assert "ended with error" in check.summary
    again = github.deploy(sha, "vercel[bot]", "Production", "success")
    (check,) = await confirm(yard, VERCEL)
    assert fact(check, "id") == str(again.id)
    assert check.passed


async def test_stuck_is_the_level_it_reached(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.app("vercel[bot]", "Production", states=("in_progress",))
    ship(yard)
    yard.answers["keep-watching-"] = "n"
    (check,) = await confirm(yard, seldom(VERCEL))
    assert check.summary.startswith("triggered: still waiting for deployment")
    assert check.summary.endswith("(in progress) after 15m00s (required: confirmed)")
    assert check.status is CheckStatus.FAILED
    assert clock.now == pytest.approx(900)


async def test_trouble_that_passes(yard: Yard, github: GitHub, clock: Clock) -> None:
    github.app("vercel[bot]", "Production")
    ship(yard)
    github.fail("/statuses", bad_gateway())
    github.fail(r"/deployments\?", retry_later(40))
    github.drop("/statuses", "before")
    (check,) = await confirm(yard, VERCEL)
    assert check.passed
    assert clock.now >= 40


async def test_what_is_not_set_is_not_configured(yard: Yard, github: GitHub) -> None:
    bare = VERCEL.model_copy(update={"settings": {}})
    (check,) = await confirm(yard, bare)
    assert check.summary == "not configured: set environment or app in .loops/targets.toml"
    (check,) = await confirm(yard, with_settings(bare, app="vercel[bot]"))
    assert check.summary == "skipped: nothing was pushed in this run"
    ship(yard)
    github.deploy(yard.git("rev-parse", "HEAD"), "vercel[bot]", "Anything", "success")
    (check,) = await confirm(yard, with_settings(bare, app="Vercel"))
    assert check.passed
