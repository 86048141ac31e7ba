"""Where a push goes: compared with what plain git does under the same settings."""

import itertools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.git import git, push_target, refs, remotes


def sh(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository on `main` with a commit that neither of its two remotes has yet."""
    root = tmp_path / "project"
    root.mkdir()
    sh(root, "init", "-q")
    sh(root, "commit", "-q", "--allow-empty", "-m", "chore: first")
    for name in ("origin", "fork"):
        sh(root, "init", "-q", "--bare", str(tmp_path / f"{name}.git"))
        sh(root, "remote", "add", name, str(tmp_path / f"{name}.git"))
        sh(root, "push", "-q", name, "main:main", "main:master", "main:next")
        sh(root, "fetch", "-q", name)
    sh(root, "commit", "-q", "--allow-empty", "-m", "feat: more")
    return root


def configure(root: Path, settings: Sequence[str]) -> None:
    for setting in settings:
        key, _, value = setting.partition("=")
        sh(root, "config", "--add", key, value)


def pushed_by_git(root: Path) -> set[str] | None:
    """Where plain `git push` brings the branch, as REMOTE/BRANCH; None when it refuses."""
    env = {**os.environ, "LC_ALL": "C"}
    head, argv = sh(root, "rev-parse", "HEAD"), ["git", "push", "--porcelain"]
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    return {
        f"{name}/{ref.removeprefix('refs/heads/')}"
        for name in ("origin", "fork")
        for sha, _, ref in (line.partition("\t") for line in sh(root, "ls-remote", name).splitlines())
        if sha == head and ref.startswith("refs/heads/")
    }


DEFAULTS = ("", "simple", "current", "upstream", "tracking", "matching", "nothing")
TRACKING = {
    "no upstream": (),
    "the same name": ("branch.main.remote=origin", "branch.main.merge=refs/heads/main"),
    "another name": ("branch.main.remote=origin", "branch.main.merge=refs/heads/master"),
    "an upstream that is gone": ("branch.main.remote=origin", "branch.main.merge=refs/heads/gone"),
    "another remote": ("branch.main.remote=fork", "branch.main.merge=refs/heads/next"),
}
PUSHES = {
    "there": (),
    "by pushRemote": ("branch.main.pushRemote=fork",),
    "by pushDefault": ("remote.pushDefault=fork",),
    "by both": ("remote.pushDefault=fork", "branch.main.pushRemote=origin"),
}
SPECS = {
    "one": ("remote.origin.push=refs/heads/main:refs/heads/next",),
    "by HEAD": ("remote.origin.push=HEAD:refs/heads/release",),
    "by a pattern": ("remote.origin.push=refs/heads/*:refs/heads/people/*",),
    "the same name": ("remote.origin.push=refs/heads/main",),
    "forced": ("remote.origin.push=+refs/heads/main:refs/heads/next",),
    "the first of two": ("remote.origin.push=refs/tags/*:refs/tags/*", "remote.origin.push=main:next"),
    "matching": ("remote.origin.push=:",),
    "kept back is another": ("remote.origin.push=refs/heads/*:refs/heads/x/*", "remote.origin.push=^refs/heads/x/*"),
    "kept back is what it comes from": ("remote.origin.push=main:next", "remote.origin.push=^refs/heads/main"),
    "kept back by a short name": ("remote.origin.push=main:next", "remote.origin.push=^main"),
}


def _cases() -> list[tuple[str, ...]]:
    found = []
    for how, tracked, pushes in itertools.product(DEFAULTS, TRACKING.values(), PUSHES.values()):
        found.append((*((f"push.default={how}",) if how else ()), *tracked, *pushes))
    return found + list(SPECS.values())


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
async def test_it_is_where_git_pushes_under_every_setting(repo: Path, every: int) -> None:
    config = (repo / ".git/config").read_text()
    at = {name: sh(repo.parent / f"{name}.git", "rev-parse", "main") for name in ("origin", "fork")}
    refusals = 0
    for settings in _cases()[::every]:
        configure(repo, settings)
        ours = await push_target.find(repo, "main")
        theirs = pushed_by_git(repo)
        if theirs is None:
            refusals += 1
            # Either it is asked, or the branch is the upstream, or is made only on a yes, or has the same name.
            tracked = f"refs/heads/{ours.branch}" in "".join(settings)
            assert ours.unsure or tracked or ours.branch == "main", settings
        elif theirs:
            assert theirs == {str(ours)}, (settings, ours)
        else:  # Matching, and nothing matches.
            assert await remotes.ls_remote(repo, ours.remote, ours.branch) is None, settings
        assert ours.local == "main"
        (repo / ".git/config").write_text(config)
        for name, sha in at.items():
            bare = repo.parent / f"{name}.git"
            for line in sh(bare, "for-each-ref", "--format=%(refname)").splitlines():
                known = line.removeprefix("refs/heads/") in ("main", "master", "next")
                sh(bare, "update-ref", *([line, sha] if known else ["-d", line]))
    assert refusals > 3


SEVERAL = ("branch.main.remote=origin", "branch.main.merge=refs/heads/main", "branch.main.merge=refs/heads/next")
SPECS |= {
    "several upstreams, by name": (*SEVERAL, "push.default=current"),
    "several upstreams, elsewhere": (*SEVERAL, "branch.main.pushRemote=fork"),
}


TOLD = {
    "nothing": (("push.default=nothing",), "push.default = nothing"),
    "no upstream for upstream": (("push.default=upstream",), "has no upstream"),
    "an upstream elsewhere": (
        (
            "push.default=upstream",
            "remote.pushDefault=origin",
            "branch.main.remote=fork",
            "branch.main.merge=refs/heads/main",
        ),
        "has no upstream at origin",
    ),
}


@pytest.mark.parametrize(("settings", "words"), TOLD.values(), ids=TOLD.keys())
async def test_where_git_would_not_push_it_is_unsure(repo: Path, settings: tuple[str, ...], words: str) -> None:
    configure(repo, settings)
    assert pushed_by_git(repo) is None
    assert words in (await push_target.find(repo, "main")).unsure


REFUSED = {
    "a remote that is none": (("branch.main.remote=gone",), "branch.main.remote"),
    "an address": (("branch.main.pushRemote=https://example.org/x.git",), "not a remote of this repository"),
    "a default that is none": (("remote.pushDefault=upstream",), "remote.pushdefault"),
    "a review": (("remote.origin.push=HEAD:refs/for/main",), "which is not a branch"),
    "several upstreams": (SEVERAL, "several upstream branches"),
    "several upstreams, simple": ((*SEVERAL, "push.default=simple"), "several upstream branches"),
    "the same upstream twice": ((*SEVERAL[:2], SEVERAL[1], "push.default=upstream"), "several upstream branches"),
    "kept back": (("remote.origin.push=HEAD:next", "remote.origin.push=^refs/heads/next"), "excludes main from"),
    "kept back by its own name": (
        ("remote.origin.push=main", "remote.origin.push=^refs/heads/main"),
        "excludes main from",
    ),
    "kept back where matching": (("remote.origin.push=:", "remote.origin.push=^refs/heads/main"), "excludes main from"),
    "kept back first": (
        ("remote.origin.push=^refs/heads/ma*", "remote.origin.push=refs/heads/*"),
        "excludes main from",
    ),
    "nothing but kept back": (("remote.origin.push=^refs/heads/main",), "but not main"),
    "other branches": (("remote.origin.push=refs/heads/x:refs/heads/x",), "but not main"),
}


@pytest.mark.parametrize(("settings", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_where_there_is_no_telling_it_is_refused(repo: Path, settings: tuple[str, ...], words: str) -> None:
    configure(repo, settings)
    with pytest.raises(Problem, match=words) as refused:
        await push_target.find(repo, "main")
    assert refused.value.todo
    if "push=" in "".join(settings) or "merge=" in "".join(settings):
        assert not pushed_by_git(repo)


async def test_without_remotes_or_with_several_strange_ones_it_is_refused(repo: Path) -> None:
    sh(repo, "remote", "rename", "origin", "one")
    with pytest.raises(Problem, match="several remotes"):
        await push_target.find(repo, "main")
    assert (await push_target.find(repo, "main", "one")).remote == "one"
    with pytest.raises(Problem, match="no remote 'origin'"):
        await push_target.find(repo, "main", "origin")
    sh(repo, "remote", "remove", "fork")
    assert str(await push_target.find(repo, "main")) == "one/main"
    sh(repo, "remote", "remove", "one")
    with pytest.raises(Problem, match="no remote to push to is configured"):
        await push_target.find(repo, "main")


async def test_what_is_pushed_to_several_places_is_there_when_all_have_it(repo: Path) -> None:
    old, new = sh(repo, "rev-parse", "HEAD~1"), sh(repo, "rev-parse", "HEAD")
    mirror = repo.parent / "mirror.git"
    sh(repo, "init", "-q", "--bare", str(mirror))
    for place in ("origin.git", "mirror.git"):
        sh(repo, "remote", "set-url", "--add", "--push", "origin", str(repo.parent / place))
    assert await remotes.ls_remote_all(repo, "origin", "main") == (old, None)
    assert await remotes.ls_remote(repo, "origin", "main") is None
    assert (await remotes.push(repo, "origin", "main", new, "main")).ok
    assert await remotes.ls_remote(repo, "origin", "main") == new
    assert sh(mirror, "rev-parse", "main") == new
    sh(mirror, "update-ref", "refs/heads/main", old)
    assert await remotes.ls_remote_all(repo, "origin", "main") == (new, old)


async def test_what_is_pushed_elsewhere_than_fetched_is_asked_where_it_is_pushed(repo: Path) -> None:
    sh(repo, "remote", "set-url", "--push", "origin", str(repo.parent / "fork.git"))
    new = await git.head_sha(repo) or ""
    assert (await remotes.push(repo, "origin", "main", new)).ok
    assert await remotes.ls_remote(repo, "origin", "main") == new
    assert sh(repo.parent / "origin.git", "rev-parse", "main") != new


@pytest.mark.parametrize("setting", ["pushInsteadOf", "pushurl"])
async def test_a_tag_is_asked_for_where_it_is_pushed(repo: Path, setting: str) -> None:
    fork = str(repo.parent / "fork.git")
    if setting == "pushurl":
        sh(repo, "remote", "set-url", "--push", "origin", fork)
    else:
        sh(repo, "config", f"url.{fork}.pushInsteadOf", str(repo.parent / "origin.git"))
    head = sh(repo, "rev-parse", "HEAD")
    sh(repo, "tag", "-am", "v1", "v1")
    assert await refs.remote_tag(repo, "origin", "v1") is None
    assert (await refs.push_tag(repo, "origin", "v1")).ok
    assert await refs.remote_tag(repo, "origin", "v1") == head
    sh(repo.parent / "origin.git", "tag", "v2", "main")
    assert await refs.remote_tag(repo, "origin", "v2") is None
    sh(repo, "remote", "set-url", "--add", "--push", "origin", str(repo.parent / "origin.git"))
    sh(repo, "remote", "set-url", "--add", "--push", "origin", fork)
    assert await refs.remote_tag(repo, "origin", "v1") is None, "one of the two has none"


async def test_options_that_the_remote_does_not_know_are_no_network_matter(repo: Path) -> None:
    sh(repo, "config", "push.pushOption", "ci.skip")
    sh(repo.parent / "origin.git", "config", "receive.advertisePushOptions", "false")
    for pushed in (
        await remotes.push_dry_run(repo, "origin", "main"),
        await remotes.push(repo, "origin", "main", "HEAD"),
    ):
        assert pushed.outcome is remotes.PushOutcome.FAILED
        assert "does not support push options" in pushed.detail
