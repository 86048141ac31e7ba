"""Starting, resuming and ending a run: what is refused, and what is taken over from somebody else."""

import json
import shutil
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from tests.foreign import STATE_AT_SHIP
from tests.projects import Project, wait_for

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.mark.parametrize("wrong", [("--phase", "NOPE"), ("--approve", "nope"), ("--phase", "SHIP")])
def test_a_start_with_a_wrong_name_begins_no_run(feature: Project, wrong: tuple[str, str]) -> None:
    said = feature.here("run", *wrong, code=2)
    assert wrong[1] in said
    assert not feature.state_file.exists()
    assert not (feature.folder / ".loop").exists()


@pytest.mark.parametrize("more", [(), ("--yes",), ("--skip-target", "tarball", "--reason", "x")])
def test_where_there_is_no_run_none_is_resumed_and_none_begins(feature: Project, more: tuple[str, ...]) -> None:
    said = feature.here("run", "--resume", *more, code=2)
    assert "no run of distribution-loop here" in said
    assert not feature.state_file.exists()
    assert "no run" not in feature.here("run", code=3)


def test_that_a_run_is_there_already_is_told_to_programs_too(feature: Project) -> None:
    feature.here("run", code=3)
    before = feature.state_file.read_bytes()
    (line,) = feature.here("run", "--json", code=3).splitlines()
    told = json.loads(line)
    assert (told["outcome"], told["code"], told["error"]["code"]) == ("waiting", 3, "run-exists")
    assert "loop-tui run --resume" in told["todo"]
    assert feature.state_file.read_bytes() == before


