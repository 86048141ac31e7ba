"""Questions to git that are asked once: only those whose answer follows from whole object ids."""

from pathlib import Path

import pytest

from loop_tui.process import shell
from loop_tui.services.git import git, history
from loop_tui.services.git.immutable import stays

from .test_git import run, save

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "args",
    [
        ("cat-file", "blob", "--end-of-options", f"{SHA}:package.json"),
        ("cat-file", "blob", "--end-of-options", f"{SHA}:a b\nc"),
        ("ls-tree", "-r", "-z", "--name-only", "--end-of-options", f"{SHA}^{{tree}}", "--", "HEAD"),
        ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{SHA}^{{commit}}"),
        ("merge-base", "--is-ancestor", "--end-of-options", SHA, "f" * 64),
        ("diff-tree", "-r", "-z", "--end-of-options", SHA, SHA),
        ("check-ref-format", "refs/tags/v1.0.0"),
    ],
)
def test_what_follows_from_whole_ids_stays(args: tuple[str, ...]) -> None:
    assert stays(args)


@pytest.mark.parametrize(
    "args",
    [
        ("cat-file", "blob", "--end-of-options", "HEAD:package.json"),
        ("cat-file", "blob", "--end-of-options", f"{SHA[:39]}:package.json"),
        ("cat-file", "blob", f"{SHA}:package.json"),
        ("cat-file", "-t", "--end-of-options", SHA),
        ("rev-parse", "--verify", "--quiet", "--end-of-options", "refs/heads/main^{commit}"),
        ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{SHA}~1^{{commit}}"),
        ("merge-base", "--is-ancestor", "--end-of-options", SHA, "refs/heads/main"),
        ("merge-base", "--is-ancestor", "--end-of-options"),
        ("ls-tree", "-r", "-z", "--end-of-options", "HEAD^{tree}"),
        ("ls-remote", "--end-of-options", SHA),
    ],
)
def test_what_a_name_leads_to_may_change(args: tuple[str, ...]) -> None:
    assert not stays(args)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "project"
    root.mkdir()
    run(root, "init", "-q")
    save(root, "file", "one\n", "chore: begin")
    return root


async def test_an_object_is_asked_for_once_and_a_name_each_time(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = shell.capture

    async def counted(argv: list[str], **options: object) -> shell.Captured:
        asked.append(argv[-1])
        return await real(argv, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shell, "capture", counted)
    sha = await git.head_sha(repo)
    assert sha
    for _ in range(3):
        assert await git.file_at(repo, sha, "file") == "one\n"
        assert await git.file_at(repo, "HEAD", "file") == "one\n"
    assert asked.count(f"{sha}:file") == 1
    assert asked.count("HEAD:file") == 3


async def test_what_was_missing_is_asked_for_again(repo: Path) -> None:
    sha = await git.head_sha(repo)
    assert sha
    later = run(repo, "commit-tree", f"{sha}^{{tree}}", "-m", "later", "-p", sha)
    assert not await history.is_ancestor(repo, later, sha)
    assert await history.is_ancestor(repo, sha, later)
    gone = "0" * 40
    assert await git.file_at(repo, gone, "file") is None
    assert await git.file_at(repo, gone, "file") is None
