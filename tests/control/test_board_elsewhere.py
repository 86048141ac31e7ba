"""The board tells the runs of ours from those of others, and calls a person only for what is theirs to do."""

import json
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.control.board import Board
from loop_tui.control.board_row import (
    BLOCKED,
    DONE,
    ELSEWHERE,
    FAILED,
    GROUPS,
    NEEDS_YOU,
    QUIET,
    RUNNING,
    STOPPED,
    RunRow,
)
from loop_tui.engine import changes
from loop_tui.storage.state.claims import QUIET_AFTER_S
from loop_tui.storage.state.store import Store
from tests.tui.runs import asking, human_gate, new_run, red_gate
from tests.tui.scenes import blocked, running

from .elsewhere import execution_file, given_away, infra_file, owner_of
from .test_board import groups, until

LONG_AGO = 1_000_000_000.0


def the_row(folder: Path) -> RunRow:
    (row,) = Board([folder], None).look().rows
    return row


def test_a_run_that_somebody_writes_works_elsewhere_and_one_that_nobody_writes_is_quiet(tmp_path: Path) -> None:
    infra_file(tmp_path / "at-work")
    infra_file(tmp_path / "left", written=LONG_AGO)
    assert groups(Board([tmp_path], None).look()) == {"at-work": ELSEWHERE, "left": QUIET}
    row = the_row(tmp_path / "left")
    assert row.word.startswith("quiet since 2001-09-")
    assert row.headline == row.word
    assert (row.ours, row.opens) == (False, True)


def test_the_groups_stand_in_the_order_that_the_person_needs() -> None:
    assert GROUPS == (
        "needs you",
        "failed",
        "blocked",
        "running",
        "working elsewhere",
        "stopped",
        "quiet",
        "done today",
        "without a run",
    )


def test_skills_that_an_agent_works_on_elsewhere_are_no_need_and_on_our_run_they_are(tmp_path: Path) -> None:
    infra_file(tmp_path / "theirs")
    run = new_run(tmp_path / "ours", "infra-loop")
    run.tell(changes.phase_entered("INIT"))
    assert groups(Board([tmp_path], None).look()) == {"theirs": ELSEWHERE, "ours": NEEDS_YOU}
    assert the_row(tmp_path / "ours").ours


def test_a_claimed_skill_of_our_run_is_worked_on_elsewhere_by_its_claimant(tmp_path: Path) -> None:
    run = new_run(tmp_path / "ours", "infra-loop")
    run.tell(changes.phase_entered("INIT"))
    from loop_tui.model.owner import Claim

    def claimed(beat: float) -> None:
        claim = Claim(phase="INIT", skill=run.state.phases[0].skills[0].id, by="agent-7", at="", beat=beat)
        (run.store.run_dir / "claims.json").write_text(json.dumps([claim.model_dump(mode="json", exclude={"lapsed"})]))

    claimed(time.time())
    row = the_row(tmp_path)
    assert (row.group, row.by, row.ours) == (ELSEWHERE, "agent-7", True)
    claimed(LONG_AGO)
    row = the_row(tmp_path)
    assert (row.group, row.by) == (QUIET, "agent-7")


@pytest.mark.parametrize(
    "told",
    [
        {"status": "waiting_for_approval"},
        {"phases": {"INIT": {"status": "complete"}, "SCAFFOLD": {"status": "complete"}}},
        {"clarifications": {"pending": [{"id": "q1", "question": "Which database?"}]}},
    ],
)
@pytest.mark.parametrize("written", [None, LONG_AGO])
def test_a_gate_or_question_that_waits_elsewhere_needs_you(
    tmp_path: Path, told: dict[str, JsonValue], written: float | None
) -> None:
    infra_file(tmp_path, written=written, **told)
    assert the_row(tmp_path).group == NEEDS_YOU


def test_a_run_of_an_unknown_loop_that_awaits_an_approval_needs_you(tmp_path: Path) -> None:
    infra_file(tmp_path, loop="audit-loop", status="needs_approval")
    row = the_row(tmp_path)
    assert (row.group, row.headline) == (NEEDS_YOU, "SCAFFOLD waits for an approval")


