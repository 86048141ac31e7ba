"""A name that comes from a state file is a name to git, and never one of its options (SPEC section 8)."""

import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.git import git, history, refs, remotes, trees

ASKS: dict[str, Callable[[Path, str], Awaitable[object]]] = {
    "changed_files": lambda root, name: git.changed_files(root, name, "HEAD"),
    "changed_files, second": lambda root, name: git.changed_files(root, "HEAD", name),
    "diff_name_status": lambda root, name: git.diff_name_status(root, name, "HEAD"),
    "file_at": lambda root, name: git.file_at(root, name, "a.txt"),
    "resolve": lambda root, name: git.resolve(root, name),
    "remote_url": lambda root, name: git.remote_url(root, name),
    "fetch": lambda root, name: remotes.fetch(root, name, "main"),
    "ls_remote": lambda root, name: remotes.ls_remote(root, name, "main"),
    "push": lambda root, name: remotes.push(root, "origin", "main", name),
    "push to": lambda root, name: remotes.push(root, name, "main", "HEAD"),
    "push_tag": lambda root, name: refs.push_tag(root, name, "v1"),
    "remote_tag": lambda root, name: refs.remote_tag(root, name, "v1"),
    "create_tag": lambda root, name: refs.create_tag(root, "v1", name, "v1"),
    "fast_forward": lambda root, name: refs.fast_forward(root, "main", name),
    "log": lambda root, name: history.log(root, name),
    "log with paths": lambda root, name: history.log_with_paths(root, name),
    "log, head": lambda root, name: history.log(root, None, name),
    "message": lambda root, name: history.message(root, name),
    "is_ancestor": lambda root, name: history.is_ancestor(root, name),
    "commits_between": lambda root, name: history.commits_between(root, name, "HEAD"),
    "tree_of": lambda root, name: trees.tree_of(root, name, ("a.txt",)),
    "export": lambda root, name: trees.export(root, name, root / "out"),
}
OPTIONS = (
    "--output={kept}",
    "--index-output={kept}",
    "--upload-pack=cp {new} {kept};",
    "--receive-pack=cp {new} {kept};",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of one commit, with a remote."""
    project, remote = tmp_path / "project", tmp_path / "remote.git"
    project.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    (project / "a.txt").write_text("a\n")
    for words in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", str(remote)],
        ["add", "a.txt"],
        ["commit", "-qm", "feat: a"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True)
    return project


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_no_option_in_the_place_of_a_name_touches_a_file(
    root: Path, tmp_path: Path, ask: Callable[[Path, str], Awaitable[object]]
) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    new.write_text("changed")
    for option in OPTIONS:
        kept.write_text("precious")
        with suppress(Problem):
            await ask(root, option.format(kept=kept, new=new))
        assert kept.read_text() == "precious", option
