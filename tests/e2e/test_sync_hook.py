"""Git hooks that keep slash commands in step: shown first, beside what others wrote, and gone without a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("quick_npm")

OTHERS = '#!/bin/sh\necho theirs >> "$(git rev-parse --show-toplevel)/said.txt"\nexit 0\n'


@pytest.fixture
def commands(feature: Project) -> Project:
    (feature.folder / "commands").mkdir()
    (feature.folder / "commands/a-loop.md").write_text("one\n")
    feature.commit("feat: a command")
    return feature


def hook(project: Project, name: str = "post-commit") -> Path:
    return project.folder / ".git/hooks" / name


def synced(project: Project) -> str:
    path = project.world.claude / "commands/a-loop.md"
    return path.read_text() if path.exists() else ""


def test_it_is_shown_written_on_a_yes_and_removed_whole(commands: Project) -> None:
    said = commands.here("targets", "hook", "install", code=3)
    assert "+++ " in said
    assert "targets hook install --yes writes it" in said
    assert not hook(commands).exists()
    commands.here("targets", "hook", "install", "--yes")
    assert "installed already" in commands.here("targets", "hook", "install", "--yes")
    assert hook(commands, "post-merge").stat().st_mode & 0o111
    commands.here("targets", "hook", "remove", "--yes")
    assert not hook(commands).exists()
    assert not hook(commands, "post-merge").exists()


@pytest.mark.parametrize("theirs", [OTHERS, "#!/usr/bin/env bash\nset -e\ntrue\n", "#!/bin/sh\n"])
def test_what_others_wrote_stays_and_runs(commands: Project, theirs: str) -> None:
    hook(commands).parent.mkdir(exist_ok=True)
    hook(commands).write_text(theirs)
    hook(commands).chmod(0o755)
    commands.here("targets", "hook", "install", "--yes")
    assert hook(commands).read_text().startswith(theirs.splitlines()[0])
    commands.git("commit", "-q", "--allow-empty", "-m", "chore: hooks run")
    assert (commands.folder / "said.txt").exists() == ("theirs" in theirs)
    commands.here("targets", "hook", "remove", "--yes")
    assert hook(commands).read_text() == theirs


@pytest.mark.parametrize("way", ["python", "not executable", "link", "shared"])
def test_what_cannot_be_kept_is_left_and_said(commands: Project, way: str) -> None:
    hook(commands).parent.mkdir(exist_ok=True)
    if way == "link":
        hook(commands).symlink_to("/bin/true")
    elif way == "shared":
        commands.git("config", "core.hooksPath", str(commands.world.home / "hooks"))
    else:
        hook(commands).write_text("#!/usr/bin/python3\n" if way == "python" else OTHERS)
        hook(commands).chmod(0o755 if way == "python" else 0o644)
    said = commands.here("targets", "hook", "install", "--yes", code=2)
    assert "by hand" in said
    assert not hook(commands, "post-merge").exists()


@pytest.mark.parametrize("husky", [False, True])
def test_hooks_lie_where_git_looks_for_them(commands: Project, husky: bool) -> None:
    folder = commands.folder / (".husky/_" if husky else ".githooks")
    folder.mkdir(parents=True)
    (folder / "h").write_text("#!/bin/sh\n")
    commands.git("config", "core.hooksPath", ".husky/_" if husky else ".githooks")
    commands.here("targets", "hook", "install", "--yes")
    place = commands.folder / (".husky" if husky else ".githooks") / "post-commit"
    assert "loop-tui targets sync" in place.read_text()
    commands.here("targets", "hook", "remove", "--yes")
    assert not place.exists()


def test_the_command_of_the_hook_brings_only_what_changed(commands: Project) -> None:
    assert "1 slash command changed: a-loop.md" in commands.here("targets", "sync")
    assert synced(commands) == "one\n"
    assert "0 slash commands changed" in commands.here("targets", "sync")
    (commands.folder / "commands/a-loop.md").write_text("two\n")
    commands.here("targets", "sync")
    assert synced(commands) == "two\n"
    assert (commands.world.claude / "commands/.backup/hook/a-loop.md").read_text() == "one\n"


def test_what_a_person_changed_stays_and_the_hook_says_so(commands: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.here("targets", "hook", "install", "--yes")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    commands.here("targets", "sync")
    place = commands.world.claude / "commands/a-loop.md"
    place.write_text("a person's\n")
    (commands.folder / "commands/a-loop.md").write_text("four\n")
    done = subprocess.run(
        ["git", "commit", "-qam", "feat: four"], cwd=commands.folder, capture_output=True, text=True, check=True
    )
    assert "not replaced: a-loop.md" in done.stdout + done.stderr
    assert synced(commands) == "a person's\n"
    assert "--yes replaces it" in commands.here("targets", "sync", code=3)
    commands.here("targets", "sync", "--yes")
    assert synced(commands) == "four\n"


def test_git_runs_it_after_a_commit_and_it_stops_nothing(commands: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.here("targets", "hook", "install", "--yes")
    without = [each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / "loop-tui").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(without))
    (commands.folder / "commands/a-loop.md").write_text("without loop-tui\n")
    commands.git("commit", "-qam", "feat: nobody can run it")
    assert synced(commands) == ""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (commands.folder / "commands/a-loop.md").write_text("three\n")
    commands.git("commit", "-qam", "feat: another command")
    assert synced(commands) == "three\n"


def test_words_that_mean_nothing_are_refused(commands: Project) -> None:
    assert "targets hook install" in commands.here("targets", "hook", "everything", code=2)
