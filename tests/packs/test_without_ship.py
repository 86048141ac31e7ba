"""The core without the pack that ships: loops of commands and of people's work run (`make core` runs its tests)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.without_ship import copy_without_ship, environment

COMMANDS = """
id = "chores-loop"
autonomy = "autonomous"
[[phases]]
id = "WORK"
[[phases.skills]]
id = "tidy"
runner = "commands"
steps = [{ name = "tidy", run = ["sh", "-c", "echo tidy > tidy.txt"] }]
[[gates]]
id = "tidy-gate"
after = "WORK"
type = "auto"
checks = ["tidy"]
"""
MANUAL = 'id = "walk-loop"\n[[phases]]\nid = "OUT"\nskills = ["walk"]\n'


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_without_ship(tmp_path_factory.mktemp("core"))


def told(core: Path, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "loop_tui", *words],
        cwd=project,
        env=environment(core),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def loop(project: Path, name: str, text: str) -> None:
    (project / ".loops").mkdir(exist_ok=True)
    (project / ".loops" / f"{name}.toml").write_text(text)


def test_the_copy_is_what_runs(core: Path, tmp_path: Path) -> None:
    assert not (core / "loop_tui" / "packs" / "ship").exists()
    where = [sys.executable, "-c", "import loop_tui; print(loop_tui.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment(core), capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(core)


def test_a_loop_of_commands_runs(core: Path, tmp_path: Path) -> None:
    loop(tmp_path, "chores", COMMANDS)
    done = told(core, tmp_path, "run", "chores-loop", "--trust", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "tidy.txt").read_text() == "tidy\n"
    assert json.loads(done.stdout.splitlines()[-1])["outcome"] == "complete"


def test_a_loop_of_manual_work_runs(core: Path, tmp_path: Path) -> None:
    loop(tmp_path, "walk", MANUAL)
    waits = told(core, tmp_path, "run", "walk-loop", "--trust", "--json")
    assert waits.returncode == 3, waits.stdout + waits.stderr
    assert told(core, tmp_path, "complete", "walk", "--no-go").returncode == 0
    done = told(core, tmp_path, "run", "walk-loop", "--resume", "--json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_only_the_pack_knows_is_said_to_be_missing(core: Path, tmp_path: Path) -> None:
    for words in (("doctor", "--ship"), ("run", "--dry-run")):
        gone = told(core, tmp_path, *words)
        assert (gone.returncode, "no pack here has the command" in gone.stderr) == (2, True), gone.stderr
    assert "undo" not in told(core, tmp_path, "--help").stdout
    assert "release-planner" in told(core, tmp_path, "loops", "show", "distribution-loop").stdout
