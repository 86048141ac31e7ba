"""Undo refuses what somebody else may have, or has changed, and leaves everything as it is then."""

import json
from pathlib import Path

import pytest

from tests.projects import Project
from tests.stopped import Stopped, contents, effects

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def run(stopped: Stopped) -> Project:
    """The project of the stopped run."""
    return stopped.project


def test_what_was_uncommitted_before_the_run_is_uncommitted_again(stopped: Stopped) -> None:
    project = stopped.project
    assert "description" in project.git("show", "HEAD:package.json")
    project.here("undo")
    assert project.git("rev-parse", "HEAD") == stopped.head
    assert contents(project) == stopped.files
    assert sorted(project.git("diff", "--name-only", "HEAD").split()) == ["check.js", "package.json"]


def test_it_refuses_when_a_file_changed_since_the_commit(run: Project) -> None:
    ours = run.git("rev-parse", "HEAD")
    (run.folder / "check.js").write_text("console.log('later');\n")
    said = run.here("undo", code=2)
    assert "check.js" in said
    assert "nothing was undone" in said
    assert run.git("rev-parse", "HEAD") == ours
    assert (run.folder / "check.js").read_text() == "console.log('later');\n"
    assert "commit" in effects(run)


@pytest.mark.parametrize("amend", [False, True])
def test_it_refuses_when_head_is_another_commit(run: Project, amend: bool) -> None:
    ours = run.git("rev-parse", "--short=7", "HEAD")
    if amend:
        run.git("commit", "--quiet", "--amend", "-m", "chore: by hand")
    else:
        run.commit("chore: on top")
    head = run.git("rev-parse", "HEAD")
    said = run.here("undo", code=2)
    assert f"not {ours}, which this run made" in said
    assert run.git("rev-parse", "HEAD") == head


def test_it_refuses_after_a_push_by_hand_that_git_remembers(run: Project) -> None:
    run.git("push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/elsewhere")
    said = run.here("undo", code=2)
    assert "origin/elsewhere" in said
    assert "roll forward" in said
    assert "0.8.1" in said
    assert run.package()["version"] == "0.8.0"


def test_it_refuses_after_a_push_that_only_the_remote_knows_of(run: Project) -> None:
    run.git("push", "--quiet", "--no-verify", str(run.remote), "HEAD:refs/heads/main")
    assert run.git("for-each-ref", "--contains", "HEAD", "refs/remotes") == ""
    said = run.here("undo", code=2)
    assert "origin has" in said
    assert run.package()["version"] == "0.8.0"


def test_it_refuses_when_a_push_was_begun_and_the_remote_cannot_be_asked(run: Project) -> None:
    assert "push" in effects(run)
    run.remote.rename(run.remote.with_name("away.git"))
    said = run.here("undo", code=2)
    assert "cannot be asked whether it arrived" in said
    run.remote.with_name("away.git").rename(run.remote)
    run.here("undo")
    assert run.package()["version"] == "0.7.0"


def test_without_a_push_begun_a_remote_that_is_away_is_no_objection(stopped: Stopped) -> None:
    run = stopped.project
    state = json.loads(run.state_file.read_text())
    state["effects"] = [effect for effect in state["effects"] if effect["kind"] != "push"]
    run.state_file.write_text(json.dumps(state, indent=2))
    assert effects(run) == ["version-write", "commit"]
    run.remote.rename(run.remote.with_name("away.git"))
    run.here("undo")
    assert run.package()["version"] == "0.7.0"
    assert contents(run) == stopped.files


def test_without_a_run_there_is_nothing_to_take_back(project: Project) -> None:
    assert "nothing to undo" in project.here("undo", code=2)


def test_a_hostile_state_names_no_remote_that_git_does_not_know(run: Project) -> None:
    proof = run.folder.parent / "executed"
    state = json.loads(run.state_file.read_text())
    for effect in state["effects"]:
        if effect["kind"] == "push":
            effect["intent"]["remote"] = f"--upload-pack=touch {proof}"
    run.state_file.write_text(json.dumps(state, indent=2))
    assert "no such remote" in run.here("undo", code=2)
    assert not Path(proof).exists()


def test_a_hostile_state_moves_the_branch_nowhere(run: Project) -> None:
    """The commit below ours is git's to say, not the state file's."""
    other = run.git("rev-parse", "v0.7.0")
    ours = run.git("rev-parse", "HEAD")
    text = run.state_file.read_text()
    assert run.git("rev-parse", "HEAD^") in text
    run.state_file.write_text(text.replace(run.git("rev-parse", "HEAD^"), other))
    assert "nothing was undone" in run.here("undo", code=2)
    assert run.git("rev-parse", "HEAD") == ours
