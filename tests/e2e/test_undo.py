"""Undo takes back exactly what the run did, before anybody else can have it, and refuses everything else."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from .conftest import Project, wait_for

NAMES = ("package.json", "package-lock.json")


@pytest.fixture
def locked(project: Project) -> Project:
    """A project with a lock file and one feature that was not released yet."""
    lock = {
        "name": "widget",
        "version": "0.7.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": {"name": "widget", "version": "0.7.0"}},
    }
    (project.folder / "package-lock.json").write_text(json.dumps(lock, indent=4))
    project.commit("feat: say more", more__txt="more\n")
    return project


def contents(project: Project) -> dict[str, bytes]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=project.folder, capture_output=True, check=True).stdout
    return {name: (project.folder / name).read_bytes() for name in found.decode().split("\0") if name}


def refuse_the_commit(project: Project) -> None:
    """From here on the run stops between the version write and the commit."""
    hook(project, "pre-commit", "#!/bin/sh\nexit 1\n")


def refuse_the_push(project: Project) -> None:
    """From here on the run stops between the commit and the push; nothing is asked of the remote."""
    hook(project, "pre-push", "#!/bin/sh\nexit 1\n")


def hook(project: Project, name: str, text: str) -> None:
    path = project.folder / ".git/hooks" / name
    path.write_text(text)
    path.chmod(0o755)


def committed(project: Project) -> str:
    """A run that committed and could not push; gives the commit before it."""
    before = project.git("rev-parse", "HEAD")
    refuse_the_push(project)
    project.cli("run", "--yes", code=1)
    assert project.git("rev-parse", "HEAD^") == before
    assert project.package()["version"] == "0.8.0"
    return before


def effects(project: Project) -> list[str]:
    return [e["kind"] for e in json.loads(project.state_file.read_text()).get("effects", [])]


def test_before_the_commit_the_files_are_byte_identical_again(locked: Project) -> None:
    before, head = contents(locked), locked.git("rev-parse", "HEAD")
    refuse_the_commit(locked)
    locked.cli("run", "--yes", code=1)
    assert locked.package()["version"] == "0.8.0"
    said = locked.cli("undo")
    assert "package-lock.json says 0.7.0 again" in said
    assert contents(locked) == before
    assert locked.git("status", "--porcelain") == ""
    assert locked.git("rev-parse", "HEAD") == head
    status = locked.status()
    assert (status["phase"], status["status"]) == ("INIT", "active")
    assert effects(locked) == []
    actions = [e["action"] for e in locked.journal()]
    assert actions.count("effect-undone") >= 2
    assert "nothing to take back" in locked.cli("undo")


def test_after_the_commit_the_branch_goes_back_and_the_run_can_ship_anew(locked: Project) -> None:
    files = contents(locked)
    before = committed(locked)
    ours = locked.git("rev-parse", "HEAD")
    found = json.loads(locked.cli("undo", "--json").splitlines()[-1])
    assert found == {
        "undone": True,
        "commits": [ours],
        "head": before,
        "branch": "main",
        "version": "0.7.0",
        "files": list(reversed(NAMES)),
    }
    assert locked.git("rev-parse", "main") == before
    assert contents(locked) == files
    assert locked.git("status", "--porcelain") == ""
    assert effects(locked) == []
    (locked.folder / ".git/hooks/pre-push").unlink()
    said = locked.cli("run", "--resume", code=3)
    assert "Bump version 0.7.0 -> 0.8.0" in said, "the question is asked anew"
    locked.cli("run", "--resume", "--yes")
    assert locked.remote_sha() == locked.git("rev-parse", "HEAD")
    assert locked.git("log", "--format=%s").splitlines().count("chore(release): v0.8.0") == 1


def test_what_was_uncommitted_before_the_run_is_uncommitted_again(locked: Project) -> None:
    package = locked.package()
    package["description"] = "not committed yet"
    (locked.folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    (locked.folder / "check.js").write_text("console.log('changed');\n")
    files = contents(locked)
    committed(locked)
    assert "description" in locked.git("show", "HEAD:package.json")
    locked.cli("undo")
    assert contents(locked) == files
    assert sorted(locked.git("diff", "--name-only", "HEAD").split()) == ["check.js", "package.json"]


def test_it_refuses_when_a_file_changed_since_the_commit(locked: Project) -> None:
    committed(locked)
    ours = locked.git("rev-parse", "HEAD")
    (locked.folder / "check.js").write_text("console.log('later');\n")
    said = locked.cli("undo", code=2)
    assert "check.js" in said
    assert "nothing was taken back" in said
    assert locked.git("rev-parse", "HEAD") == ours
    assert (locked.folder / "check.js").read_text() == "console.log('later');\n"
    assert "commit" in effects(locked)


def test_it_refuses_when_package_json_changed_since_the_write(locked: Project) -> None:
    refuse_the_commit(locked)
    locked.cli("run", "--yes", code=1)
    text = (locked.folder / "package.json").read_text().replace('"0.8.0"', '"0.9.0"')
    (locked.folder / "package.json").write_text(text)
    said = locked.cli("undo", code=2)
    assert "changed since 0.8.0 was written" in said
    assert (locked.folder / "package.json").read_text() == text
    assert "version-write" in effects(locked)


@pytest.mark.parametrize("amend", [False, True])
def test_it_refuses_when_head_is_another_commit(locked: Project, amend: bool) -> None:
    committed(locked)
    ours = locked.git("rev-parse", "--short=7", "HEAD")
    if amend:
        locked.git("commit", "--quiet", "--amend", "-m", "chore: by hand")
    else:
        locked.commit("chore: on top")
    head = locked.git("rev-parse", "HEAD")
    said = locked.cli("undo", code=2)
    assert f"not {ours} which this run made" in said
    assert locked.git("rev-parse", "HEAD") == head


def test_it_refuses_after_a_push_by_hand_that_git_remembers(locked: Project) -> None:
    committed(locked)
    locked.git("push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/elsewhere")
    said = locked.cli("undo", code=2)
    assert "origin/elsewhere" in said
    assert "roll forward" in said
    assert "0.8.1" in said
    assert locked.package()["version"] == "0.8.0"


def test_it_refuses_after_a_push_that_only_the_remote_knows_of(locked: Project) -> None:
    committed(locked)
    locked.git("push", "--quiet", "--no-verify", str(locked.remote), "HEAD:refs/heads/main")
    assert locked.git("for-each-ref", "--contains", "HEAD", "refs/remotes") == ""
    said = locked.cli("undo", code=2)
    assert "origin has" in said
    assert locked.package()["version"] == "0.8.0"


def test_it_refuses_when_a_push_was_begun_and_the_remote_cannot_be_asked(locked: Project) -> None:
    committed(locked)
    assert "push" in effects(locked)
    locked.remote.rename(locked.remote.with_name("away.git"))
    said = locked.cli("undo", code=2)
    assert "cannot be asked whether it arrived" in said
    locked.remote.with_name("away.git").rename(locked.remote)
    locked.cli("undo")
    assert locked.package()["version"] == "0.7.0"


def test_without_a_push_begun_a_remote_that_is_away_is_no_objection(locked: Project) -> None:
    hook(locked, "post-commit", f"#!/bin/sh\nmv '{locked.remote}' '{locked.remote}.away'\n")
    locked.cli("run", "--yes", code=1)
    assert effects(locked) == ["version-write", "commit"]
    locked.cli("undo")
    assert locked.package()["version"] == "0.7.0"
    assert locked.git("status", "--porcelain") == ""


def test_after_the_push_it_refuses_and_says_how_to_roll_forward(locked: Project) -> None:
    locked.scripts(start="node -e 'process.exit(3)'")
    locked.commit("chore: broken start")
    locked.cli("run", "--yes", code=1)
    pushed = locked.remote_sha()
    before = locked.state_file.read_bytes()
    said = locked.cli("undo", code=2)
    assert f"{pushed[:7]} was pushed to origin/main" in said
    assert "git revert" in said
    assert "0.8.1" in said
    assert locked.remote_sha() == pushed == locked.git("rev-parse", "HEAD")
    assert locked.state_file.read_bytes() == before


def test_without_a_run_it_says_what_was_shipped(locked: Project) -> None:
    assert "nothing to take back" in locked.cli("undo", code=2)
    locked.cli("run", "--yes")
    said = locked.cli("undo", code=2)
    assert locked.git("rev-parse", "--short=7", "HEAD") in said
    assert "git revert" in said


def test_it_refuses_while_somebody_drives(locked: Project) -> None:
    go = locked.folder.parent / "go"
    locked.scripts(test=f"node -e \"while(!fs.existsSync('{go}'));\"")
    locked.commit("chore: wait")
    locked.start("run", "--yes")
    wait_for(lambda: any(e["subject"] == "code-verification" for e in locked.journal()), "the tests run")
    said = locked.cli("undo", code=2)
    assert "driven by" in said
    assert locked.package()["version"] == "0.8.0"
    go.touch()


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


@pytest.mark.parametrize("reached", ["begun", "branch", "file"])
def test_killed_at_any_point_and_said_again(locked: Project, reached: str) -> None:
    files = contents(locked)
    before = committed(locked)
    kill_when(locked, reached)
    locked.cli("undo")
    assert locked.git("rev-parse", "HEAD") == before
    assert contents(locked) == files
    assert locked.git("status", "--porcelain") == ""
    assert effects(locked) == []


@pytest.mark.parametrize("reached", ["begun", "branch", "file"])
def test_killed_at_any_point_and_gone_on_with(locked: Project, reached: str) -> None:
    """Whoever says go instead ships, and ships once."""
    committed(locked)
    kill_when(locked, reached)
    (locked.folder / ".git/hooks/pre-push").unlink()
    locked.cli("run", "--resume", "--yes")
    assert locked.package()["version"] == "0.8.0"
    assert locked.remote_sha() == locked.git("rev-parse", "HEAD")
    assert locked.git("log", "--format=%s").splitlines().count("chore(release): v0.8.0") == 1
    assert locked.git("status", "--porcelain") == ""


def test_a_stopped_undo_is_repeated_at_each_of_its_steps(locked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every git and npm call of undo is a point to die at: each is tried."""
    wrapper, counter = locked.world.root / "bin", locked.world.root / "count"
    wrapper.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    git = wrapper / "git"
    git.write_text(
        f'#!/bin/sh\nread n < "{counter}"; n=$((n-1)); echo $n > "{counter}"\n'
        f'if [ $n -eq 0 ]; then kill -9 $PPID; exit 1; fi\nexec {real} "$@"\n'
    )
    git.chmod(0o755)
    files, head = contents(locked), locked.git("rev-parse", "HEAD")
    committed(locked)
    died = 0
    plain = os.environ["PATH"]
    for step in range(1, 60):
        counter.write_text(f"{step}\n")
        monkeypatch.setenv("PATH", f"{wrapper}:{plain}")
        done = locked.start("undo")
        done.wait(timeout=60)
        monkeypatch.setenv("PATH", plain)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        died += 1
    assert died > 10
    assert locked.git("rev-parse", "HEAD") == head
    assert contents(locked) == files
    assert effects(locked) == []


def test_a_hostile_state_names_no_remote_that_git_does_not_know(locked: Project) -> None:
    committed(locked)
    proof = locked.folder.parent / "executed"
    state = json.loads(locked.state_file.read_text())
    for effect in state["effects"]:
        if effect["kind"] == "push":
            effect["intent"]["remote"] = f"--upload-pack=touch {proof}"
    locked.state_file.write_text(json.dumps(state, indent=2))
    assert "no such remote" in locked.cli("undo", code=2)
    assert not Path(proof).exists()


def test_a_hostile_state_moves_the_branch_nowhere(locked: Project) -> None:
    """The commit below ours is git's to say, not the state file's."""
    other = locked.git("rev-parse", "v0.7.0")
    committed(locked)
    ours = locked.git("rev-parse", "HEAD")
    text = locked.state_file.read_text()
    assert locked.git("rev-parse", "HEAD^") in text
    locked.state_file.write_text(text.replace(locked.git("rev-parse", "HEAD^"), other))
    assert "nothing was taken back" in locked.cli("undo", code=2)
    assert locked.git("rev-parse", "HEAD") == ours
