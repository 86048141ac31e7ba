"""`loop-tui status` on a run of the orchestrator server."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from pydantic import JsonValue

from loop_tui.__main__ import main
from tests.control.elsewhere import execution_file


def told(*argv: str) -> tuple[int, str]:
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = main(list(argv))
    return code, out.getvalue()


def test_status_says_which_gate_waits_and_where_it_is_answered(tmp_path: Path) -> None:
    execution_file(tmp_path)
    code, text = told("status", "--project", str(tmp_path))
    assert code == 0
    assert "a run of the orchestrator server: working elsewhere" in text
    assert "waiting for you: spec-gate waits for you" in text
    assert "approve_gate" in text
    assert "PUT /api/executions/e-1/gates/spec-gate/approve" in text


def test_status_as_json_names_the_gate_that_waits(tmp_path: Path) -> None:
    execution_file(tmp_path)
    code, text = told("status", "--project", str(tmp_path), "--json")
    found = json.loads(text)
    assert code == 0
    assert (found["run"], found["waits"], found["ours"], found["phase"]) == ("e-1", "spec-gate", False, "INIT")
    assert any("approve_gate" in line for line in found["answer"])


def test_a_disabled_gate_is_told_and_does_not_wait(tmp_path: Path) -> None:
    gate: JsonValue = {"gateId": "spec-gate", "status": "rejected", "feedback": "say more", "enabled": False}
    execution_file(tmp_path, gates=[gate])
    _, text = told("status", "--project", str(tmp_path))
    assert "spec-gate skipped: disabled on the server" in text
    assert "feedback: say more" in text
    assert "waits for you" not in text


def test_an_aborted_run_is_told_as_failed(tmp_path: Path) -> None:
    execution_file(tmp_path, status="failed", completedAt="2026-01-02T03:09:00Z")
    _, text = told("status", "--project", str(tmp_path))
    assert "failed, INIT" in text
    assert "INIT FAILED, elsewhere" in text


def test_a_run_of_a_loop_that_nobody_knows_here_is_told_all_the_same(tmp_path: Path) -> None:
    execution_file(tmp_path, loopId="audit-loop")
    code, text = told("status", "--project", str(tmp_path))
    assert code == 0
    assert "audit-loop" in text


def test_an_answer_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = execution_file(tmp_path / "e")
    before = path.read_bytes()
    code, text = told("approve", "--project", str(path.parent), "--no-go")
    assert code != 0
    assert "orchestrator server" in text
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
