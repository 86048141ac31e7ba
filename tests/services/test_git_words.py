"""What a hook or a remote says is kept to its end: that is where most tools say why they refuse."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.git import commits, git, refs, remotes

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


SAYS = (
    "curl: (7) Failed to connect to localhost port 3000: Connection refused",
    "pre-push: main is a protected branch, use a pull request",
    "GET /x: expected 200, got 403",
    "fatal: unable to access the docs: Could not resolve host: docs",
    "test: updates were rejected (non-fast-forward)",
    "gitleaks: commits cannot contain secrets",
)


@pytest.mark.parametrize("words", SAYS)
@pytest.mark.parametrize("to", ["1", "2"])
async def test_a_hook_that_fails_is_a_hook_whatever_it_says(repo: Path, words: str, to: str) -> None:
    hook(repo / ".git", "pre-push", f"echo ran >> ran.log; echo '{words}' >&{to}", to)
    await git.ask_plain(repo, "commit", "-q", "--allow-empty", "-m", "feat: more")
    pushed = await remotes.push(repo, "origin", "main", await git.head_sha(repo) or "", "main")
    assert pushed.outcome is remotes.PushOutcome.FAILED
    assert words in pushed.detail
    assert (repo / "ran.log").read_text() == "ran\n"


async def test_a_hook_that_fails_for_a_tag_is_a_hook(repo: Path) -> None:
    hook(repo / ".git", "pre-push", f"echo '{SAYS[0]}' >&2")
    await refs.create_tag(repo, "v1.0.0", await git.head_sha(repo) or "", "v1.0.0")
    assert (await refs.push_tag(repo, "origin", "v1.0.0")).outcome is remotes.PushOutcome.FAILED


@pytest.mark.parametrize("words", SAYS)
async def test_what_a_hook_says_and_lets_pass_is_not_why_the_remote_refuses(repo: Path, words: str) -> None:
    path = repo / ".git/hooks/pre-push"
    path.write_text(f"#!/bin/sh\necho '{words}' >&2\n")
    path.chmod(0o755)
    hook(repo.parent / "origin.git", "pre-receive", ":")
    await git.ask_plain(repo, "commit", "-q", "--allow-empty", "-m", "feat: more")
    pushed = await remotes.push(repo, "origin", "main", await git.head_sha(repo) or "", "main")
    assert pushed.outcome is remotes.PushOutcome.REFUSED


async def test_behind_a_hook_that_passes_a_remote_that_is_gone_is_a_network_matter(repo: Path) -> None:
    """And so it is where the words are git's own, since there is no hook."""
    path = repo / ".git/hooks/pre-push"
    path.write_text("#!/bin/sh\necho fine\n")
    path.chmod(0o755)
    await git.ask_plain(repo, "remote", "set-url", "origin", str(repo / "gone.git"))
    sha = await git.head_sha(repo) or ""
    assert (await remotes.push(repo, "origin", "main", sha)).outcome is remotes.PushOutcome.NETWORK
    path.unlink()

    async def taken() -> remotes.Push:
        return remotes.Push(remotes.PushOutcome.UP_TO_DATE)

    cut_off = remotes.Push(remotes.PushOutcome.NETWORK, "fatal: the remote end hung up unexpectedly")
    assert await remotes.whose(repo, cut_off, taken) == cut_off


async def test_a_line_that_broke_behind_a_hook_is_a_network_matter(repo: Path) -> None:
    """The remote is there again when it is asked: git itself gave up, and a hook that fails does not make it."""
    path = repo / ".git/hooks/pre-push"
    path.write_text("#!/bin/sh\necho fine\n")
    path.chmod(0o755)
    receive = repo.parent / "cut-off"
    receive.write_text("#!/bin/sh\nexit 1\n")
    receive.chmod(0o755)
    await git.ask_plain(repo, "config", "remote.origin.receivepack", str(receive))
    result = remotes.read_push(await git.plain(repo, "push", "--porcelain", "origin", "main"))
    assert (result.outcome, result.broke_off) == (remotes.PushOutcome.NETWORK, True)

    async def taken() -> remotes.Push:
        return remotes.Push(remotes.PushOutcome.UP_TO_DATE)

    assert (await remotes.whose(repo, result, taken)).outcome is remotes.PushOutcome.NETWORK
