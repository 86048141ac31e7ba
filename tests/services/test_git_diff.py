"""A diff for people: no program of the repository runs, odd names and many lines do no harm."""

from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.git import diff, git

from .test_git import run, save


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "a repo"
    folder.mkdir()
    run(folder, "init", "-q")
    return folder


async def test_it_names_what_changed_and_shows_how(repo: Path) -> None:
    first = save(repo, "a.txt", "one\ntwo\r\n\x0c\nthree\n" * 9, "feat: a")
    run(repo, "mv", "a.txt", "b.txt")
    second = save(repo, "new [x].txt", "new\n", "feat: b")
    found = await diff.diff(repo, first, second)
    assert set(found.files) == {git.ChangedPath("b.txt", "R", "a.txt"), git.ChangedPath("new [x].txt", "A")}
    assert "+new" in found.lines
    only = await diff.diff(repo, first, second, ["new [x].txt"])
    assert only.files == (git.ChangedPath("new [x].txt", "A"),)
    assert (await diff.diff(repo, first, second, ["*"])).files == (), "a path is no pattern"
    assert (await diff.diff(repo, second, second)).lines == ()


async def test_the_first_commit_is_compared_with_nothing_and_the_last_with_what_lies_there(repo: Path) -> None:
    sha = save(repo, "a.txt", "one\n", "feat: a")
    assert (await diff.diff(repo, "", sha)).files == (git.ChangedPath("a.txt", "A"),)
    save(repo, "a.txt", "two\n")
    found = await diff.diff(repo, "HEAD", "")
    assert found.lines[-2:] == ("-one", "+two")
    assert run(repo, "diff", "--cached", "--name-only") == "", "the index is as it was"


async def test_no_program_of_the_repository_runs(repo: Path) -> None:
    first = save(repo, ".gitattributes", "*.txt diff=evil\n", "feat: a")
    run(repo, "config", "diff.evil.textconv", "touch ran; cat")
    run(repo, "config", "diff.evil.command", "touch ran; true")
    run(repo, "config", "diff.external", "touch ran; true")
    run(repo, "config", "color.ui", "always")
    second = save(repo, "a.txt", "one\n", "feat: b")
    found = await diff.diff(repo, first, second)
    assert found.lines[-1] == "+one"
    assert not (repo / "ran").exists()


async def test_it_is_cut(repo: Path) -> None:
    first = save(repo, "a.txt", "", "feat: a")
    second = save(repo, "a.txt", "x\n" * 6000 + "y" * 9000, "feat: b")
    found = await diff.diff(repo, first, second, most_lines=100)
    assert len(found.lines) == 100
    assert found.left_out > 5900
    whole = await diff.diff(repo, first, second, most_lines=10_000)
    assert max(map(len, whole.lines)) < 2100


async def test_what_is_not_there_is_a_problem(repo: Path) -> None:
    sha = save(repo, "a.txt", "one\n", "feat: a")
    with pytest.raises(Problem, match="not in this repository"):
        await diff.diff(repo, "0123456789" * 4, sha)
