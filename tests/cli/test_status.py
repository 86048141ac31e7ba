"""What the plain status says of a run."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.__main__ import main
from loop_tui.cli.run_page import summary_of
from loop_tui.engine import changes
from loop_tui.fs.homes import claude_home
from loop_tui.model.evidence import Question
from loop_tui.model.state import RunState
from loop_tui.runners.pack_api import Pack
from loop_tui.runners.packs import Packs
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.state.leases import acquire
from tests.tui.runs import Run, human_gate, new_run

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


def test_a_run_that_nobody_works_on_is_not_called_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"))
    assert ": stopped, INIT, " in status(run, capsys)
    run.tell(changes.asked(Question(id="bump", skill="release-planner", text="Which version?")))
    assert ": waiting, INIT, " in status(run, capsys)
    held = acquire(run.store.run_dir, "driver")
    assert ": running, INIT, " in status(run, capsys)
    held.release()  # type: ignore[union-attr]


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


RELEASE: dict[str, JsonValue] = {"from": "0.7.0", "to": "0.8.0", "commit": "a" * 40, "tag": ""}
TARGETS: list[JsonValue] = [{"id": "ci", "title": "", "level": "confirmed", "proof": "run 7"}]


def archived(**told: JsonValue) -> Path:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    body = build_body(RunState(run="r", loop="x-loop"), {}, archived_at=moment, told=told)
    path = archive_path(claude_home(), "widget", "x-loop", moment)
    write_archive(path, body, {})
    return path


@pytest.mark.parametrize("said", [{"release": RELEASE, "targets": TARGETS}, {}])
def test_what_packs_told_of_a_run_stands_beside_our_own_facts(
    said: dict[str, JsonValue], capsys: pytest.CaptureFixture[str]
) -> None:
    path = archived(**said, foreign=1)
    assert main(("runs", "--json")) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["run"], found["release"], found["targets"]) == (
        "r",
        said.get("release", {}),
        said.get("targets", []),
    )
    assert {"told", "foreign", "state"}.isdisjoint(found)
    told = "\n\nRelease\n  0.7.0 -> 0.8.0, aaaaaaa\n\nTargets\n  ci: confirmed, run 7\n\nDeliverables\n"
    assert (told in summary_of(path)) is bool(said)
    assert ("Release" in summary_of(path)) is bool(said)


def test_a_pack_that_cannot_read_what_it_told_keeps_nobody_from_the_rest() -> None:
    broken = Pack(id="broken", read_summary="loop_tui.runners.pack_api:load")
    ship = Pack(id="ship", read_summary="loop_tui.packs.ship.release_summary:read_summary")
    assert Packs((broken, ship)).read_summary({"release": RELEASE}).facts["release"] == RELEASE
