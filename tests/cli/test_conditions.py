"""Conditional gates as a person meets them: in the definition, in a run of real files, in what the commands say."""

import gc
import json
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.fs.paths import config_dir

LOOP = """
id = "data-loop"
[[phases]]
id = "WORK"
skills = [{ id = "work", steps = [{ name = "work", run = ["sh", "-c", "mkdir -p FOLDER && echo x > FOLDER/1.sql"] }] }]
[[phases]]
id = "SHIP"
skills = ["look-at-it"]
[[gates]]
id = "data-gate"
after = "WORK"
type = "conditional"
when = ["deploy-target", "changed:migrations/**"]
"""


def said(project: Path, *argv: str, code: int = 0) -> str:
    """Give a command in this process, check its exit code, and give what it printed."""
    text = StringIO()
    with redirect_stdout(text), redirect_stderr(text):
        given = main([*argv, "--project", str(project)] if argv[:2] != ("loops", "check") else [*argv])
    gc.enable()
    assert given == code, text.getvalue()
    return text.getvalue()


def git(project: Path, *argv: str) -> None:
    subprocess.run(["git", *argv], cwd=project, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository on a branch apart from main."""
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "chore: begin")
    git(folder, "switch", "-q", "-c", "work")
    return folder


def loop_that_writes_into(folder: str) -> Path:
    path = config_dir() / "loops" / "data-loop.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LOOP.replace("FOLDER", folder))
    return path


def test_the_definition_tells_its_condition(project: Path) -> None:
    path = loop_that_writes_into("src")
    wanted = "when deploy-target or changed:migrations/**"
    assert f"data-gate [conditional] {wanted}" in said(project, "loops", "show", "data-loop")
    shown = json.loads(said(project, "loops", "show", "data-loop", "--json"))
    assert shown["gates"][0]["when"] == ["deploy-target", "changed:migrations/**"]
    assert f"data-gate {wanted}" in said(project, "loops", "check", str(path))
    assert f"conditional, waits for you {wanted}" in said(project, "run", "data-loop", "--dry-run")
    path.write_text(LOOP.replace("deploy-target", "friday"))
    told = said(project, "loops", "check", str(path), code=2)
    assert "gate 'data-gate' has a condition 'friday'" in told
    assert f": {path}:13 (" in told


def test_a_gate_that_applies_waits_and_says_why(project: Path) -> None:
    loop_that_writes_into("migrations")
    assert "data-gate waits for a person" in said(project, "run", "data-loop", code=3)
    told = said(project, "status", "--loop", "data-loop")
    assert "data-gate [conditional] pending: applies: migrations/1.sql changed since main" in told
    facts = json.loads(said(project, "status", "--loop", "data-loop", "--json"))
    assert facts["gates"][0]["applies"] == "migrations/1.sql changed since main"
    said(project, "approve", "--no-go", "--loop", "data-loop")
    assert "look-at-it" in said(project, "run", "data-loop", "--resume", "--adopt", code=3)


def test_a_gate_that_does_not_apply_is_passed_over_and_says_why(project: Path) -> None:
    loop_that_writes_into("src")
    assert "look-at-it" in said(project, "run", "data-loop", code=3)
    reason = "not applicable: there is no deploy target; nothing in migrations/ changed since main"
    assert f"data-gate [conditional] skipped: {reason}" in said(project, "status", "--loop", "data-loop")
    written = json.loads((project / "data-state.json").read_text())["gates"]["data-gate"]
    assert written["status"] == "skipped"


def test_outside_a_repository_it_is_asked_and_said_why(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    loop_that_writes_into("src")
    said(folder, "run", "data-loop", code=3)
    told = said(folder, "status", "--loop", "data-loop")
    assert "applies: it is unknown which files changed: there is no repository here" in told


def test_a_run_that_nobody_drives_is_undecided_until_a_driver_looks(project: Path) -> None:
    loop_that_writes_into("src")
    state = {"loop": "data-loop", "phase": "WORK", "phases": {"WORK": {"status": "complete"}, "SHIP": {}}, "gates": {}}
    (project / "data-state.json").write_text(json.dumps(state))
    told = said(project, "status", "--loop", "data-loop")
    wanted = "pending: not yet known whether it applies (deploy-target or changed:migrations/**)"
    assert f"data-gate [conditional] {wanted}" in told
    assert "waits for you" not in told
    assert "checks whether data-gate applies" in said(project, "run", "data-loop", "--dry-run")
    said(project, "run", "data-loop", "--resume", "--adopt", code=3)
    assert "data-gate [conditional] skipped: not applicable" in said(project, "status", "--loop", "data-loop")