def test_what_failed_and_what_is_blocked_have_groups_of_their_own_wherever_it_runs(tmp_path: Path) -> None:
    red_gate(tmp_path / "red")
    blocked(tmp_path / "stuck")
    infra_file(tmp_path / "red-there", status="failed")
    infra_file(tmp_path / "stuck-there", status="blocked")
    found = groups(Board([tmp_path], None).look())
    assert found == {"red": FAILED, "stuck": BLOCKED, "red-there": FAILED, "stuck-there": BLOCKED}


def test_a_run_that_was_ours_elsewhere_is_not_ours_here(tmp_path: Path) -> None:
    given_away(new_run(tmp_path / "clone"), LONG_AGO)
    running(tmp_path / "live")
    new_run(tmp_path / "rests")
    found = {row.project.name: (row.group, row.ours) for row in Board([tmp_path], None).look().rows}
    assert found == {"clone": (QUIET, False), "live": (RUNNING, True), "rests": (STOPPED, True)}


def test_an_approval_that_somebody_wrote_into_our_file_is_no_approval(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    document = json.loads(run.store.path.read_text())
    document["gates"]["infra-gate"] |= {"status": "approved", "approvedBy": "agent"}
    run.store.path.write_text(json.dumps(document))
    assert the_row(tmp_path).group == NEEDS_YOU


def test_our_run_goes_by_its_own_copy_of_the_definition(tmp_path: Path) -> None:
    human_gate(tmp_path)
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "infra-loop.toml").write_text('id = "infra-loop"\n[[phases]]\nid = "ONLY"\n')
    assert the_row(tmp_path).headline == "infra-gate waits for you"


async def test_a_run_falls_quiet_by_time_alone(tmp_path: Path) -> None:
    path = infra_file(tmp_path / "p")
    nearly = time.time() - QUIET_AFTER_S + 1.5
    os.utime(path, (nearly, nearly))
    seen: list[str] = []

    def now() -> None:
        seen.extend(row.group for row in board.picture().rows)

    board = Board([tmp_path], None)
    await until(board, lambda p: groups(p) == {"p": QUIET}, now)
    assert seen == [ELSEWHERE]


async def test_a_run_that_is_adopted_is_ours_at_once(tmp_path: Path) -> None:
    from loop_tui.control.adoption import adopt

    infra_file(tmp_path / "p", written=LONG_AGO)
    board = Board([tmp_path], None)
    store = Store(tmp_path / "p", "infra-loop")

    def take() -> None:
        from loop_tui.control.run_definition import definition_of

        store.definition = definition_of(tmp_path / "p", "infra-loop").definition
        adopt(store, "ada")

    found = await until(board, lambda p: all(row.ours for row in p.rows), take)
    assert groups(found) == {"p": NEEDS_YOU}, "a skill of it is to be done by hand"


async def test_a_file_that_is_written_in_two_goes_alarms_nobody(tmp_path: Path) -> None:
    path = execution_file(tmp_path / "p", phases=[{"phase": "INIT", "status": "in-progress", "skills": []}])
    whole = path.read_text()
    board = Board([tmp_path], None)
    seen: list[str] = []

    def write() -> None:
        path.write_text("")
        board._take(frozenset({path}))
        seen.extend(row.group for row in board.picture().rows)
        path.write_text(whole[:200])
        board._take(frozenset({path}))
        seen.extend(row.group for row in board.picture().rows)
        path.write_text(whole.replace("INIT", "SCAFFOLD"))

    found = await until(board, lambda p: [row.phase for row in p.rows] == ["SCAFFOLD"], write)
    assert seen == [ELSEWHERE, ELSEWHERE]
    assert not any(row.trouble for row in found.rows)


async def test_a_file_that_stays_half_is_told_though_nothing_else_happens(tmp_path: Path) -> None:
    run = new_run(tmp_path / "p")
    board = Board([tmp_path], None)
    found = await until(board, lambda p: any(row.trouble for row in p.rows), lambda: run.store.path.write_text("{"))
    assert groups(found) == {"p": NEEDS_YOU}
    assert found.rows[0].name == "widget-gauge"


