"""A real npm project ships from one command, and only what was proven is ticked."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.foreign import HOSTILE, harmless
from tests.projects import Project, events, shipped, wait_for


def test_a_whole_run_headless(feature: Project) -> None:
    """Shipped once, proven and archived; who reads it through a pipe gets each line while it runs."""
    gate = feature.folder.parent / "gate"
    os.mkfifo(gate)
    build = dict(feature.package()["scripts"])["build"]  # type: ignore[call-overload]
    feature.scripts(build=f"echo half way && cat {gate} && {build}")
    feature.commit("fix: wait for it")
    argv = feature.argv("run", "--yes")
    with subprocess.Popen(argv, cwd=feature.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        # The build goes on only after its line has come through.
        assert any("half way" in line and "echo" not in line for line in run.stdout)
        gate.write_text("whole way\n")
        assert any("whole way" in line for line in run.stdout)
        said = run.stdout.read()
    assert run.returncode == 0
    shipped(feature)
    text = feature.archives()[0].read_text()
    assert text.count("not configured") >= 4, "nothing of GitHub is asked where there is none"
    body = json.loads(text)
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
    listed = [json.loads(line) for line in feature.here("runs", "--json").splitlines()]
    assert [run["outcome"] for run in listed] == ["success"]
    after = feature.here("status")
    assert f"{body['summary']['system']} {body['summary']['release']['to']} was shipped" in after
    assert "no run of distribution-loop here; `loop-tui go` starts one" in after
    told = json.loads(feature.here("status", "--json"))
    assert (told["status"], told["last"]["version"]) == ("none", body["summary"]["release"]["to"])


@pytest.mark.parametrize("branch", ["feature/password=hunter22x9", "fix/desk-reservation-system-upgrade-2"])
def test_a_branch_whose_name_looks_like_a_secret_is_asked_for_by_its_name(feature: Project, branch: str) -> None:
    feature.git("switch", "-q", "-c", branch)
    feature.git("push", "-q", "-u", "origin", branch)
    said = feature.cli("run", "--yes")
    assert "Archived to" in said
    head = feature.git("rev-parse", "HEAD")
    assert feature.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0] == head
    assert "hunter22x9" not in said, "what is shown is masked all the same"
    assert "hunter22x9" not in feature.archives()[0].read_text()


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_programs_print_reaches_people_and_files_without_harm(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours stay in the log; what is secret, and what steers a terminal, gets nowhere."""
    secret = "s3cr3t-value-that-nobody-may-see"
    token = "ghp_" + "a1B2" * 9
    monkeypatch.setenv("WIDGET_TOKEN", secret)
    build = project.package()["scripts"]["build"]  # type: ignore[index]
    project.scripts(lint="node say.js lint", build=f"node say.js build && {build}", test="node say.js test")
    say = (
        "const e = process.env; console.log(`\\x1b[32m${process.argv[2]}\\x1b[0m: ${e.FORCE_COLOR} ${e.NO_COLOR}`);\n"
        f"console.log(e.WIDGET_TOKEN, '{token}');\n"
        f"const hostile = {json.dumps(HOSTILE)};\n"
        "if (process.argv[2] === 'test') { console.log(hostile); console.error(hostile); }\n"
    )
    project.commit(f"feat: {HOSTILE}", say__js=say)
    said = project.cli("run", "--yes")
    assert "[/red]" in said
    assert harmless(said)
    assert "build: 1 undefined" in said
    assert "test: undefined 1" in said
    folder = project.archives()[0].with_suffix("")
    printed = (folder / "output.log").read_text()
    assert "\x1b[32mlint\x1b[0m: 1 undefined\n" in printed
    assert "\x1b[32mtest\x1b[0m: undefined 1\n" in printed
    assert harmless(re.sub("\x1b\\[[0-9;]*m", "", printed))
    assert "\x1b" not in project.archives()[0].read_text()
    for path in folder.rglob("*.md"):
        assert harmless(path.read_text()), path
    assert secret not in said
    assert token not in said
    for path in project.world.claude.rglob("*"):
        if path.is_file() and path.suffix != ".tgz":
            text = path.read_text("utf-8", "replace")
            assert secret not in text, path
            assert token not in text, path


