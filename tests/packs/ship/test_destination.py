"""The branch that a release goes to: the upstream as git has it, and a new one only on a yes."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.packs.ship.commit.destination import keep
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.packs.ship.release_planner import skill
from loop_tui.runners.context import Asked, SkillFailed
from loop_tui.services.git import push_target

from .shipyard import Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


def branches(yard: Yard) -> dict[str, str]:
    rows = (line.split("\t") for line in yard.git("ls-remote", "--heads", str(yard.origin)).splitlines())
    return {name.removeprefix("refs/heads/"): sha for sha, name in rows}


def track(yard: Yard, name: str) -> None:
    """Let the remote's only branch have another name than ours, which tracks it."""
    yard.git("symbolic-ref", "HEAD", f"refs/heads/{name}", cwd=yard.origin)
    yard.git("push", "-q", "origin", f"main:refs/heads/{name}", ":main")
    yard.git("fetch", "-qp")
    yard.git("branch", "-q", "-u", f"origin/{name}")


TRACKED = {
    "another name": ("origin/master", {}),
    "a name with a slash": ("origin/release/2.x", {}),
    "by the setting upstream": ("origin/next", {"push.default": "upstream"}),
}


@pytest.mark.parametrize(("upstream", "settings"), TRACKED.values(), ids=TRACKED.keys())
async def test_it_goes_to_the_upstream_and_makes_no_branch(yard: Yard, upstream: str, settings: dict[str, str]) -> None:
    name = upstream.removeprefix("origin/")
    track(yard, name)
    for key, value in settings.items():
        yard.git("config", key, value)
    yard.bump()
    await yard.verify()
    result = await yard.run(run, "git-workflow")
    head = yard.git("rev-parse", "HEAD")
    assert branches(yard) == {name: head}
    (push,) = [check for check in result.checks if check.name == "push"]
    assert push.command == f"git ls-remote origin refs/heads/{name}"
    assert f"pushed to {upstream}" in result.summary


async def test_an_upstream_with_another_name_that_moved_on_stops_it(yard: Yard) -> None:
    track(yard, "master")
    theirs = yard.other_clone()
    yard.git("switch", "-q", "master", cwd=theirs)
    yard.git("commit", "-q", "--allow-empty", "-m", "fix: by a colleague", cwd=theirs)
    yard.git("push", "-q", cwd=theirs)
    before = branches(yard)
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed, match="origin/master has 1 commit"):
        await yard.run(run, "git-workflow")
    assert branches(yard) == before


NEW = {
    "without an upstream": (),
    "an upstream that is gone": (("branch.topic.remote", "origin"), ("branch.topic.merge", "refs/heads/gone")),
    "by its own name": (
        ("push.default", "current"),
        ("branch.topic.remote", "origin"),
        ("branch.topic.merge", "refs/heads/main"),
    ),
}


@pytest.mark.parametrize("settings", NEW.values(), ids=NEW.keys())
async def test_a_new_branch_is_made_only_on_a_yes(yard: Yard, settings: tuple[tuple[str, str], ...]) -> None:
    yard.git("switch", "-q", "-c", "topic")
    for key, value in settings:
        yard.git("config", key, value)
    before = branches(yard)
    yard.bump()
    await yard.verify()
    yard.unanswered, yard.answers["commit-message-"] = True, "y"
    with pytest.raises(Asked) as asked:
        await yard.run(run, "git-workflow")
    question = asked.value.question
    assert question.id.startswith("push-to-")
    # Who takes every default says yes to a branch of its own name, where nothing speaks for another.
    assert question.default == (None if settings else "y")
    assert "origin has no branch" in question.text
    assert branches(yard) == before
    yard.answers["push-to-"] = "n"
    with pytest.raises(SkillFailed, match="as you answered"):
        await yard.run(run, "git-workflow")
    assert branches(yard) == before
    yard.state = yard.state.model_copy(update={"questions": ()})
    yard.answers["push-to-"] = "y"
    await yard.run(run, "git-workflow")
    (new,) = set(branches(yard)) - set(before)
    assert new == ("gone" if "gone" in str(settings) else "topic")
    assert yard.remote_head(new) == yard.git("rev-parse", "HEAD")


