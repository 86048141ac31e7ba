"""Submodules: a commit that nobody else can get is found before the push, and refused by it; dirty ones are said."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.services.git import commits, git, remotes, submodules, trees
from loop_tui.services.git.read_only import looking
from loop_tui.services.git.scope import PackageScope


def sh(folder: Path, *args: str) -> str:
    argv = ["git", "-c", "protocol.file.allow=always", *args]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, message: str) -> str:
    (folder / "file.txt").write_text(message)
    sh(folder, "add", "file.txt")
    sh(folder, "commit", "-qm", message)
    return sh(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a submodule in `libs/my lib`; the remotes of both have everything."""
    lib, root = tmp_path / "lib", tmp_path / "project"
    for folder in (lib, root):
        folder.mkdir()
        sh(folder, "init", "-q")
        sh(folder, "init", "-q", "--bare", f"{folder}.git")
        sh(folder, "remote", "add", "origin", f"{folder}.git")
        commit(folder, "chore: first")
        sh(folder, "push", "-q", "-u", "origin", "main")
    sh(root, "submodule", "--quiet", "add", f"{lib}.git", "libs/my lib")
    sh(root, "commit", "-qm", "chore: lib")
    sh(root, "push", "-q")
    return root


@pytest.fixture
def lib(repo: Path) -> Path:
    return repo / "libs/my lib"


async def test_where_all_is_pushed_there_is_nothing(repo: Path, lib: Path) -> None:
    assert await submodules.unpushed(repo) == ()
    commit(lib, "feat: there")
    sh(lib, "push", "-q", "origin", "HEAD")
    assert await submodules.unpushed(repo) == ()


async def test_a_commit_of_its_own_is_found_committed_staged_or_only_checked_out(repo: Path, lib: Path) -> None:
    sha = commit(lib, "feat: only here")
    only = (submodules.Unpushed("libs/my lib", sha),)
    assert await submodules.unpushed(repo) == only
    sh(repo, "add", "libs/my lib")
    assert await submodules.unpushed(repo) == only
    sh(repo, "commit", "-qm", "feat: use it")
    assert await submodules.unpushed(repo) == only
    with looking():
        assert await submodules.unpushed(repo) == only


async def test_outside_of_the_package_only_what_is_committed_counts(repo: Path, lib: Path) -> None:
    sha = commit(lib, "feat: only here")
    assert await submodules.unpushed(repo, PackageScope("packages/a/")) == ()
    assert len(await submodules.unpushed(repo, PackageScope("libs/"))) == 1
    sh(repo, "commit", "-qam", "feat: use it")
    assert await submodules.unpushed(repo, PackageScope("packages/a/")) == (submodules.Unpushed("libs/my lib", sha),)


async def test_one_that_is_not_checked_out_cannot_be_looked_at(repo: Path, lib: Path) -> None:
    sh(repo, "submodule", "--quiet", "deinit", "libs/my lib")
    assert await submodules.unpushed(repo) == ()


@pytest.mark.parametrize("setting", ["", "no", "on-demand", "check"])
async def test_a_push_refuses_it_whatever_is_configured(repo: Path, lib: Path, setting: str) -> None:
    if setting:
        sh(repo, "config", "push.recurseSubmodules", setting)
    sha = commit(lib, "feat: only here")
    sh(repo, "commit", "-qam", "feat: use it")
    before = sh(repo, "ls-remote", "origin"), sh(lib, "ls-remote", "origin")
    head = await git.head_sha(repo) or ""
    pushed = await remotes.push(repo, "origin", "main", head, "main")
    assert pushed.outcome is remotes.PushOutcome.SUBMODULE
    assert "libs/my lib" in pushed.detail
    assert (sh(repo, "ls-remote", "origin"), sh(lib, "ls-remote", "origin")) == before
    sh(lib, "push", "-q", "origin", f"{sha}:refs/heads/main")
    assert (await remotes.push(repo, "origin", "main", head, "main")).ok


@pytest.mark.parametrize("change", ["changed", "untracked", "both"])
async def test_changes_inside_are_no_change_of_ours_and_said(repo: Path, lib: Path, change: str) -> None:
    if change != "untracked":
        (lib / "file.txt").write_text("changed\n")
    if change != "changed":
        (lib / "new.txt").write_text("new\n")
    status = await git.status(repo)
    assert status.dirty == ("libs/my lib",)
    assert status.unstaged == ()
    commit(lib, "feat: a commit")
    (lib / "file.txt").write_text("more\n")
    status = await git.status(repo)
    assert status.dirty == ("libs/my lib",)
    assert [entry.path for entry in status.unstaged] == ["libs/my lib"]
    sh(lib, "clean", "-qfd")
    sh(lib, "checkout", "-q", ".")
    status = await git.status(repo)
    assert status.dirty == ()
    assert [entry.path for entry in status.unstaged] == ["libs/my lib"]


@pytest.mark.parametrize("how", ["all", "dirty", "untracked"])
async def test_one_that_is_to_be_ignored_is_said_where_git_would_commit_it(repo: Path, lib: Path, how: str) -> None:
    sh(repo, "config", "-f", ".gitmodules", "submodule.libs/my lib.ignore", how)
    sh(repo, "commit", "-qam", "chore: ignore")
    (lib / "new.txt").write_text("new\n")
    assert (await git.status(repo)).dirty == ("libs/my lib",)
    before = await trees.tracked_tree(repo)
    commit(lib, "feat: a commit")
    assert [entry.path for entry in (await git.status(repo)).unstaged] == ["libs/my lib"]
    tree = await trees.tracked_tree(repo)
    assert await git.changed_files(repo, before, tree) == ("libs/my lib",)
    assert [entry.path for entry in await git.diff_name_status(repo, before, tree)] == ["libs/my lib"]
    await commits.commit(repo, ["libs/my lib"], "feat: lib")
    assert sh(repo, "rev-parse", "HEAD^{tree}") == tree
