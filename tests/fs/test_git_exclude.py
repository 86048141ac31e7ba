"""State files stay out of git's sight, by git's own judgement."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.fs.git_exclude import keep_out_of_git

NAME = "x-state.json"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def status(folder: Path) -> list[str]:
    return git(folder, "status", "--porcelain", "--untracked-files=all").splitlines()


def exclude_file(folder: Path) -> Path:
    return folder / git(folder, "rev-parse", "--git-path", "info/exclude")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def test_a_file_that_nobody_ignores_is_listed_once(repository: Path) -> None:
    file = repository / NAME
    file.write_text("{}")
    assert status(repository) == [f"?? {NAME}"]
    before = exclude_file(repository).read_text()
    assert keep_out_of_git(file)
    assert not keep_out_of_git(file)
    assert status(repository) == []
    assert exclude_file(repository).read_text() == f"{before}/{NAME}\n"


def test_a_subfolder_is_named_and_its_neighbours_are_not_hidden(repository: Path) -> None:
    folder = repository / "packages" / "one"
    folder.mkdir(parents=True)
    (repository / "packages" / "two").mkdir()
    for place in (repository, folder, folder.parent / "two"):
        (place / NAME).write_text("{}")
    assert keep_out_of_git(folder / NAME)
    assert status(repository) == [f"?? packages/two/{NAME}", f"?? {NAME}"]


def test_a_worktree_shares_the_exclude_file_of_its_repository(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "first")
    worktree = tmp_path / "worktree"
    git(repository, "worktree", "add", "--quiet", str(worktree))
    (worktree / NAME).write_text("{}")
    assert keep_out_of_git(worktree / NAME)
    assert status(worktree) == []
    assert f"/{NAME}" in (repository / ".git" / "info" / "exclude").read_text()


def test_a_submodule_has_an_exclude_file_of_its_own(repository: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    git(inner, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    (repository / "sub" / NAME).write_text("{}")
    assert keep_out_of_git(repository / "sub" / NAME)
    assert status(repository / "sub") == []
    assert (repository / ".git" / "modules" / "sub" / "info" / "exclude").exists()


def test_a_project_outside_of_any_repository_is_left_alone(tmp_path: Path) -> None:
    assert not keep_out_of_git(tmp_path / NAME)
    (tmp_path / ".git").mkdir()
    assert not keep_out_of_git(tmp_path / NAME)
    assert list((tmp_path / ".git").iterdir()) == []


@pytest.mark.parametrize(
    "pointer", ["", "gitdir: /nowhere/at/all\n", "gitdir: \n", "nonsense", "gitdir: \x01\n", "\0"], ids=repr
)
def test_a_broken_pointer_to_a_repository_is_none(tmp_path: Path, pointer: str) -> None:
    (tmp_path / ".git").write_text(pointer)
    assert not keep_out_of_git(tmp_path / NAME)


def test_an_exclude_file_that_is_missing_or_ends_within_a_line(repository: Path) -> None:
    file = repository / NAME
    file.write_text("{}")
    exclude = exclude_file(repository)
    exclude.write_text("*.log")
    assert keep_out_of_git(file)
    assert exclude.read_text() == f"*.log\n/{NAME}\n"
    exclude.unlink()
    exclude.parent.rmdir()
    assert keep_out_of_git(file)
    assert exclude.read_text() == f"/{NAME}\n"
    assert status(repository) == []


@pytest.mark.parametrize("name", ["a*-state.json", "a?-state.json", "[ab]-state.json", "a\\b-state.json", "é ☃.json"])
@pytest.mark.parametrize("folder", ["", "#x", "!x", "a b ", "[x]"])
def test_names_that_mean_something_to_git_are_taken_literally(repository: Path, folder: str, name: str) -> None:
    place = repository / folder
    place.mkdir(exist_ok=True)
    for each in (name, "ab-state.json", "a-state.json"):
        (place / each).write_text("{}")
    assert keep_out_of_git(place / name)
    assert len(status(repository)) == 2


# Patterns, and the judgement of git itself is what ours has to agree with.
@pytest.mark.parametrize(
    "patterns",
    [
        NAME,
        f"/{NAME}",
        "*.json",
        "*-state.json",
        "/*-state.json",
        "?-state.json",
        "[x-z]-state.json",
        "[!a]-state.json",
        "[^x]-state.json",
        "**/x-state.json",
        "sub/x-state.json",
        "/sub/x-state.json",
        "sub/*.json",
        "**/sub/**",
        "sub/**",
        "other/x-state.json",
        "x-state",
        "*.json\n!x-state.json",
        "*.json\n!x-state.json\nx-*",
        "# x-state.json",
        "\\x-state.json",
        "\\!x-state.json",
        "x-state.json   ",
        "x-state.json\\ ",
        "x-state.json/",
        "[",
        "[x-state.json",
        "",
        "X-STATE.JSON",
    ],
    ids=repr,
)
@pytest.mark.parametrize("where", ["", "sub/"])
@pytest.mark.parametrize("source", [".gitignore", "sub/.gitignore", ".git/info/exclude"])
def test_we_judge_as_git_does(repository: Path, patterns: str, where: str, source: str) -> None:
    (repository / "sub").mkdir()
    (repository / source).write_text(patterns + "\n")
    file = repository / where / NAME
    file.write_text("{}")
    ignored = subprocess.run(["git", "check-ignore", "-q", str(file)], cwd=repository, check=False).returncode == 0
    added = keep_out_of_git(file)
    assert added is not ignored
    if not ignored and "!" not in patterns:
        assert all(NAME not in line for line in status(repository))


def test_the_nearest_ignore_file_has_the_last_word(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / ".gitignore").write_text("*.json\n")
    (repository / "sub" / ".gitignore").write_text(f"!{NAME}\n")
    assert not keep_out_of_git(repository / NAME)
    assert keep_out_of_git(repository / "sub" / NAME)


@pytest.mark.parametrize("how", ["link", "hard link", "folder"])
def test_a_list_that_is_another_file_gets_no_line(repository: Path, tmp_path: Path, how: str) -> None:
    """The line is made of the names of folders: in a file that a shell reads it would be a command."""
    persons = tmp_path / "person"
    persons.mkdir()
    (persons / "exclude").write_text("precious\n")
    exclude = exclude_file(repository)
    exclude.unlink()
    match how:
        case "link":
            exclude.symlink_to(persons / "exclude")
        case "hard link":
            exclude.hardlink_to(persons / "exclude")
        case _:
            exclude.parent.rmdir()
            exclude.parent.symlink_to(persons)
    folder = repository / "$(touch here)"
    folder.mkdir()
    assert not keep_out_of_git(folder / NAME)
    assert (persons / "exclude").read_text() == "precious\n"


def test_a_folder_that_is_no_repository_gets_no_list(tmp_path: Path) -> None:
    """What `.git` and `commondir` lead to may be any folder of the person's."""
    project, persons = tmp_path / "project", tmp_path / "person"
    (project / "evil").mkdir(parents=True)
    persons.mkdir()
    (project / ".git").write_text("gitdir: evil\n")
    (project / "evil" / "HEAD").write_text("ref: refs/heads/main\n")
    (project / "evil" / "commondir").write_text(f"{persons}\n")
    assert not keep_out_of_git(project / NAME)
    assert list(persons.iterdir()) == []