async def test_it_is_asked_before_the_version_is_written(yard: Yard) -> None:
    yard.git("switch", "-q", "-c", "topic")
    yard.write("a.js", "1\n")
    yard.git("add", "a.js")
    yard.git("commit", "-qm", "feat: a")
    yard.unanswered = True
    before = (yard.project / "package.json").read_bytes()
    with pytest.raises(Asked, match="has no branch topic"):
        await yard.run(skill.run, "release-planner")
    assert (yard.project / "package.json").read_bytes() == before


async def test_where_git_pushes_nothing_by_itself_it_is_asked(yard: Yard) -> None:
    yard.git("config", "push.default", "nothing")
    yard.bump()
    await yard.verify()
    with pytest.raises(Asked, match="git pushes only what is named"):
        await yard.run(run, "git-workflow")
    yard.answers["push-to-"] = "y"
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_a_triangle_pushes_to_the_fork_and_says_how_far_behind_it_is(yard: Yard) -> None:
    fork = yard.origin.parent / "fork.git"
    yard.git("clone", "-q", "--bare", str(yard.origin), str(fork))
    yard.git("remote", "add", "fork", str(fork))
    yard.git("config", "remote.pushDefault", "fork")
    theirs = yard.other_clone()
    yard.git("commit", "-q", "--allow-empty", "-m", "fix: upstream", cwd=theirs)
    yard.git("push", "-q", cwd=theirs)
    upstream = yard.remote_head()
    yard.write("a.js", "1\n")
    yard.git("add", "a.js")
    yard.git("commit", "-qm", "feat: a")
    await yard.run(skill.run, "release-planner")
    assert "1 behind origin/main, the upstream of main" in yard.log
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == upstream
    assert yard.git("rev-parse", "main", cwd=fork) == yard.git("rev-parse", "HEAD")


async def begun(yard: Yard) -> None:
    """A run that is past its plan: it goes to the branch that it began on."""
    to = await push_target.find(yard.project, "main")
    keep(yard.context("release-planner"), to)
    yard.bump()
    await yard.verify()


def by_hand(folder: Path, words: str) -> None:
    """What a person types there."""
    subprocess.run(words, shell=True, cwd=folder, check=True)


SWITCHED = {
    "another branch": "git switch -qc other",
    "no branch": "git switch -q --detach",
    "another name": "git branch -m other",
}


@pytest.mark.parametrize("words", SWITCHED.values(), ids=SWITCHED.keys())
@pytest.mark.parametrize("when", ["before", "post-commit"])
async def test_the_run_stays_on_the_branch_it_began_on(yard: Yard, words: str, when: str) -> None:
    await begun(yard)
    before = branches(yard)
    if when == "before":
        by_hand(yard.project, words)
    else:
        yard.write(".git/hooks/post-commit", f"#!/bin/sh\n{words}\n").chmod(0o755)
    with pytest.raises(SkillFailed, match=r"started on main|HEAD is detached"):
        await yard.run(run, "git-workflow")
    assert branches(yard) == before
    by_hand(yard.project, "git show-ref -q --verify refs/heads/main && git switch -q main || git branch -m other main")
    await yard.run(run, "git-workflow")
    assert branches(yard) == {"main": yard.git("rev-parse", "HEAD")}


async def test_another_place_than_was_said_is_asked_about(yard: Yard) -> None:
    await begun(yard)
    yard.git("push", "-q", "origin", "main:prod")
    before = branches(yard)
    yard.git("branch", "-q", "-u", "origin/prod")
    with pytest.raises(Asked, match="was to be pushed to origin/main when this run started"):
        await yard.run(run, "git-workflow")
    yard.answers["push-to-"] = "n"
    with pytest.raises(SkillFailed, match="as you answered"):
        await yard.run(run, "git-workflow")
    assert branches(yard) == before


async def test_what_is_replaced_here_is_not_pushed(yard: Yard) -> None:
    before = branches(yard)
    yard.write("server.js", "throw 1\n")
    yard.git("commit", "-qam", "feat: broken")
    yard.git("replace", "HEAD", "HEAD~1")
    yard.git("reset", "-q", "--hard")
    await yard.verify()
    with pytest.raises(SkillFailed, match="replaced by another commit here"):
        await yard.run(run, "git-workflow")
    assert branches(yard) == before
