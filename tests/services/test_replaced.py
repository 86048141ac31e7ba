"""Objects that git shows another content for: told only where a push would bring the other one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.services.git import read_only
from loop_tui.services.git.replaced import replaced


def sh(folder: Path, *args: str, stdin: str = "") -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True, input=stdin)
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Three commits on `main`, and one on a branch beside it."""
    root = tmp_path / "project"
    root.mkdir()
    sh(root, "init", "-q", "-b", "main")
    for text in ("one", "two", "three"):
        (root / "a.txt").write_text(text)
        sh(root, "add", "a.txt")
        sh(root, "commit", "-qm", text)
    sh(root, "switch", "-qc", "beside")
    sh(root, "commit", "-q", "--allow-empty", "-m", "beside")
    sh(root, "switch", "-q", "main")
    return root


def by_hand(folder: Path, words: str) -> None:
    """What a person types there."""
    subprocess.run(words, shell=True, cwd=folder, check=True)


def the_tip(root: Path) -> None:
    sh(root, "replace", "HEAD", "HEAD~1")


def an_old_one(root: Path) -> None:
    sh(root, "replace", "--graft", "HEAD~1")


def a_file(root: Path) -> None:
    sh(root, "replace", "HEAD:a.txt", sh(root, "hash-object", "-w", "--stdin", stdin="other"))


def a_tree(root: Path) -> None:
    sh(root, "replace", "HEAD^{tree}", "HEAD~1^{tree}")


def parents(root: Path) -> None:
    (root / ".git/info/grafts").write_text(f"# a note\n{sh(root, 'rev-parse', 'HEAD~1')}\n")


@pytest.mark.parametrize("replace", [the_tip, an_old_one, a_file, a_tree, parents])
async def test_what_a_push_would_bring_otherwise_is_told(repo: Path, replace: Callable[[Path], None]) -> None:
    assert await replaced(repo) is None
    replace(repo)
    found = await replaced(repo)
    assert found is not None
    by_hand(repo, found.todo)
    assert await replaced(repo) is None


async def test_a_look_tells_it_too(repo: Path) -> None:
    the_tip(repo)
    with read_only.looking():
        assert await replaced(repo) is not None
    sh(repo, "config", "core.useReplaceRefs", "false")
    with read_only.looking():
        assert await replaced(repo) is None


async def test_what_is_not_pushed_may_be_replaced(repo: Path) -> None:
    sh(repo, "replace", "beside", "HEAD")
    assert await replaced(repo) is None
    (repo / ".git/info/grafts").write_text(f"{sh(repo, 'rev-parse', 'beside')}\n")
    assert await replaced(repo) is None
    the_tip(repo)
    sh(repo, "config", "core.useReplaceRefs", "false")
    assert await replaced(repo) is None
