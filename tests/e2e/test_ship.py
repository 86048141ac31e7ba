"""A real npm project ships from one command, and only what was proven is ticked."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.projects import Project, events, shipped, wait_for


def test_a_whole_run_headless(feature: Project) -> None:
    said = feature.cli("run", "--yes")
    shipped(feature)
    body = json.loads(feature.archives()[0].read_text())
    assert body["meta"]["archive_version"] == "1.0.0"
    assert body["summary"]["outcome"] == "success"
    assert body["summary"]["phases"]["completed"] == ["INIT", "VERIFY", "SHIP", "COMPLETE"]
    assert body["summary"]["gates"]["passed"] == ["readiness-gate", "distribution-gate"]
    for check in body["summary"]["evidence"]["readiness-gate"]:
        assert check["tree"] == feature.git("rev-parse", "HEAD^{tree}"), "evidence for another tree than was shipped"
    folder = feature.archives()[0].with_suffix("")
    names = {p.name for p in folder.rglob("*")}
    assert {"journey-log.jsonl", "output.log", "distribution-state.json", "retrospective.md"} <= names
    tarball = next(folder.rglob("*.tgz"))
    assert next(folder.rglob("*.sha256")).read_text().split() == [_sha256(tarball), tarball.name]
    assert "Archived to" in said
    listed = [json.loads(line) for line in feature.cli("runs", "--json").splitlines()]
    assert [run["outcome"] for run in listed] == ["success"]
    assert "no run of distribution-loop here" in feature.cli("status")


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_colours_of_programs_are_kept_for_the_log_and_never_asked_of_tests(project: Project) -> None:
    build = project.package()["scripts"]["build"]  # type: ignore[index]
    project.scripts(lint="node say.js lint", build=f"node say.js build && {build}", test="node say.js test")
    say = "const e = process.env; console.log(`\\x1b[32m${process.argv[2]}\\x1b[0m: ${e.FORCE_COLOR} ${e.NO_COLOR}`);\n"
    project.commit("feat: say it in colours", say__js=say)
    said = project.cli("run", "--yes")
    assert "\x1b" not in said
    assert "build: 1 undefined" in said
    assert "test: undefined 1" in said
    (log,) = project.archives()[0].with_suffix("").rglob("output.log")
    printed = log.read_text()
    assert "\x1b[32mlint\x1b[0m: 1 undefined\n" in printed
    assert "\x1b[32mtest\x1b[0m: undefined 1\n" in printed
    assert "\x1b" not in project.archives()[0].read_text()


def test_the_question_waits_and_names_the_flag_that_answers_it(feature: Project) -> None:
    said = feature.cli("run", code=3)
    assert "Bump version 0.7.0 -> 0.8.0? [Y/n/version]" in said
    assert "--answer version-" in said
    assert feature.package()["version"] == "0.7.0"
    said = feature.cli("run", code=3)
    assert "--resume" in said
    feature.cli("run", "--resume", "--answer", "version=0.9.0", "--answer", "commit-message=feat: ship it")
    shipped_version = feature.package()["version"]
    assert shipped_version == "0.9.0"
    assert feature.git("log", "-1", "--format=%s") == "feat: ship it"


@pytest.mark.parametrize("wrong", [("--phase", "NOPE"), ("--approve", "nope"), ("--phase", "SHIP")])
def test_a_start_with_a_wrong_name_begins_no_run(feature: Project, wrong: tuple[str, str]) -> None:
    said = feature.cli("run", *wrong, code=2)
    assert wrong[1] in said
    assert not feature.state_file.exists()
    assert not (feature.folder / ".loop").exists()


def test_one_yes_is_enough_for_untracked_files(feature: Project) -> None:
    """Each answer is given to a driver of its own, as from the screen: the question has to stay the same."""
    (feature.folder / "NOTES.md").write_text("not part of it\n")
    feature.cli("run", code=3)
    feature.cli("answer", "-", "y", "--no-go")
    said = feature.cli("run", "--resume", code=3)
    assert "1 untracked" in said
    feature.cli("answer", "-", "y", "--no-go")
    said = feature.cli("run", "--resume", "--answer", "commit-message=feat: ship it")
    assert "Archived to" in said
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")
    assert (feature.folder / "NOTES.md").exists()
    body = json.loads(feature.archives()[0].read_text())
    assert "interrupted" not in json.dumps(body)


def test_a_no_to_untracked_files_is_asked_again_after_it_was_mended(feature: Project) -> None:
    (feature.folder / "NOTES.md").write_text("not part of it\n")
    feature.cli("run", "--answer", "version=0.8.0", "--answer", "untracked=n", code=1)
    said = feature.cli("run", "--resume", code=3)
    assert "1 untracked" in said, "what was refused is asked anew"


@pytest.mark.parametrize(
    ("messages", "version"),
    [
        (("feat: more",), "0.8.0"),
        (("fix: less",), "0.7.1"),
        (("feat!: other",), "1.0.0"),
        (("fix: x\n\nBREAKING CHANGE: y",), "1.0.0"),
    ],
)
def test_the_commits_decide_the_version(project: Project, messages: tuple[str, ...], version: str) -> None:
    for message in messages:
        project.commit(message)
    project.cli("run", "--yes")
    shipped(project, version)


def test_docs_alone_offer_no_bump_and_still_ship(project: Project) -> None:
    sha = project.commit("docs: words", README__md="words\n")
    said = project.cli("run", "--yes")
    assert "Bump" not in said
    assert project.package()["version"] == "0.7.0"
    assert project.remote_sha() == sha
    assert len(project.archives()) == 1


def test_a_feature_and_its_own_revert_offer_no_bump(feature: Project) -> None:
    feature.git("revert", "--no-edit", "HEAD")
    said = feature.cli("run", "--yes")
    assert "Bump" not in said
    assert feature.package()["version"] == "0.7.0"


def test_refusing_the_bump_leaves_package_json_byte_identical(feature: Project) -> None:
    before = (feature.folder / "package.json").read_bytes()
    feature.cli("run", "--answer", "version=n")
    assert (feature.folder / "package.json").read_bytes() == before
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")


def test_a_red_test_stops_everything_and_the_fix_reruns_only_what_is_needed(feature: Project) -> None:
    feature.commit("test: red", check__js="console.log('the very reason');\nprocess.exit(1);\n")
    pushed = feature.remote_sha()
    feature.scripts(lint="node -e 0")
    feature.commit("chore: lint")
    said = feature.cli("run", "--yes", code=1)
    assert "readiness-gate FAILED" in said
    assert feature.remote_sha() == pushed
    state = json.loads(feature.state_file.read_text())
    assert state["status"] == "failed"
    assert state["gates"]["readiness-gate"]["status"] == "rejected"
    assert "the very reason" in json.dumps(state["gates"]["readiness-gate"])
    (feature.folder / "check.js").write_text("console.log('green again');\n")
    feature.cli("run", "--resume", "--yes")
    assert events(feature, "skill/completed").count("skill/completed release-planner") == 1
    assert events(feature, "skill/completed").count("skill/completed code-verification") == 2
    assert feature.package()["version"] == "0.8.0"
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")


def test_a_change_after_the_checks_voids_the_gate(feature: Project) -> None:
    driver = feature.start("run", "--yes")
    wait_for(
        lambda: (
            any((e["action"], e["subject"]) == ("approved", "readiness-gate") for e in feature.journal())
            or driver.poll() is not None
        ),
        "the gate passed",
    )
    driver.kill()
    driver.wait()
    sha = feature.git("rev-parse", "HEAD")
    (feature.folder / "more.txt").write_text("changed after the checks\n")
    feature.cli("run", "--resume", "--yes")
    assert list(events(feature, "gate/voided")) == ["gate/voided readiness-gate"]
    assert feature.git("rev-list", "--count", f"{sha}..HEAD") == "1"
    body = json.loads(feature.archives()[0].read_text())
    trees = {check["tree"] for check in body["summary"]["evidence"]["readiness-gate"]}
    assert trees == {feature.git("rev-parse", "HEAD^{tree}")}


def test_without_a_lint_script_the_gate_says_so(feature: Project) -> None:
    feature.scripts(lint=None)
    feature.commit("chore: no lint")
    said = feature.cli("run", "--yes")
    assert "lint: skipped skipped (no script)" in said or "lint: skipped (no script)" in said
    body = json.loads(feature.archives()[0].read_text())
    lint = next(c for c in body["summary"]["evidence"]["readiness-gate"] if c["name"] == "lint")
    assert lint["status"] == "skipped"


STATE_AT_SHIP = {
    "loop": "distribution-loop",
    "version": "1.0.0",
    "phase": "SHIP",
    "status": "active",
    "gates": {
        "readiness-gate": {"status": "passed", "required": True, "approvalType": "auto"},
        "distribution-gate": {"status": "pending", "required": True, "approvalType": "auto"},
    },
    "phases": {
        "INIT": {"status": "complete", "skills": ["release-planner"]},
        "VERIFY": {"status": "complete", "skills": ["code-verification"]},
        "SHIP": {"status": "active", "skills": ["git-workflow", "deploy", "distribute"]},
        "COMPLETE": {"status": "pending", "skills": ["retrospective"]},
    },
    "skillExecution": {"SHIP": {"required": ["git-workflow"], "completed": ["git-workflow"], "skipped": []}},
    "started_at": "ISO-timestamp",
    "last_updated": "ISO-timestamp",
}


def test_a_state_of_somebody_else_is_resumed_where_it_stands(feature: Project) -> None:
    feature.state_file.write_text(json.dumps(STATE_AT_SHIP, indent=2) + "\n")
    said = feature.cli("run", code=3)
    rows = [line.split() for line in said.splitlines()[1:5]]
    assert [(row[0], row[-1]) for row in rows] == [
        ("INIT", "1/1"),
        ("VERIFY", "1/1"),
        ("SHIP", "1/3"),
        ("COMPLETE", "0/1"),
    ]
    status = feature.status()
    assert status["next"] == {"kind": "execute-skill", "phase": "SHIP", "skill": "deploy"}


def test_a_skip_without_a_reason_is_refused_and_one_with_a_reason_is_seen_everywhere(feature: Project) -> None:
    feature.cli("run", code=3)
    assert "reason" in feature.cli("skip", "deploy", code=2)
    feature.cli("skip", "deploy", "--reason", "no server in this world")
    assert "no server in this world" in feature.cli("status")
    feature.cli("run", "--resume", "--yes")
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert [(s["skill"], s["reason"]) for s in summary["skipped_skills"]] == [("deploy", "no server in this world")]
    assert "skill/skipped deploy" in events(feature, "skill/skipped")


def test_nothing_secret_is_left_anywhere(feature: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t-value-that-nobody-may-see"
    token = "ghp_" + "a1B2" * 9
    monkeypatch.setenv("WIDGET_TOKEN", secret)
    feature.commit("test: leak", check__js=f"console.log(process.env.WIDGET_TOKEN, '{token}');\n")
    said = feature.cli("run", "--yes")
    assert secret not in said
    assert token not in said
    for path in feature.world.claude.rglob("*"):
        if path.is_file() and path.suffix != ".tgz":
            text = path.read_text("utf-8", "replace")
            assert secret not in text, path
            assert token not in text, path


def test_an_abort_needs_a_reason_and_archives_what_was_done(feature: Project) -> None:
    feature.cli("run", code=3)
    assert "reason" in feature.cli("abort", code=2)
    feature.cli("abort", "--reason", "not today")
    feature.wait_until_over()
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert summary["outcome"] == "abandoned"
    assert feature.remote_sha() != ""


def test_going_back_after_the_push_ships_nothing_twice(feature: Project) -> None:
    """A red deploy after the push, then back to VERIFY: no second bump, commit or push."""
    feature.scripts(start="node -e 'process.exit(3)'")
    feature.commit("chore: broken start")
    feature.cli("run", "--yes", code=1)
    pushed = feature.remote_sha()
    assert pushed == feature.git("rev-parse", "HEAD")
    feature.cli("phase", "VERIFY", "--no-go")
    feature.cli("skip", "deploy", "--reason", "it cannot start")
    feature.cli("run", "--resume", "--yes")
    assert feature.remote_sha() == pushed
    assert feature.package()["version"] == "0.8.0"
    assert len(feature.archives()) == 1


def test_who_reads_through_a_pipe_gets_the_lines_while_it_runs(project: Project) -> None:
    gate = project.folder.parent / "gate"
    os.mkfifo(gate)
    build = dict(project.package()["scripts"])["build"]  # type: ignore[call-overload]
    project.scripts(build=f"echo half way && cat {gate} && {build}")
    project.commit("fix: wait for it")
    argv = project.argv("run", "--yes")
    with subprocess.Popen(argv, cwd=project.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        # The build goes on only after its line has come through.
        assert any("half way" in line and "echo" not in line for line in run.stdout)
        gate.write_text("whole way\n")
        assert any("whole way" in line for line in run.stdout)
        run.stdout.read()
    assert run.returncode == 0
