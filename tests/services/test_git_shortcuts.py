"""What is read from git's own files, or known of an earlier question, is what git would say."""

import shutil
from pathlib import Path

import pytest

from loop_tui.services.git import git, layout, refs, remotes, trees

from .test_git import repo as repo
from .test_git import run, save

NAMES = ("HEAD", "refs/heads/main", "refs/remotes/origin/main", "refs/heads/none")


def said(root: Path, name: str) -> str | None:
    listed = (
        run(root, "for-each-ref", "--format=%(objectname)", name) if name != "HEAD" else run(root, "rev-parse", name)
    )
    return listed.strip() or None


async def same(root: Path) -> None:
    for name in NAMES:
        assert await git.resolve(root, name) == said(root, name), name


async def test_a_branch_is_at_the_commit_that_git_says(repo: Path, tmp_path: Path) -> None:
    run(repo, "push", "-q", "-u", "origin", "main")
    await same(repo)
    save(repo, "more", "1\n", "feat: more")
    await same(repo)
    run(repo, "pack-refs", "--all")
    await same(repo)
    save(repo, "more", "2\n", "fix: more")
    await same(repo)
    run(repo, "worktree", "add", "-q", "-b", "beside", str(tmp_path / "beside"))
    save(tmp_path / "beside", "here", "1\n", "feat: here")
    await same(tmp_path / "beside")
    run(repo, "checkout", "-q", "--detach", "HEAD~1")
    await same(repo)


async def test_a_branch_that_is_another_name_for_one_is_asked_for(repo: Path) -> None:
    run(repo, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert await git.resolve(repo, "refs/heads/alias") == said(repo, "refs/heads/main")


async def test_a_branch_at_a_commit_that_is_not_here_is_none(repo: Path) -> None:
    (repo / ".git/refs/heads/broken").write_text("0" * 39 + "1\n")
    assert await git.resolve(repo, "refs/heads/broken") is None


async def test_a_folder_whose_branches_lie_elsewhere_is_asked_about(repo: Path, tmp_path: Path) -> None:
    run(repo, "worktree", "add", "-q", "-b", "beside", str(tmp_path / "beside"))
    place = Path((tmp_path / "beside/.git").read_text().removeprefix("gitdir: ").strip())
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/.git").symlink_to(place)
    (place / "refs/heads").mkdir(parents=True)
    (place / "refs/heads/beside").write_text("0" * 40 + "\n")
    assert await git.resolve(tmp_path / "linked", "HEAD") == said(repo, "refs/heads/beside")


async def test_a_tree_that_git_threw_away_is_written_again(repo: Path) -> None:
    (repo / "a.txt").write_text("changed\n")
    tree = await trees.tracked_tree(repo)
    assert await trees.tracked_tree(repo) == tree
    run(repo, "prune", "--expire=now")
    there = f"{tree} tree"
    assert not run(repo, "cat-file", "--batch-check=%(objectname) %(objecttype)", "--batch-all-objects").count(there)
    assert await trees.tracked_tree(repo) == tree
    assert run(repo, "cat-file", "--batch-check=%(objectname) %(objecttype)", "--batch-all-objects").count(there)


async def test_a_place_that_is_only_fetched_from_is_not_waited_for(repo: Path, tmp_path: Path) -> None:
    run(repo, "push", "-q", "origin", "main")
    there = run(repo, "remote", "get-url", "origin").strip()
    run(repo, "remote", "set-url", "origin", str(tmp_path / "gone"))
    run(repo, "remote", "set-url", "--push", "origin", there)
    assert await remotes.ls_remote(repo, "origin", "main") == said(repo, "HEAD")
    assert await refs.tag_in_the_way(repo, "v1.0.0", "origin") == ""


LEFT_OUT = {".loop": ".loop/log", "state.json": "state.json", "./state.json": "state.json", "état.json": "état.json"}


@pytest.mark.parametrize("name", LEFT_OUT)
async def test_what_is_left_out_of_a_tree_is_left_out_however_the_index_holds_it(repo: Path, name: str) -> None:
    # Index format 4 writes of the next name only what differs from this one.
    save(repo, "state.jsom", "1\n", "feat: begins as what is left out")
    save(repo, ".loom", "1\n", "feat: this too")
    without = await trees.tracked_tree(repo)
    (repo / LEFT_OUT[name]).parent.mkdir(exist_ok=True)
    (repo / LEFT_OUT[name]).write_text("1\n")
    run(repo, "add", LEFT_OUT[name])
    assert await trees.tracked_tree(repo) != without
    for form in ("2", "3", "4"):
        run(repo, "update-index", "--index-version", form)
        assert await trees.tracked_tree(repo, (name,)) == without, form
    run(repo, "update-index", "--index-version", "2")
    run(repo, "update-index", "--split-index")
    assert await trees.tracked_tree(repo, (name,)) == without


async def test_an_index_that_holds_none_of_it_is_not_asked_about(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    ask = trees.ask

    async def noted(root: Path, *args: str, **more: object) -> str:
        asked.append(args)
        return await ask(root, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(trees, "ask", noted)
    await trees.tracked_tree(repo, (".loop", "state.json"))
    assert asked == []
    (repo / "state.json").write_text("1\n")
    run(repo, "add", "state.json")
    await trees.tracked_tree(repo, (".loop", "state.json"))
    assert asked == [("ls-files", "-z", "--", ".loop", "state.json")]


FILES_OF_GIT = ("info/grafts", "shallow", "objects")


async def same_places(root: Path) -> None:
    for name in FILES_OF_GIT:
        said_by_git = root / run(root, "rev-parse", "--git-path", name).strip()
        assert (await git.path_of(root, name)).resolve() == said_by_git.resolve(), name
    assert (await git.git_dir(root)).resolve() == Path(run(root, "rev-parse", "--absolute-git-dir").strip())


async def test_files_of_git_lie_where_git_says(repo: Path, tmp_path: Path) -> None:
    await same_places(repo)
    assert layout.usual_folder(repo) is not None
    run(repo, "worktree", "add", "-q", "-b", "beside", str(tmp_path / "beside"))
    await same_places(tmp_path / "beside")
    run(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / "kept"), str(tmp_path / "apart"))
    await same_places(tmp_path / "apart")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/.git").symlink_to(repo / ".git")
    await same_places(tmp_path / "linked")


async def test_replacements_are_seen_in_files_of_their_own_and_in_packs(repo: Path) -> None:
    assert layout.surely_replaces_nothing(repo)
    save(repo, "more", "1\n", "feat: more")
    run(repo, "pack-refs", "--all")
    assert layout.surely_replaces_nothing(repo)
    run(repo, "replace", "HEAD", "HEAD~1")
    assert not layout.surely_replaces_nothing(repo)
    run(repo, "pack-refs", "--all", "--prune")
    shutil.rmtree(repo / ".git/refs/replace", ignore_errors=True)
    assert not layout.surely_replaces_nothing(repo)
    run(repo, "replace", "-d", run(repo, "rev-parse", "HEAD").strip())
    assert run(repo, "replace", "-l") == ""