@pytest.mark.parametrize(("is_package", "code"), [(True, 1), (False, 0)])
def test_doctor_needs_node_only_where_a_package_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_package: bool, code: int
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    git = shutil.which("git")
    assert git
    (programs / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(programs))
    if is_package:
        (tmp_path / "package.json").write_text("{}")
    assert main(["doctor", "--project", str(tmp_path), "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["npm"]["found"] == ("missing" if is_package else "missing (optional)")


def test_an_answer_that_no_question_took_is_named_and_short_names_answer(
    feature: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    said = feature.here("run", "--answer", "versoin=n", code=3)
    assert "--answer versoin was not used" in said + capsys.readouterr().err
    feature.here("answer", "version", "0.9.0", "--no-go")
    assert feature.status()["questions"] == []
    said = feature.here("abort", "--reason", "not today")
    assert "started driver" not in said
    assert "archived as aborted" in said
    feature.wait_until_over()


def test_a_state_of_somebody_else_is_resumed_where_it_stands(feature: Project) -> None:
    feature.state_file.write_text(json.dumps(STATE_AT_SHIP, indent=2) + "\n")
    said = feature.here("run", code=3)
    rows = [line.split() for line in said.splitlines()[1:5]]
    assert [(row[0], row[-1]) for row in rows] == [
        ("INIT", "1/1"),
        ("VERIFY", "1/1"),
        ("SHIP", "1/3"),
        ("COMPLETE", "0/1"),
    ]
    following = json.loads(feature.here("status", "--json"))["next"]
    assert following == {
        "kind": "execute-skill",
        "phase": "SHIP",
        "skill": "deploy",
    }


def test_an_abort_needs_a_reason_and_archives_what_was_done(feature: Project) -> None:
    feature.here("run", code=3)
    assert "reason" in feature.here("abort", code=2)
    feature.here("abort", "--reason", "not today")
    feature.wait_until_over()
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert summary["outcome"] == "abandoned"
    assert feature.remote_sha() != ""


@pytest.mark.parametrize("command", [("run",), ("run", "--yes"), ("run", "--phase", "SHIP", "--reason", "x"), ("go",)])
def test_a_loop_that_needs_git_leaves_nothing_behind_outside_a_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert main((*command, "--project", str(folder))) == 2
    said = capsys.readouterr()
    assert len((said.out + said.err).strip().splitlines()) == 1
    assert "`git init`" in said.err
    assert list(folder.iterdir()) == []


def test_a_loop_that_needs_nothing_starts_anywhere(tmp_path: Path) -> None:
    assert main(("run", "infra-loop", "--project", str(tmp_path))) == 3
    assert (tmp_path / "infra-state.json").exists()


BY_HAND = """\
id = "by-hand-loop"

[[phases]]
id = "WORK"
skills = ["think"]
"""


def at_the_last_skill(project: Project) -> Path:
    """A run of ours of which only the last skill is left, and nobody drives it; gives its state file."""
    (project.folder / ".loops").mkdir()
    (project.folder / ".loops" / "by-hand-loop.toml").write_text(BY_HAND)
    project.here("run", "by-hand-loop", "--trust", code=3)
    return project.folder / "by-hand-state.json"


def test_a_run_whose_last_skill_is_skipped_comes_to_its_end(feature: Project) -> None:
    state_file = at_the_last_skill(feature)
    assert "started driver" in feature.here("skip", "think", "--reason", "nothing to learn")
    lease = feature.folder / ".loop" / "by-hand-loop" / "lease.json"
    wait_for(lambda: not state_file.exists() and not lease.exists(), "the run has ended")
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert summary["skipped_skills"][0]["reason"] == "nothing to learn"


def test_a_skip_may_only_be_written_down(feature: Project) -> None:
    state_file = at_the_last_skill(feature)
    said = feature.here("skip", "think", "--reason", "nothing to learn", "--no-go")
    assert "driver" not in said
    assert state_file.exists()
    assert json.loads(feature.here("status", "--json"))["next"]["kind"] == "complete-phase"


def test_a_run_may_start_at_a_later_phase_and_runs_the_checks_before_it(feature: Project) -> None:
    feature.scripts(test="node -e 'process.exit(1)'")
    feature.commit("test: red")
    said = feature.here("run", "--phase", "SHIP", "--reason", "planned by hand", "--yes", code=1)
    assert "SHIP cannot be reached: readiness-gate would not pass: test" in said
    assert not feature.state_file.exists()
    feature.scripts(test="node check.js")
    feature.commit("test: green")
    said = feature.here("run", "--phase", "SHIP", "--reason", "planned by hand", "--yes")
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert [s["skill"] for s in summary["skipped_skills"]] == ["release-planner"]
    assert [check["name"] for check in summary["evidence"]["readiness-gate"]][:3] == ["build", "test", "lint"]


def test_what_nobody_answered_waits_however_often_the_defaults_are_taken(feature: Project) -> None:
    (feature.folder / "NOTES.md").write_text("not part of it\n")
    for _ in range(4):
        said = feature.here("run", "--yes", code=3)
        assert "1 untracked: NOTES.md" in said
        assert "--answer untracked-" in said
        assert "--yes for its default" not in said
    status = json.loads(feature.here("status", "--json"))
    assert (status["status"], [q["default"] for q in status["questions"]]) == ("active", [None])
    flag = f"{status['questions'][0]['id']}=y"
    assert "Archived to" in feature.here("run", "--resume", "--yes", "--answer", flag)


def test_a_setting_that_was_corrected_since_is_named_with_the_command_that_switches(feature: Project) -> None:
    feature.here("run", code=3)
    targets = feature.folder / ".loops/targets.toml"
    targets.parent.mkdir(exist_ok=True)
    targets.write_text('[[targets]]\nid = "npm-registry"\nregistry = "http://127.0.0.1:9/"\n')
    said = feature.here("run", "--resume", code=3)
    assert "the definition changed: different settings of npm-registry; `loop-tui adopt --definition`" in said
    package = feature.folder / "package.json"
    package.write_text(package.read_text().replace('"test": "', '"test": "false && '))
    failed = feature.here("run", "--resume", "--yes", "--answer", "untracked=y", code=1)
    assert "loop-tui adopt --definition" in failed.rpartition("failed: ")[2]
