"""What changed against the base branch, in real repositories (`Workspace.changed_since_base`)."""

import os
from pathlib import Path

import pytest

from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.git.workspace import GitWorkspace

from .test_git import ODD, other_clone, run, save
from .test_git import repo as repo

STATE = "distribution-state.json"


async def changed(folder: Path) -> ChangedFiles:
    return await GitWorkspace(folder, folder / STATE).changed_since_base()


async def unknown(folder: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        await changed(folder)
    return caught.value


async def test_nothing_changed_right_after_a_push(repo: Path) -> None:
    assert await changed(repo) == ChangedFiles("origin/main", ())


async def test_commits_that_nobody_pushed_count_on_the_base_branch_itself(repo: Path) -> None:
    save(repo, "migrations/1.sql", "x", "feat: one")
    assert await changed(repo) == ChangedFiles("origin/main", ("migrations/1.sql",))


async def test_everything_counts_that_is_not_as_it_was(repo: Path) -> None:
    save(repo, "gone.txt", "x\n", "chore: more")
    save(repo, "old-name.txt", "some lines\nthat stay\nas they are\n", "chore: more")
    run(repo, "push", "-q")
    run(repo, "switch", "-q", "-c", "work")
    save(repo, "committed.txt", "x", "feat: x")
    save(repo, "staged.txt", "x")
    run(repo, "add", "staged.txt")
    save(repo, "a.txt", "changed")
    (repo / "gone.txt").unlink()
    run(repo, "mv", "old-name.txt", "new-name.txt")
    save(repo, "untracked/new.txt", "x")
    save(repo, ODD, "x")
    found = await changed(repo)
    assert set(found.paths) == {
        *("committed.txt", "staged.txt", "a.txt", "gone.txt", "old-name.txt", "new-name.txt", "untracked/new.txt", ODD)
    }


async def test_looking_leaves_the_index_as_it_is(repo: Path) -> None:
    save(repo, "a.txt", "changed")
    save(repo, "new.txt", "x")
    before = run(repo, "status", "--porcelain")
    assert (await changed(repo)).paths == ("a.txt", "new.txt")
    assert run(repo, "status", "--porcelain") == before


async def test_what_was_changed_and_put_back_did_not_change(repo: Path) -> None:
    save(repo, "a.txt", "changed", "feat: x")
    save(repo, "a.txt", "a\n")
    assert (await changed(repo)).paths == ()


async def test_what_others_pushed_meanwhile_is_not_ours(repo: Path) -> None:
    other = other_clone(repo)
    save(other, "theirs.txt", "x", "feat: theirs")
    run(other, "push", "-q")
    run(repo, "switch", "-q", "-c", "work")
    save(repo, "ours.txt", "x", "feat: ours")
    run(repo, "fetch", "-q")
    assert (await changed(repo)).paths == ("ours.txt",)


async def test_ignored_files_and_those_of_the_run_do_not_count(repo: Path) -> None:
    save(repo, ".gitignore", "dist/\n", "chore: ignore")
    run(repo, "push", "-q")
    save(repo, "dist/out.js", "x")
    save(repo, STATE, "{}")
    save(repo, ".loop/distribution-loop/output.log", "x")
    assert (await changed(repo)).paths == ()


async def test_a_state_file_that_the_base_has_does_not_count_either(repo: Path) -> None:
    save(repo, STATE, "{}", "chore: it got in")
    run(repo, "push", "-q")
    save(repo, STATE, '{"changed": true}')
    assert (await changed(repo)).paths == ()


async def test_in_a_larger_repository_the_project_is_what_counts(repo: Path) -> None:
    project = repo / "apps" / "shop"
    save(repo, "apps/shop/migrations/1.sql", "x", "feat: one")
    save(repo, "apps/shop/new.txt", "x")
    save(repo, "apps/shopping/other.txt", "x")
    save(repo, "elsewhere.txt", "x", "feat: other")
    assert (await changed(project)).paths == ("migrations/1.sql", "new.txt")


async def test_names_that_are_no_text_survive(repo: Path) -> None:
    (repo / os.fsdecode(b"latin-\xe9.txt")).write_text("x")
    assert (await changed(repo)).paths == (os.fsdecode(b"latin-\xe9.txt"),)


async def test_the_default_branch_of_the_remote_is_what_its_head_names(repo: Path) -> None:
    run(repo, "switch", "-q", "-c", "trunk")
    save(repo, "trunk.txt", "x", "feat: trunk")
    run(repo, "push", "-q", "-u", "origin", "trunk")
    assert await changed(repo) == ChangedFiles("origin/main", ("trunk.txt",))
    run(repo, "remote", "set-head", "origin", "trunk")
    assert await changed(repo) == ChangedFiles("origin/trunk", ())


async def test_a_head_that_leads_nowhere_is_passed_over(repo: Path) -> None:
    run(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    assert (await changed(repo)).base == "origin/main"


async def test_the_only_remote_may_have_any_name_and_of_several_origin_counts(repo: Path) -> None:
    run(repo, "remote", "rename", "origin", "company")
    assert (await changed(repo)).base == "company/main"
    run(repo, "remote", "add", "fork", str(repo.parent / "origin.git"))
    run(repo, "switch", "-q", "-c", "work")
    assert (await changed(repo)).base == "main"
    run(repo, "remote", "rename", "company", "origin")
    assert (await changed(repo)).base == "origin/main"


@pytest.mark.parametrize("name", ["main", "master"])
async def test_without_a_remote_the_branch_here_counts(tmp_path: Path, name: str) -> None:
    run(tmp_path, "init", "-q", "-b", name)
    (tmp_path / ".gitignore").write_text("world\n")
    save(tmp_path, "a.txt", "a", "chore: begin")
    run(tmp_path, "add", ".gitignore")
    run(tmp_path, "commit", "-q", "-m", "chore: ignore")
    assert f"{name} itself is checked out" in (await unknown(tmp_path)).what
    run(tmp_path, "switch", "-q", "-c", "work")
    save(tmp_path, "b.txt", "b", "feat: b")
    assert await changed(tmp_path) == ChangedFiles(name, ("b.txt",))


async def test_what_cannot_be_told_is_a_problem(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    assert (await unknown(folder)).code is Code.NO_REPOSITORY
    run(folder, "init", "-q", "-b", "work")
    assert "no commit yet" in (await unknown(folder)).what
    save(folder, "a.txt", "a", "chore: begin")
    assert "no base branch" in (await unknown(folder)).what
    run(folder, "switch", "-q", "--orphan", "main")
    save(folder, "b.txt", "b", "chore: begin again")
    run(folder, "switch", "-q", "work")
    assert "no commit in common" in (await unknown(folder)).what


async def test_history_that_is_cut_off_is_a_problem(repo: Path, tmp_path: Path) -> None:
    save(repo, "b.txt", "b", "feat: b")
    run(repo, "push", "-q")
    run(repo, "switch", "-q", "-c", "work", "HEAD~1")
    save(repo, "c.txt", "c", "feat: c")
    run(repo, "push", "-q", "-u", "origin", "work")
    shallow = tmp_path / "shallow"
    url = (tmp_path / "origin.git").as_uri()
    run(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", "-b", "work", url, str(shallow))
    assert "no commit in common" in (await unknown(shallow)).what


async def test_a_repository_that_git_cannot_read_is_a_problem(repo: Path) -> None:
    sha = run(repo, "rev-parse", "HEAD^{tree}")
    place = repo / ".git" / "objects" / sha[:2] / sha[2:]
    place.chmod(0o600)
    place.write_bytes(b"broken")
    assert (await unknown(repo)).code is Code.GIT_FAILED
