"""Undo takes back exactly what the run did, whatever ends it halfway (what it refuses: tests/cli/test_undo.py)."""

import json
import os
import shutil
import signal

import pytest

from tests.projects import Project, wait_for
from tests.stopped import Stopped, add_lock, contents, effects, refuse

pytestmark = pytest.mark.usefixtures("quick_npm")

NAMES = ("package.json", "package-lock.json")


def test_before_and_after_the_commit_and_then_shipped_anew(feature: Project) -> None:
    """One run, taken back at each of its points, as a person does who is not content with it."""
    add_lock(feature)
    feature.commit("chore: lock")
    before, head = contents(feature), feature.git("rev-parse", "HEAD")
    hook = refuse(feature, "pre-commit")
    feature.here("run", "--yes", code=1)
    assert feature.package()["version"] == "0.8.0"

    written = (feature.folder / "package.json").read_text()
    by_hand = written.replace('"0.8.0"', '"0.9.0"')
    (feature.folder / "package.json").write_text(by_hand)
    assert "changed since 0.8.0 was written" in feature.here("undo", code=2)
    assert (feature.folder / "package.json").read_text() == by_hand
    assert "version-write" in effects(feature)

    (feature.folder / "package.json").write_text(written)
    said, recorded = feature.here("undo", "--dry-run"), feature.journal()
    assert "package-lock.json is restored to version 0.7.0" in said
    assert (feature.package()["version"], feature.journal()) == ("0.8.0", recorded), "it was only looked"
    assert "package-lock.json says 0.7.0 again" in feature.cli("undo")
    assert contents(feature) == before
    assert feature.git("status", "--porcelain") == ""
    assert feature.git("rev-parse", "HEAD") == head
    status = feature.status()
    assert (status["phase"], status["status"]) == ("INIT", "active")
    assert effects(feature) == []
    assert [e["action"] for e in feature.journal()].count("effect-undone") >= 2
    assert "nothing to undo" in feature.here("undo")

    hook = hook.rename(hook.with_name("pre-push"))
    feature.here("run", "--resume", "--yes", code=1)
    ours = feature.git("rev-parse", "HEAD")
    assert feature.git("rev-parse", "HEAD^") == head
    found = json.loads(feature.here("undo", "--json").splitlines()[-1])
    assert found == {
        "undone": True,
        "commits": [ours],
        "head": head,
        "branch": "main",
        "version": "0.7.0",
        "files": list(reversed(NAMES)),
        "kept": [],
        "changed": [],
    }
    assert feature.git("rev-parse", "main") == head
    assert contents(feature) == before
    assert feature.git("status", "--porcelain") == ""
    assert effects(feature) == []

    hook.unlink()
    said = feature.here("run", "--resume", code=3)
    assert "Bump version 0.7.0 -> 0.8.0" in said, "the question is asked anew"
    feature.here("run", "--resume", "--yes")
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")
    assert feature.git("log", "--format=%s").splitlines().count("chore(release): v0.8.0") == 1


def test_what_was_chosen_for_a_run_keeps_nobody_from_taking_it_back(feature: Project) -> None:
    """A choice changed nothing outside of the run: it stays, and the run that starts over goes by it."""
    before, head = contents(feature), feature.git("rev-parse", "HEAD")
    said = ("--version", "3.0.0", "--skip-target", "local", "--reason", "no server here", "--hotfix")
    feature.here("run", *said, code=3)
    assert "package.json says 0.7.0 again" in feature.here("undo")
    assert effects(feature) == ["choice", "choice", "choice"]
    assert "nothing to undo" in feature.here("undo")
    hook = refuse(feature, "pre-push")
    feature.here("run", "--resume", "--yes", code=1)
    assert feature.package()["version"] == "3.0.0"
    assert "undid" in feature.here("undo")
    assert (contents(feature), feature.git("rev-parse", "HEAD")) == (before, head)
    assert effects(feature) == ["choice", "choice", "choice"]
    hook.unlink()
    feature.here("run", "--resume", "--yes")
    assert feature.git("show", "origin/main:package.json").count('"version": "3.0.0"') == 1


def kill_when(project: Project, reached: str) -> None:
    """Start an undo and kill it in the moment that something of it is seen in the world."""
    seen = {
        "begun": lambda: any(e["action"] == "effect-undone" for e in project.journal()),
        "branch": lambda: "loop-tui undo" in (project.folder / ".git/logs/HEAD").read_text(),
        "file": lambda: project.package()["version"] == "0.7.0",
    }[reached]
    process = project.start("undo")
    wait_for(lambda: seen() or process.poll() is not None, reached)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.crash
@pytest.mark.long
@pytest.mark.parametrize("reached", ["begun", "branch", "file"])
def test_killed_at_any_point_and_said_again(stopped: Stopped, reached: str) -> None:
    project = stopped.project
    kill_when(project, reached)
    project.cli("undo")
    assert project.git("rev-parse", "HEAD") == stopped.head
    assert contents(project) == stopped.files
    assert effects(project) == []


@pytest.mark.crash
@pytest.mark.parametrize(
    "reached", ["branch", *(pytest.param(each, marks=pytest.mark.long) for each in ("begun", "file"))]
)
def test_killed_at_any_point_and_gone_on_with(stopped: Stopped, reached: str) -> None:
    """Whoever says go instead ships, and ships once."""
    project = stopped.project
    kill_when(project, reached)
    (project.folder / ".git/hooks/pre-push").unlink()
    said = project.here("run", "--resume", "--yes")
    assert "was interrupted: this run continues" in said, "the undo is not forgotten"
    assert project.package()["version"] == "0.8.0"
    assert project.remote_sha() == project.git("rev-parse", "HEAD")
    assert project.git("log", "--format=%s").splitlines().count("chore(release): v0.8.0") == 1
    assert project.git("status", "--porcelain") == ""


@pytest.mark.crash
@pytest.mark.parametrize("stride", [4, pytest.param(1, marks=pytest.mark.long)])
def test_a_stopped_undo_is_repeated_at_each_of_its_steps(
    stopped: Stopped, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """Every git and npm call of undo is a point to die at: each is tried, or each fourth."""
    project = stopped.project
    wrapper, counter = project.world.root / "bin", project.world.root / "count"
    wrapper.mkdir()
    git = wrapper / "git"
    git.write_text(
        f'#!/bin/sh\nread n < "{counter}"; n=$((n-1)); echo $n > "{counter}"\n'
        f'if [ $n -eq 0 ]; then kill -9 $PPID; exit 1; fi\nexec {shutil.which("git")} "$@"\n'
    )
    git.chmod(0o755)
    died = 0
    plain = os.environ["PATH"]
    for step in range(1, 60, stride):
        counter.write_text(f"{step}\n")
        monkeypatch.setenv("PATH", f"{wrapper}:{plain}")
        done = project.start("undo")
        done.wait(timeout=60)
        monkeypatch.setenv("PATH", plain)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        died += 1
    assert died > 10 // stride
    assert project.git("rev-parse", "HEAD") == stopped.head
    assert contents(project) == stopped.files
    assert effects(project) == []
