"""What a real shell gets when TAB is pressed."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.tui.past import archive
from tests.tui.runs import asking, human_gate

pytestmark = pytest.mark.needs("bash")
_ASK = """
eval "$SCRIPT"
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_loop_tui_completion loop-tui
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


@cache
def script() -> str:
    """What `loop-tui --show-completion bash` prints in a bash: the same each time, so it is asked for once."""
    command = Path(sys.executable).parent / "loop-tui"
    # Typer looks which shell its parent is. A bash that only has to start a program becomes that program.
    argv = ["bash", "-c", 'text=$("$0" --show-completion bash) && echo "$text"', str(command)]
    done = subprocess.run(argv, text=True, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def offered(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words, after `loop-tui`."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "SCRIPT": script()}
    done = subprocess.run(
        ["bash", "-c", _ASK, "bash", "loop-tui", *words],
        cwd=folder,
        env=env,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_commands_and_options(tmp_path: Path) -> None:
    assert offered(tmp_path, "ap") == ["approve"]
    assert {"run", "watch", "serve"} <= set(offered(tmp_path, ""))
    assert offered(tmp_path, "run", "--dry") == ["--dry-run"]
    assert offered(tmp_path, "config", "s") == ["show", "set"]


def test_names_of_this_run(tmp_path: Path) -> None:
    human_gate(tmp_path)
    assert offered(tmp_path, "approve", "infra") == ["infra-gate"]
    assert offered(tmp_path, "phase", "SCA") == ["SCAFFOLD"]
    assert "infra-loop" in offered(tmp_path, "status", "--loop", "")
    skills = offered(tmp_path, "skip", "")
    assert skills
    assert offered(tmp_path, "skip", skills[0][:3]) != []


def test_an_open_question(tmp_path: Path) -> None:
    asking(tmp_path)
    (question,) = offered(tmp_path, "answer", "")
    assert offered(tmp_path, "answer", question[:2]) == [question]


def test_themes_settings_keys_and_runs(tmp_path: Path) -> None:
    archive(tmp_path / "old")
    assert "colour-blind" in offered(tmp_path, "--theme", "")
    assert offered(tmp_path, "config", "set", "the") == ["theme"]
    assert offered(tmp_path, "config", "set", "keys.dialog-cl") == ["keys.dialog-close"]
    assert len(offered(tmp_path, "compare", "")) == 1


@pytest.mark.parametrize("text", [None, "garbage", '{"loop": 7}'])
def test_where_nothing_is_known_nothing_is_offered_and_nothing_said(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "distribution-state.json").write_text(text)
    assert offered(tmp_path, "approve", "") == []
    assert offered(tmp_path / ".", "skip", "x") == []


def test_a_name_with_a_shells_own_characters_is_not_offered(tmp_path: Path) -> None:
    path = asking(tmp_path).store.path
    (question,) = offered(tmp_path, "answer", "")
    path.write_text(path.read_text().replace(f'"{question}"', '"in$(touch pwned)"'))
    assert offered(tmp_path, "answer", "") == []
    assert not (tmp_path / "pwned").exists()
