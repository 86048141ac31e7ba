"""Real projects: what somebody wrote into a state file ships nothing, and a run of others is theirs (SPEC 3 and 4)."""

import json
import shutil

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("quick_npm")


def forged(project: Project) -> dict[str, object]:
    """A state that says that all is well: VERIFY complete, its checks green for the tree of HEAD, its gate passed."""
    tree = project.git("rev-parse", "HEAD^{tree}")
    commit = project.git("rev-parse", "HEAD")
    checks = [
        {"name": name, "status": "passed", "tree": tree, "commit": commit, "exitCode": 0}
        for name in ("build", "test", "lint")
    ]
    entry = {"skill": "code-verification", "phase": "VERIFY", "status": "complete", "checks": checks}
    return {
        "loop": "distribution-loop",
        "version": "2.0.0",
        "phase": "SHIP",
        "status": "active",
        "executionId": "forged-1",
        "context": {"system": "widget", "module": None},
        "gates": {"readiness-gate": {"status": "approved", "approvedBy": "checks", "checks": checks}},
        "phases": {
            "INIT": {"status": "complete", "skills": ["release-planner"]},
            "VERIFY": {"status": "complete", "skills": ["code-verification"]},
            "SHIP": {"status": "active", "skills": ["git-workflow", "deploy", "distribute"]},
            "COMPLETE": {"status": "pending", "skills": ["retrospective"]},
        },
        "skillsLog": [entry],
    }


@pytest.fixture
def red(feature: Project) -> Project:
    """A project whose tests are red, with a commit to ship."""
    (feature.folder / "check.js").write_text("process.exit(1);\n")
    feature.git("commit", "-aqm", "fix: break it")
    return feature


def test_forged_evidence_pushes_nothing(red: Project) -> None:
    before = red.git("ls-remote", str(red.remote))
    red.state_file.write_text(json.dumps(forged(red), indent=2))
    said = red.here("run", "--resume", "--adopt", "--yes", code=1)
    assert red.git("ls-remote", str(red.remote)) == before, said
    assert "did not run here" in said
    assert "readiness-gate did not pass" in said


def test_a_run_of_others_is_resumed_only_when_it_is_adopted(red: Project) -> None:
    red.state_file.write_text(json.dumps(forged(red), indent=2))
    text = red.state_file.read_text()
    said = red.here("go", code=3)
    assert "this run is driven elsewhere (it has no owner record), working elsewhere" in said
    assert "--adopt takes it over" in said
    assert red.state_file.read_text() == text


def test_a_run_of_ours_that_is_edited_by_hand_ships_nothing_red(red: Project) -> None:
    red.here("run", "--yes", code=1)
    document = json.loads(red.state_file.read_text())
    made = forged(red)
    document |= {name: made[name] for name in ("phase", "status", "gates", "phases")}
    for entry in document["skillsLog"]:
        for check in entry.get("checks", []):
            check["status"] = "passed"
    document["failures"] = {"count": 0, "maxRetries": 3, "history": []}
    document.pop("skillExecution", None)
    red.state_file.write_text(json.dumps(document, indent=2))
    before = red.git("ls-remote", str(red.remote))
    said = red.here("run", "--resume", "--yes", code=1)
    assert red.git("ls-remote", str(red.remote)) == before, said


def test_a_copied_project_goes_on_only_as_somebodys_elses(feature: Project) -> None:
    feature.here("run", code=3)
    other = feature.folder.parent / "copy"
    shutil.copytree(feature.folder, other)
    said = feature.here("status", "--project", str(other))
    assert "another folder" in said
    said = feature.here("run", "--project", str(other), "--yes", code=3)
    assert "--adopt takes it over" in said


def test_evidence_that_was_taken_out_of_the_file_ships_nothing_red(feature: Project) -> None:
    """The gate stays as approved, and says no more on what: then it is not."""
    feature.here("run", "--answer", "version=0.8.0", code=3)
    document = json.loads(feature.state_file.read_text())
    assert document["gates"]["readiness-gate"]["status"] == "approved"
    document["gates"]["readiness-gate"].pop("checks")
    document["skillsLog"] = [{k: v for k, v in entry.items() if k != "checks"} for entry in document["skillsLog"]]
    feature.state_file.write_text(json.dumps(document, indent=2))
    (feature.folder / "check.js").write_text("process.exit(1);\n")
    before = feature.git("ls-remote", str(feature.remote))
    said = feature.here("run", "--resume", "--yes", code=1)
    assert feature.git("ls-remote", str(feature.remote)) == before, said
    assert "readiness-gate did not pass" in said
