"""Many terminals on one run: one driver, everybody sees it, nobody's word is lost (SPEC sections 3 and 5)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.projects import Project, shipped, wait_for

pytestmark = pytest.mark.usefixtures("quick_npm")

_HAND_EDIT = """
import json, os, pathlib, sys
from filelock import FileLock
state, key = pathlib.Path(sys.argv[1]), sys.argv[2]
with FileLock(sys.argv[3]):
    document = json.loads(state.read_text())
    document.setdefault("notes", {})[key] = "by hand"
    temporary = state.with_name(f".{key}.tmp")
    temporary.write_text(json.dumps(document, indent=2) + "\\n")
    os.replace(temporary, state)
"""


def test_many_terminals_start_one_driver_and_any_of_them_answers(feature: Project) -> None:
    """Four say go at once; the session of one is hung up; the answers come from elsewhere and start the next driver."""
    terminal = subprocess.Popen(
        feature.argv("go"),
        cwd=feature.folder,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: feature.cli("go", code=None), range(3)))
    terminal.wait()
    wait_for(lambda: (feature.run_dir / "lease.json").exists() or feature.state_file.exists(), "the driver started")
    with contextlib.suppress(ProcessLookupError):
        os.killpg(terminal.pid, signal.SIGHUP)
    asked(feature, 1)
    started = [e for e in feature.journal() if e["action"] == "started" and e["category"] == "skill"]
    assert len(started) == 1
    (question,) = json.loads(feature.here("status", "--json"))["questions"]
    assert "0.7.0 -> 0.8.0" in question["text"]
    feature.here("answer", question["id"], "y")
    asked(feature, 2)
    feature.here("answer", "-", "")
    feature.wait_until_over()
    shipped(feature)


def asked(project: Project, times: int) -> None:
    """Wait until that many questions were asked."""
    wait_for(lambda: [e["action"] for e in project.journal()].count("asked") == times, f"{times} questions")


def test_everybody_sees_who_drives_and_how_it_ended(feature: Project) -> None:
    """A driver is seen from elsewhere and not doubled; interrupted it ends its programs, killed it keeps the run."""
    feature.scripts(test='node -e "setInterval(() => {}, 1000)"')
    feature.commit("test: never ends")
    driver = feature.start("run", "--yes")
    wait_for(lambda: _is_running(feature, "code-verification"), "the checks run")
    lease = feature.status()["driver"]
    assert isinstance(lease, dict)
    assert lease["pid"] == driver.pid
    assert f"({driver.pid})" in feature.cli("status")
    feature.cli("go")
    assert "driven by" in feature.cli("undo", code=2)
    assert feature.package()["version"] == "0.8.0"
    assert driver.poll() is None
    driver.send_signal(signal.SIGINT)
    assert driver.wait() == 130
    assert feature.status()["driver"] is None
    before = len(feature.journal())
    driver = feature.start("run", "--resume", "--yes")
    wait_for(lambda: _is_running(feature, "code-verification", before), "the checks run again")
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    assert feature.status()["driver"] is None
    feature.scripts(test="node check.js")
    feature.cli("run", "--resume", "--yes")
    assert feature.remote_sha() == feature.git("rev-parse", "HEAD")
    assert len(feature.archives()) == 1


def _is_running(project: Project, skill: str, since: int = 0) -> bool:
    return any((e["action"], e["subject"]) == ("started", skill) for e in project.journal()[since:])


def test_a_pause_from_elsewhere_stops_after_the_skill_and_a_skip_stops_the_skill(feature: Project) -> None:
    held = "const fs = require('fs');\nsetInterval(() => { if (fs.existsSync('dist/go')) process.exit(0); }, 5);\n"
    feature.commit("chore: checks that wait", check__js=held)
    hook = feature.folder / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\ntouch '{feature.folder.parent}/pushing'\nexec sleep 600\n")
    hook.chmod(0o755)
    driver = feature.start("run", "--yes")
    wait_for(lambda: _is_running(feature, "code-verification"), "the checks run")
    feature.cli("pause")
    (feature.folder / "dist").mkdir(exist_ok=True)
    (feature.folder / "dist" / "go").touch()
    assert driver.wait() == 3
    assert feature.status()["status"] == "paused"
    assert not _is_running(feature, "git-workflow")
    driver = feature.start("run", "--resume", "--yes")
    wait_for(lambda: (feature.folder.parent / "pushing").exists(), "the push waits for its hook")
    before = feature.remote_sha()
    feature.cli("skip", "git-workflow", "--reason", "its hook never ends")
    assert driver.wait() == 1
    assert ("skipped", "git-workflow") in {(event["action"], event["subject"]) for event in feature.journal()}
    assert feature.remote_sha() == before


@pytest.mark.parametrize("writers", [20, pytest.param(100, marks=pytest.mark.long)])
def test_many_writers_lose_nothing(feature: Project, writers: int) -> None:
    feature.cli("run", code=3)
    lock = feature.run_dir / "state.lock"
    skills = ("code-verification", "git-workflow", "deploy", "distribute", "retrospective")

    def write(number: int) -> None:
        match number % 4:
            case 0:
                skill = skills[number // 4 % len(skills)]
                feature.cli("skip", skill, "--reason", f"reason {number}", "--no-go", code=None)
            case 1:
                feature.cli("pause", code=None)
            case 2:
                feature.cli("resume", "--no-go", code=None)
            case _:
                subprocess.run(
                    [sys.executable, "-c", _HAND_EDIT, str(feature.state_file), f"n{number}", str(lock)], check=True
                )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(writers)))
    document = json.loads(feature.state_file.read_text())
    assert set(document["notes"]) == {f"n{number}" for number in range(3, writers, 4)}
    skipped = {entry["skill"] for phase in document["skillExecution"].values() for entry in phase.get("skipped", [])}
    assert skipped == set(skills)
    said = [(e["action"], e["subject"]) for e in feature.journal()]
    assert sum(1 for action, _ in said if action == "skipped") == len(skills)
    pauses = sum(1 for action, _ in said if action == "paused")
    resumes = sum(1 for action, _ in said if action == "resumed")
    assert pauses - resumes == (1 if document["status"] == "paused" else 0)