def test_the_question_waits_and_names_the_flag_that_answers_it(feature: Project) -> None:
    """Each answer is given to a driver of its own, as from the screen: what is asked has to stay the same."""
    (feature.folder / "NOTES.md").write_text("not part of it\n")
    said = feature.cli("run", code=3)
    assert "Bump version 0.7.0 -> 0.8.0? [Y/n/version]" in said
    assert "--answer version-" in said
    assert feature.package()["version"] == "0.7.0"
    assert "--resume" in feature.here("run", code=3)
    feature.here("answer", "-", "0.9.0", "--no-go")
    said = feature.here("run", "--resume", code=3)
    assert "1 untracked" in said
    assert feature.package()["version"] == "0.9.0"
    feature.here("run", "--resume", "--answer", "untracked=n", code=1)
    said = feature.here("run", "--resume", code=3)
    assert "1 untracked" in said, "what was refused is asked anew"
    feature.here("answer", "-", "y", "--no-go")
    said = feature.here("run", "--resume", "--answer", "commit-message=feat: ship it")
    assert "Archived to" in said
    assert feature.git("log", "-1", "--format=%s") == "feat: ship it"
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")
    assert (feature.folder / "NOTES.md").exists()
    assert "interrupted" not in feature.archives()[0].read_text()


def test_docs_alone_offer_no_bump_and_still_ship(project: Project) -> None:
    project.scripts(lint=None)
    sha = project.commit("docs: words", README__md="words\n")
    said = project.cli("run", "--yes")
    assert "Bump" not in said
    assert project.package()["version"] == "0.7.0"
    assert project.remote_sha() == sha
    assert len(project.archives()) == 1
    assert "lint: skipped skipped (no script)" in said or "lint: skipped (no script)" in said
    body = json.loads(project.archives()[0].read_text())
    lint = next(c for c in body["summary"]["evidence"]["readiness-gate"] if c["name"] == "lint")
    assert lint["status"] == "skipped"


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


def test_going_back_after_the_push_ships_nothing_twice(feature: Project) -> None:
    """A red deploy after the push, then back to VERIFY: no second bump, commit or push; undo names what was shipped."""
    hook = feature.folder / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho '// later' >> server.js\n")
    hook.chmod(0o755)
    assert "the working tree is not what was pushed" in feature.here("run", "--yes", code=1)
    feature.git("checkout", "--", "server.js")
    pushed = feature.remote_sha()
    assert pushed == feature.git("rev-parse", "HEAD")
    before = feature.state_file.read_bytes()
    said = feature.here("undo", code=2)
    assert f"{pushed[:7]} was pushed to origin/main" in said
    assert "git revert" in said
    assert "0.8.1" in said
    assert feature.state_file.read_bytes() == before
    feature.here("phase", "VERIFY", "--no-go")
    assert "reason" in feature.here("skip", "deploy", code=2)
    feature.here("skip", "deploy", "--reason", "it is not wanted", "--no-go")
    assert "it is not wanted" in feature.here("status")
    feature.here("run", "--resume", "--yes")
    assert feature.remote_sha() == pushed == feature.git("rev-parse", "HEAD")
    assert feature.package()["version"] == "0.8.0"
    assert len(feature.archives()) == 1
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert [(s["skill"], s["reason"]) for s in summary["skipped_skills"]] == [("deploy", "it is not wanted")]
    assert "skill/skipped deploy" in events(feature, "skill/skipped")
    said = feature.here("undo", code=2)
    assert feature.git("rev-parse", "--short=7", "HEAD") in said
    assert "git revert" in said