def test_who_looks_once_waits_for_a_file_that_is_being_written(tmp_path: Path) -> None:
    path = infra_file(tmp_path)
    whole = path.read_text()
    path.write_text(whole[:40])
    threading.Timer(0.2, lambda: path.write_text(whole)).start()
    assert the_row(tmp_path).group == ELSEWHERE


def test_a_damaged_file_of_others_is_told_and_calls_nobody(tmp_path: Path) -> None:
    path = infra_file(tmp_path, written=LONG_AGO)
    path.write_text("{")
    os.utime(path, (LONG_AGO, LONG_AGO))
    row = the_row(tmp_path)
    assert row.group == QUIET
    assert row.trouble


def test_without_its_record_our_run_is_not_ours_any_more(tmp_path: Path) -> None:
    run = asking(tmp_path)
    assert the_row(tmp_path).ours
    owner_of(run).unlink()
    row = the_row(tmp_path)
    assert (row.ours, row.group) == (False, NEEDS_YOU)


def test_a_gate_of_the_server_waits_after_its_phase_and_not_when_it_is_disabled(tmp_path: Path) -> None:
    path = execution_file(tmp_path / "p")
    row = the_row(tmp_path)
    assert (row.group, row.headline, row.ours, row.opens) == (NEEDS_YOU, "spec-gate waits for you", False, True)
    settled: tuple[JsonValue, ...] = (
        [{"gateId": "spec-gate", "status": "pending", "enabled": False}],
        [{"gateId": "spec-gate", "status": "approved", "approvedBy": "person"}],
        [{"gateId": "architecture-gate", "status": "pending"}],
    )
    for gates in settled:
        execution_file(tmp_path / "p", gates=gates)
        assert the_row(tmp_path).group == ELSEWHERE
    execution_file(tmp_path / "p", status="failed", completedAt="2026-01-02T03:09:00Z")
    assert the_row(tmp_path).group == FAILED, "aborted"
    execution_file(
        tmp_path / "p", status="blocked", gates=[{"gateId": "spec-gate", "status": "rejected", "feedback": "no"}]
    )
    row = the_row(tmp_path)
    assert (row.group, row.headline) == (BLOCKED, "BLOCKED: spec-gate was rejected: no")
    assert path.exists()


def test_a_gate_of_the_server_that_the_run_went_past_does_not_wait(tmp_path: Path) -> None:
    phases: JsonValue = [
        {"phase": "INIT", "status": "completed", "skills": []},
        {"phase": "SCAFFOLD", "status": "in-progress", "skills": [{"skillId": "architect", "status": "pending"}]},
    ]
    execution_file(tmp_path / "p", currentPhase="SCAFFOLD", phases=phases)
    assert the_row(tmp_path).group == ELSEWHERE


def test_a_run_of_the_server_that_is_complete_is_done_today_and_then_quiet(tmp_path: Path) -> None:
    today = datetime.now(UTC).isoformat()
    execution_file(tmp_path / "p", status="completed", currentPhase="IMPLEMENT", updatedAt=today, gates=[])
    assert the_row(tmp_path).group == DONE
    execution_file(tmp_path / "p", status="completed", currentPhase="IMPLEMENT", gates=[])
    row = the_row(tmp_path)
    assert row.group == QUIET
    assert row.word.startswith("quiet since")
    assert row.headline == "done, elsewhere"


def test_a_run_whose_driver_on_another_machine_fell_silent_is_not_said_to_have_stopped(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    lease = {"pid": 7, "host": "build-1", "heartbeat": LONG_AGO, "name": "ada", "token": "t", "since": ""}
    (run.store.run_dir / "lease.json").write_text(json.dumps(lease))
    row = the_row(tmp_path)
    assert (row.group, row.ours) == (QUIET, True)
    assert row.headline.startswith("quiet since 2001-09-")
    assert row.headline.endswith("ada on build-1 may still drive it")
