"""What a look tells of a repository is what git tells of it; what git would refuse is refused, in words."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from loop_tui.fs import git_mirror
from loop_tui.model.problem import Problem
from loop_tui.services.git import git, history, push_target, remotes, trees
from loop_tui.services.git.config_text import config_text, entries_of
from loop_tui.services.git.read_only import is_looking, looking
from loop_tui.services.git.release_tags import release_tags
from tests.conftest import World


def run(folder: Path, *argv: str) -> str:
    return subprocess.run(["git", *argv], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two commits, a remote, tags of both kinds, packed and loose references, and something of everything to see."""
    folder = tmp_path / "p"
    folder.mkdir()
    run(folder, "init", "--quiet")
    for name in ("a", "b", "c", "d"):
        (folder / name).write_text(f"{name}\n")
    (folder / "package.json").write_text('{"version": "0.1.0"}\n')
    (folder / ".gitignore").write_text("ignored\n")
    run(folder, "add", ".")
    run(folder, "commit", "--quiet", "-m", "feat: one")
    run(folder, "tag", "v0.1.0")
    run(folder, "tag", "-a", "v0.2.0", "-m", "two")
    run(folder, "clone", "--quiet", "--bare", ".", str(tmp_path / "r.git"))
    run(folder, "remote", "add", "origin", str(tmp_path / "r.git"))
    run(folder, "fetch", "--quiet", "origin")
    run(folder, "remote", "set-head", "origin", "main")
    run(folder, "branch", "--quiet", "--set-upstream-to", "origin/main")
    run(folder, "pack-refs", "--all")
    (folder / "package.json").write_text('{"version": "0.2.0"}\n')
    run(folder, "commit", "--quiet", "--all", "-m", "fix: two")
    run(folder, "branch", "side/x")
    (folder / "a").write_text("changed\n")
    (folder / "b").write_text("staged\n")
    run(folder, "add", "b")
    run(folder, "mv", "c", "moved")
    (folder / "d").unlink()
    (folder / "new file").write_text("x\n")
    (folder / "ignored").write_text("x\n")
    return folder


ASKED: dict[str, Callable[[Path], Awaitable[object]]] = {
    "root": git.repository_root,
    "git folder": git.git_dir,
    "head": git.head_sha,
    "branch": git.branch,
    "remotes": git.remotes,
    "remote": lambda root: push_target.find(root, "main"),
    "address": lambda root: git.remote_url(root, "origin"),
    "identity": git.identity,
    "shallow": git.is_shallow,
    "in progress": git.underway,
    "status": git.status,
    "ignored": git.ignored,
    "log": lambda root: history.log(root, None),
    "version change": history.last_version_change,
    "release tags": release_tags,
    "log with paths": lambda root: history.log_with_paths(root, None),
    "shallow edge": history.shallow_edge,
    "first commit": history.first_commit,
    "ahead and behind": lambda root: remotes.ahead_behind(root, "origin", "main"),
    "tree of the files": trees.tracked_tree,
    "tree of HEAD": trees.head_tree,
    "file": lambda root: git.file_at(root, "HEAD", "package.json"),
    "what the remote has": lambda root: remotes.ls_remote(root, "origin", "main"),
}


async def looked(ask: Callable[[Path], Awaitable[object]], root: Path) -> object:
    with looking(reach=True):
        return await ask(root)


def same(root: Path) -> None:
    for name, ask in ASKED.items():
        assert asyncio.run(looked(ask, root)) == asyncio.run(_plainly(ask, root)), name


async def _plainly(ask: Callable[[Path], Awaitable[object]], root: Path) -> object:
    assert not is_looking()
    return await ask(root)


def test_a_look_tells_what_git_tells(root: Path) -> None:
    same(root)


def test_in_a_second_working_tree(root: Path, tmp_path: Path) -> None:
    run(root, "worktree", "add", "--quiet", str(tmp_path / "second"), "side/x")
    (tmp_path / "second" / "a").write_text("other\n")
    same(tmp_path / "second")


