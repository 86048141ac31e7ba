"""What the plain status says of a run."""

from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.engine import changes
from tests.tui.runs import Run, human_gate

FEEDBACK = "name the\x1b[31m region\n\nand the owner, token hunter2hunter2"


def status(run: Run, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(("status", "--project", str(run.project))) == 0
    return capsys.readouterr().out


def asked_for_changes(run: Run) -> None:
    run.tell(changes.gate_rejected("infra-gate", "ada", FEEDBACK))


def passed_again(run: Run) -> None:
    asked_for_changes(run)
    for skill in run.definition.phase("SCAFFOLD").skills:  # type: ignore[union-attr]
        run.tell(changes.skill_completed("SCAFFOLD", skill.id, by="agent"))
    run.tell(changes.phase_completed("SCAFFOLD"), changes.gate_approved("infra-gate", "ada"))


@pytest.mark.parametrize("what", [asked_for_changes, passed_again])
def test_status_shows_the_feedback_of_changes_whatever_the_gate_says_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: object
) -> None:
    monkeypatch.setenv("LOOP_TOKEN", "hunter2hunter2")
    run = human_gate(tmp_path)
    what(run)  # type: ignore[operator]
    said = status(run, capsys)
    assert "    feedback: name the region\n" in said
    assert "      and the owner, token [masked]\n" in said


def test_status_says_nothing_of_feedback_that_there_is_none_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "feedback" not in status(human_gate(tmp_path), capsys)
