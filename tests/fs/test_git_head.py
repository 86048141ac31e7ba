"""Branch and commit, read from git's files, as the real git left them."""

import os
import subprocess
from pathlib import Path

from loop_tui.fs.git_head import commits_made, head_of


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path) -> str:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "feat: first")
    return git(folder, "rev-parse", "HEAD")[:7]


def test_outside_a_repository_there_is_none(tmp_path: Path) -> None:
    assert head_of(tmp_path) == ""


def test_a_branch_loose_packed_and_in_a_worktree(tmp_path: Path) -> None:
    root = tmp_path / "r"
    commit = repository(root)
    assert head_of(root) == f"main {commit}"
    git(root, "pack-refs", "--all")
    assert head_of(root) == f"main {commit}"
    git(root, "worktree", "add", "--quiet", "-b", "feat/x", str(tmp_path / "w"))
    assert head_of(tmp_path / "w") == f"feat/x {commit}"
    (root / "deep").mkdir()
    assert head_of(root / "deep") == f"main {commit}"


def test_without_a_branch_it_is_the_commit(tmp_path: Path) -> None:
    commit = repository(tmp_path / "r")
    git(tmp_path / "r", "checkout", "--quiet", "--detach")
    assert head_of(tmp_path / "r") == commit


def test_before_the_first_commit_it_is_the_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert head_of(tmp_path) == "main"


def commit_at(folder: Path, moment: int) -> None:
    when = {"GIT_COMMITTER_DATE": f"{moment} +0200", "GIT_AUTHOR_DATE": f"{moment} +0200"}
    words = ("git", "commit", "--quiet", "--allow-empty", "-m", "feat: more")
    subprocess.run(words, cwd=folder, env=os.environ | when, capture_output=True, check=True)


def test_commits_are_counted_by_the_record_of_the_working_tree(tmp_path: Path) -> None:
    assert commits_made(tmp_path, 0, 2e9) == 0
    root = tmp_path / "r"
    repository(root)
    for moment in (1_700_000_000, 1_700_000_100, 1_700_000_200):
        commit_at(root, moment)
    git(root, "checkout", "--quiet", "-b", "other")
    assert commits_made(root, 1_700_000_000.9, 1_700_000_100) == 2
    assert commits_made(root, 1_700_000_001, 1_700_000_099) == 0
    git(root, "worktree", "add", "--quiet", "-b", "feat/x", str(tmp_path / "w"))
    commit_at(tmp_path / "w", 1_700_000_050)
    assert commits_made(root, 1_700_000_001, 1_700_000_099) == 0
    assert commits_made(tmp_path / "w", 1_700_000_001, 1_700_000_099) == 1
    (root / ".git/logs/HEAD").write_bytes(b"\xff> 99999999999999 +0200\tcommit: x\n> 5 +0200\tcommit\x00")
    assert commits_made(root, 0, 2e9) == 1