def test_with_a_shallow_history_and_borrowed_objects(root: Path, tmp_path: Path) -> None:
    run(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    same(tmp_path / "shallow")
    run(tmp_path, "clone", "--quiet", "--shared", str(root), "shared")
    same(tmp_path / "shared")


def test_with_a_detached_head_a_merge_and_the_ids_of_sha256(root: Path, tmp_path: Path) -> None:
    run(root, "stash", "--quiet")
    run(root, "checkout", "--quiet", "--detach")
    (root / ".git/MERGE_HEAD").write_text(run(root, "rev-parse", "HEAD") + "\n")
    same(root)
    new = tmp_path / "new"
    new.mkdir()
    run(new, "init", "--quiet", "--object-format=sha256")
    (new / "package.json").write_text("{}\n")
    run(new, "add", ".")
    run(new, "commit", "--quiet", "-m", "x")
    (new / "package.json").write_text("{} \n")
    assert asyncio.run(looked(git.status, new)) == asyncio.run(git.status(new))


def test_what_a_filter_would_tell_is_unknown(root: Path) -> None:
    (root / ".gitattributes").write_text("a filter=evil\nb filter\nmoved -filter\n")
    run(root, "add", ".gitattributes")
    status = asyncio.run(looked(git.status, root))
    assert isinstance(status, git.Status)
    assert status.unknown == (git.ChangedPath("a", "M", "evil"),)
    assert [entry.path for entry in status.unstaged] == ["d"]


def test_the_persons_conditional_includes_hold(root: Path, world: World) -> None:
    (world.home / "work").write_text("[user]\n\tname = At Work\n\temail = work@example.org\n[core]\n\tbare\n")
    with (world.home / ".gitconfig").open("a") as file:
        file.write(f'[includeIf "gitdir:{root}/"]\n\tpath = {world.home / "work"}\n')
    assert run(root, "var", "GIT_COMMITTER_IDENT").startswith("At")
    assert asyncio.run(looked(git.identity, root)) == "At Work <work@example.org>"


def test_where_git_would_work_elsewhere_nothing_is_looked_at(root: Path, tmp_path: Path) -> None:
    run(root, "config", "core.worktree", str(tmp_path))
    with pytest.raises(Problem, match="its working tree is elsewhere"):
        asyncio.run(looked(git.repository_root, root))
    run(root, "config", "core.worktree", "..")
    assert asyncio.run(looked(git.repository_root, root)) == root


def test_what_git_cannot_read_is_said(root: Path) -> None:
    (root / ".git/config").write_text("[core\n")
    with pytest.raises(Problem, match="bad config line 1"):
        asyncio.run(looked(git.repository_root, root))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_repository_is_refused_and_the_way_out_works(root: Path, world: World) -> None:
    for path in (root, *root.rglob("*")):
        os.lchown(path, 12345, 12345)
    with pytest.raises(Problem, match="belongs to another user"):
        asyncio.run(looked(git.repository_root, root))
    run(world.home, "config", "--global", "--add", "safe.directory", str(root))
    assert asyncio.run(looked(git.repository_root, root)) == root


def test_a_folder_that_is_gits_own_is_no_repository(root: Path, tmp_path: Path) -> None:
    bare = tmp_path / "r.git"
    assert asyncio.run(looked(git.repository_root, bare)) is None
    nested = root / "nested"
    run(tmp_path, "clone", "--quiet", "--bare", str(bare), str(nested))
    assert asyncio.run(looked(git.repository_root, nested)) == root


def test_it_leaves_no_copy_behind(root: Path, world: World) -> None:
    assert asyncio.run(looked(git.head_sha, root))
    assert list(world.tmp.iterdir()) == []


def test_references_that_could_mislead_are_none(root: Path) -> None:
    head = run(root, "rev-parse", "HEAD")
    (root / ".git/refs/heads/x\ny").write_text(f"{head}\n")
    (root / ".git/refs/heads/secret").symlink_to("/etc/passwd")
    (root / ".git/refs/heads/up").write_text("ref: ../../../etc/passwd\n")
    (root / ".git/refs/heads/z.lock").write_text(f"{head}\n")
    found = git_mirror.references(root / ".git")
    assert set(found.ids) == {
        *(b"refs/heads/main", b"refs/heads/side/x", b"refs/tags/v0.1.0", b"refs/tags/v0.2.0"),
        b"refs/remotes/origin/main",
    }
    assert found.symbolic == {b"refs/remotes/origin/HEAD": b"refs/remotes/origin/main"}


def test_a_written_configuration_says_the_same(tmp_path: Path) -> None:
    entries = [
        ("core.bare", None),
        ('remote.a "b\\.c.url', 'x "y" \\z # ; \t\n\b end '),
        ('remote.a "b\\.c.url', ""),
        ("branch.o.remote", "é"),
    ]
    (tmp_path / "config").write_bytes(config_text(entries))
    argv = ["git", "config", "--file", str(tmp_path / "config"), "--list", "-z"]
    assert entries_of(subprocess.run(argv, capture_output=True, check=True).stdout) == entries
