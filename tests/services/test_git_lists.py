"""Lists of paths reach git whole or not at all: to git, an empty list means every path."""

import shutil
import subprocess
from pathlib import Path

import pytest

from loop_tui.services.git import commits, git


@pytest.fixture
def repo(tmp_path: Path, world: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a file to commit and one that nobody named, and a git to which nobody speaks on stdin."""
    root, bin_ = tmp_path / "repo", tmp_path / "bin"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    for name in ("named.txt", "secret.env"):
        (root / name).write_text(f"{name}\n")
    bin_.mkdir()
    # What git hears when whoever started it was killed before the list was written.
    (bin_ / "git").write_text(f'#!/bin/sh\nexec {shutil.which("git")} "$@" < /dev/null\n')
    (bin_ / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_), prepend=":")
    return root


def said(root: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=True).stdout


def staged(root: Path) -> list[str]:
    return said(root, "diff", "--cached", "--name-only").split()


async def test_only_what_was_named_is_staged_and_committed(repo: Path) -> None:
    await commits.add(repo, ["named.txt"])
    assert staged(repo) == ["named.txt"]
    await commits.commit(repo, ["named.txt"], "feat: named")
    sha = said(repo, "rev-parse", "HEAD").strip()
    assert await git.file_at(repo, sha, "secret.env") is None


async def test_only_what_was_named_leaves_the_index(repo: Path) -> None:
    said(repo, "commit", "--quiet", "--allow-empty", "-m", "chore: first")
    said(repo, "add", "--all")
    await commits.index_as_committed(repo, ["named.txt"])
    assert staged(repo) == ["secret.env"]
    await commits.index_as_committed(repo, [])
    assert staged(repo) == ["secret.env"]
