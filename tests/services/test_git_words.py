"""What a hook or a remote says is kept to its end: that is where most tools say why they refuse."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.git import commits, git, remotes

REASON = "x src/main.js: Unexpected token, line 7"
NOISE = {
    "lint-staged's progress": "seq 400 | sed 's,.*,[STARTED] formatter --check src/part-&.js,'",
    "one long line": "yes x | head -c 20000 | tr -d '\\n'; echo",
    "megabytes": "yes 'still at it' | head -c 3000000",
    "nothing": ":",
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a commit that its bare origin has, and a file to commit."""
    root = tmp_path / "project"
    root.mkdir()
    for words in (
        ["init", "-q"],
        ["init", "-q", "--bare", str(tmp_path / "origin.git")],
        ["remote", "add", "origin", str(tmp_path / "origin.git")],
        ["commit", "-q", "--allow-empty", "-m", "chore: first"],
        ["push", "-q", "-u", "origin", "main"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)
    (root / "a.txt").write_text("a\n")
    return root


def hook(folder: Path, name: str, noise: str, to: str = "2") -> None:
    path = folder / "hooks" / name
    path.write_text(f"#!/bin/sh\n{noise}\necho '{REASON}' >&{to}\nexit 1\n")
    path.chmod(0o755)


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
async def test_the_reason_of_a_hook_is_in_the_words(repo: Path, name: str, noise: str) -> None:
    hook(repo / ".git", name, noise)
    await commits.add(repo, ["a.txt"])
    with pytest.raises(Problem) as refused:
        await commits.commit(repo, ["a.txt"], "feat: a")
    assert REASON in refused.value.what
    assert len(refused.value.what) < 5000


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
@pytest.mark.parametrize("where", ["pre-push", "pre-receive", "update"])
async def test_the_reason_of_a_push_is_in_the_words(repo: Path, where: str, noise: str) -> None:
    hook(repo / ".git" if where == "pre-push" else repo.parent / "origin.git", where, noise)
    await git.ask_plain(repo, "commit", "-q", "--allow-empty", "-m", "feat: more")
    pushed = await remotes.push(repo, "origin", "main", await git.head_sha(repo) or "")
    kind = remotes.PushOutcome.FAILED if where == "pre-push" else remotes.PushOutcome.REFUSED
    assert pushed.outcome is kind
    assert REASON in pushed.detail
    assert len(pushed.detail) < 5000


@pytest.mark.parametrize("words", ["one line", "!\tHEAD:refs/heads/x\t[rejected]", "To nowhere\nDone", "\x1b[31mred"])
async def test_what_a_hook_prints_is_in_the_words_too(repo: Path, words: str) -> None:
    hook(repo / ".git", "pre-push", f"printf '%s\\n' '{words}'", to="1")
    await git.ask_plain(repo, "commit", "-q", "--allow-empty", "-m", "feat: more")
    pushed = await remotes.push(repo, "origin", "main", await git.head_sha(repo) or "", "main")
    assert pushed.outcome is remotes.PushOutcome.FAILED
    assert REASON in pushed.detail
    assert "\x1b" not in pushed.detail
