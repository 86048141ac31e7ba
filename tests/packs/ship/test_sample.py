"""The sample project is a real one: it builds, tests, lints, serves, and has the history that it claims."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.ship.sample import MARKER, SampleProject, make_sample


def output(*argv: str, cwd: Path) -> str:
    """What a program printed; the test fails when the program does."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def quiet(line: str) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample project that nobody works in."""
    folder = tmp_path_factory.mktemp("sample") / "demo"
    make_sample(folder, say=quiet)
    return folder


@pytest.fixture
def sample(made: Path, tmp_path: Path) -> SampleProject:
    """A copy of it, with its remote."""
    folder = tmp_path / "demo"
    shutil.copytree(made, folder, symlinks=True)
    config = folder / "widget/.git/config"
    config.write_text(config.read_text().replace(str(made), str(folder)))
    return SampleProject(folder / "widget", folder / "widget.git")


def test_history_starts_at_the_tag_and_goes_on_with_conventional_commits(sample: SampleProject) -> None:
    assert output("git", "describe", "--tags", "--abbrev=0", cwd=sample.project) == "v0.7.0"
    at_tag = json.loads(output("git", "show", "v0.7.0:package.json", cwd=sample.project))
    assert at_tag["version"] == "0.7.0"
    subjects = output("git", "log", "--reverse", "--format=%s", "v0.7.0..HEAD", cwd=sample.project).splitlines()
    assert [s.split("(")[0].split(":")[0] for s in subjects] == ["feat", "fix", "docs", "test"]


def test_everything_is_committed_and_pushed(sample: SampleProject) -> None:
    head = output("git", "rev-parse", "HEAD", cwd=sample.project)
    assert output("git", "status", "--porcelain", cwd=sample.project) == ""
    assert output("git", "ls-remote", "origin", "refs/heads/main", cwd=sample.project).split()[0] == head
    assert output("git", "ls-remote", "--tags", "origin", "v0.7.0", cwd=sample.project) != ""
    assert output("git", "rev-parse", "--abbrev-ref", "main@{upstream}", cwd=sample.project) == "origin/main"
    assert output("git", "rev-parse", "--is-bare-repository", cwd=sample.remote) == "true"


def test_every_commit_passes_its_own_tests(sample: SampleProject) -> None:
    for commit in output("git", "rev-list", "--reverse", "v0.7.0^{}..HEAD", cwd=sample.project).splitlines():
        output("git", "checkout", "--quiet", commit, cwd=sample.project)
        output("npm", "test", cwd=sample.project)


def test_build_stamps_the_version_and_stays_out_of_git(sample: SampleProject) -> None:
    output("npm", "run", "build", cwd=sample.project)
    sources = sorted(p.name for p in (sample.project / "src").iterdir())
    built = sorted((sample.project / "dist").iterdir())
    assert [p.name for p in built] == sources
    assert all(p.read_text().startswith("// widget 0.7.0\n") for p in built)
    assert output("git", "status", "--porcelain", cwd=sample.project) == ""


def test_lint_passes_and_finds_what_is_wrong(sample: SampleProject) -> None:
    output("npm", "run", "lint", cwd=sample.project)
    (sample.project / "src" / "bad.js").write_text("const a = (;\n\tvar b = 1;\n")
    done = subprocess.run(["npm", "run", "lint"], cwd=sample.project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "src/bad.js: does not parse" in done.stderr
    assert "src/bad.js:2: tab" in done.stderr


def test_a_broken_source_fails_the_tests(sample: SampleProject) -> None:
    (sample.project / "src" / "gauge.js").write_text("export function gauge() {\n  return '';\n}\n")
    done = subprocess.run(["npm", "test"], cwd=sample.project, capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.fixture
def served(sample: SampleProject) -> Iterator[str]:
    """The address of the built project's server."""
    output("npm", "run", "build", cwd=sample.project)
    server = subprocess.Popen(
        ["node", "dist/server.js"],
        cwd=sample.project,
        env=os.environ | {"PORT": "0", "HOST": "127.0.0.1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    yield server.stdout.readline().split()[-1]
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server does not end well when it is asked to"
    server.stdout.close()


def test_health_reports_the_version_in_package_json(sample: SampleProject, served: str) -> None:
    output("npm", "version", "0.8.0", "--no-git-tag-version", "--ignore-scripts", cwd=sample.project)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{served}/health", timeout=30) as answer:
        assert json.load(answer) == {"status": "ok", "version": "0.8.0"}


def test_the_lock_file_is_what_npm_would_write_and_names_no_registry(sample: SampleProject) -> None:
    lock = sample.project / "package-lock.json"
    before = lock.read_bytes()
    output("npm", "install", "--package-lock-only", "--offline", "--ignore-scripts", cwd=sample.project)
    assert lock.read_bytes() == before
    assert b"resolved" not in before
    assert b"://" not in before


def test_there_is_a_command_to_sync(sample: SampleProject) -> None:
    assert [p.name for p in (sample.project / "commands").glob("*-loop.md")] == ["widget-loop.md"]


def test_works_without_a_git_identity_and_beside_hostile_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path.home() / ".gitconfig").write_text(
        "[commit]\n gpgsign = true\n[core]\n hooksPath = /nowhere\n autocrlf = true\n"
    )
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    sample = make_sample(tmp_path / "demo", say=quiet)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert output("git", "config", "--local", "user.email", cwd=sample.project) == "sample@example.invalid"
    (sample.project / "new.txt").write_text("new\n")
    output("git", "add", "new.txt", cwd=sample.project)
    output("git", "commit", "--quiet", "-m", "feat: new", cwd=sample.project)


def test_made_once_and_used_again(tmp_path: Path) -> None:
    first = make_sample(tmp_path / "demo", say=quiet)
    head = output("git", "rev-parse", "HEAD", cwd=first.project)
    (first.project / "mine.txt").write_text("keep me\n")
    said: list[str] = []
    assert make_sample(tmp_path / "demo", say=said.append) == first
    assert output("git", "rev-parse", "HEAD", cwd=first.project) == head
    assert (first.project / "mine.txt").exists()
    assert "again" in said[0]


def test_half_made_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_sample(folder, say=quiet)
    (folder / MARKER).write_text('{"sample": "widget", "status": "making"}\n')
    (folder / "widget" / "package.json").unlink()
    sample = make_sample(folder, say=quiet)
    assert output("git", "status", "--porcelain", cwd=sample.project) == ""


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    assert make_sample(tmp_path / "demo", say=quiet).project.is_dir()


@pytest.mark.parametrize("marker", [None, "", "[]", '{"status": "ready"}', '{"status": 7}', "\x00\xff"])
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, marker: str | None) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work\n")
    if marker is not None:
        (folder / MARKER).write_text(marker)
    with pytest.raises(Problem, match=r"not empty|made elsewhere") as caught:
        make_sample(folder, say=quiet)
    assert caught.value.where == str(folder)
    assert (folder / "thesis.txt").read_text() == "years of work\n"
    assert not (folder / "widget").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    with pytest.raises(Problem, match="file, not a folder"):
        make_sample(tmp_path / "demo", say=quiet)


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="Not a directory") as caught:
        make_sample(tmp_path / "file" / "demo", say=quiet)
    assert caught.value.where == str(tmp_path / "file" / "demo")


@pytest.mark.parametrize("missing", [("git",), ("node", "npm"), ("git", "node", "npm")])
def test_missing_tools_are_all_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: Sequence[str]
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"git", "node", "npm"} - set(missing):
        (tools / name).write_text("#!/bin/sh\necho v20.0.0\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(Problem) as caught:
        make_sample(tmp_path / "demo", say=quiet)
    assert caught.value.what == f"missing: {', '.join(missing)}"
    assert caught.value.todo.startswith("get ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "demo").exists()


def test_a_node_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "node", "npm"):
        (tools / name).write_text("#!/bin/sh\necho v16.20.2\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(Problem, match=r"v16\.20\.2 is too old"):
        make_sample(tmp_path / "demo", say=quiet)


def test_a_git_that_fails_is_one_clear_line_and_the_next_call_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text('#!/bin/sh\nprintf "fatal: \\033[31mno space left\\n" >&2\nexit 128\n')
    (tools / "git").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        with pytest.raises(Problem, match="git init failed with exit code 128: fatal: no space left"):
            make_sample(tmp_path / "demo", say=quiet)
    assert make_sample(tmp_path / "demo", say=quiet).project.is_dir()
