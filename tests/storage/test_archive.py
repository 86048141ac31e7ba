"""Archiving a run: names, body, folder, masking, and doing it exactly once."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.model.evidence import Check, Deliverable, Effect
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunOutcome
from loop_tui.model.state import GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import CheckStatus, GateStatus, PhaseStatus, RunStatus, SkillStatus
from loop_tui.storage.archive.writer import (
    MARKER,
    archive_path,
    build_body,
    folder_of,
    outcome_of,
    safe_name,
    verify_archive,
    write_archive,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TOKEN = "ghp_" + "a" * 36


def run_state(**more: object) -> RunState:
    check = Check(name="build", status=CheckStatus.PASSED, command="npm run build", exit_code=0, duration_ms=900)
    values: dict[str, object] = {
        "run": "run-1",
        "loop": "distribution-loop",
        "version": "2.0.0",
        "system": "widget",
        "phase": "SHIP",
        "status": RunStatus.COMPLETE,
        "phases": (
            PhaseState(
                id="VERIFY",
                status=PhaseStatus.COMPLETE,
                skills=(SkillState(id="code-verification", status=SkillStatus.COMPLETE),),
            ),
            PhaseState(
                id="SHIP",
                status=PhaseStatus.COMPLETE,
                skills=(SkillState(id="deploy", status=SkillStatus.SKIPPED, reason="no server", at="t"),),
            ),
        ),
        "gates": (
            GateState(id="readiness-gate", status=GateStatus.APPROVED, by="auto", at="t", checks=(check,)),
            GateState(id="other-gate", status=GateStatus.SKIPPED),
            GateState(id="third-gate", status=GateStatus.REJECTED, by="ada", feedback="no"),
        ),
        "deliverables": (Deliverable(name="report.md"), Deliverable(name="report.md")),
        "skill_log": (
            SkillRun(skill="code-verification", status=SkillStatus.FAILED, duration_ms=5),
            SkillRun(skill="code-verification", duration_ms=1200, deliverables=("report.md", "more.md")),
        ),
        "effects": (Effect(id="push", kind="push", proof={"sha": "abc"}), Effect(id="tag", kind="tag")),
        "started_at": "2026-03-04T05:00:07Z",
    }
    return RunState.model_validate(values | more)


def body_of(state: RunState | None = None, document: JsonValue = None) -> dict[str, JsonValue]:
    return build_body(state or run_state(), document or {"loop": "distribution-loop"}, archived_at=NOW)


def summary_of(state: RunState) -> dict[str, JsonValue]:
    summary = body_of(state)["summary"]
    assert isinstance(summary, dict)
    return summary


def test_the_name_is_utc_and_in_its_month(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "widget", "distribution-loop", NOW)
    assert path == tmp_path / "runs" / "2026-03" / "widget-distribution-loop-04T05-06-07.json"
    west = datetime(2026, 3, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert archive_path(tmp_path, "w", "infrastructure-loop", west).parts[-2:] == (
        "2026-04",
        "w-infra-loop-01T04-30-00.json",
    )


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    first = archive_path(tmp_path, "w", "a-loop", NOW)
    first.parent.mkdir(parents=True)
    first.write_text("{}")
    second = archive_path(tmp_path, "w", "a-loop", NOW)
    assert second.stem == first.stem + "-2"
    folder_of(second).mkdir()
    third = archive_path(tmp_path, "w", "a-loop", NOW)
    assert third.stem == first.stem + "-3"
    third.symlink_to(tmp_path / "nowhere")
    assert archive_path(tmp_path, "w", "a-loop", NOW).stem == first.stem + "-4"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("widget", "widget"),
        ("@acme/widget kit", "acme-widget-kit"),
        ("../../etc", "etc"),
        ("", "project"),
        ("\x1b[31m", "project"),
        (".hidden", "hidden"),
        ("Küche", "Küche"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_fits_a_file_name() -> None:
    assert len(safe_name("ü" * 500).encode()) <= 80


def test_the_summary_is_nested_and_has_the_evidence() -> None:
    body = body_of()
    assert body["meta"] == {"archived_at": "2026-03-04T05:06:07.000Z", "archive_version": "1.0.0", "run": "run-1"}
    summary = summary_of(run_state())
    assert summary["loop"] == "distribution-loop"
    assert summary["module"] is None
    assert summary["completed_at"] == "2026-03-04T05:06:07.000Z"
    assert (summary["duration_minutes"], summary["duration_ms"]) == (6, 360_000)
    assert summary["outcome"] == "success"
    assert summary["phases"] == {"completed": ["VERIFY", "SHIP"], "skipped": []}
    assert summary["gates"] == {"passed": ["readiness-gate"], "failed": ["third-gate"], "skipped": ["other-gate"]}
    assert summary["deliverables"] == ["report.md", "more.md"]
    assert summary["checklist"] == {"items_completed": 0, "items_total": 0, "items": []}
    assert summary["durations"] == {"code-verification": 1200}
    assert summary["skipped_skills"] == [{"skill": "deploy", "phase": "SHIP", "reason": "no server", "at": "t"}]
    evidence, effects = summary["evidence"], summary["effects"]
    assert isinstance(evidence, dict)
    assert isinstance(effects, list)
    assert list(evidence) == ["readiness-gate"]
    assert [e["id"] for e in effects if isinstance(e, dict)] == ["push"]


def test_a_placeholder_start_falls_back_to_the_first_time_known() -> None:
    log = (SkillRun(skill="x", started_at="2026-03-04T05:05:37Z"),)
    summary = summary_of(run_state(started_at="ISO-timestamp", skill_log=log))
    assert (summary["started_at"], summary["duration_minutes"]) == ("2026-03-04T05:05:37Z", 0.5)
    summary = summary_of(run_state(started_at="ISO-timestamp", skill_log=()))
    assert (summary["started_at"], summary["duration_minutes"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, RunOutcome.SUCCESS),
        ({"aborted": "enough"}, RunOutcome.ABANDONED),
        ({"aborted": ""}, RunOutcome.ABANDONED),
        ({"status": RunStatus.BLOCKED}, RunOutcome.FAILED),
        ({"phases": (PhaseState(id="P", status=PhaseStatus.SKIPPED),)}, RunOutcome.PARTIAL),
        ({"phases": ()}, RunOutcome.PARTIAL),
    ],
)
def test_outcomes(changes: dict[str, object], outcome: RunOutcome) -> None:
    assert outcome_of(run_state(**changes)) is outcome


def test_written_and_read_back(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "widget", "distribution-loop", NOW)
    source = tmp_path / "output.log"
    source.write_bytes(b"one\ntwo \xff\xfe\n" * 200_000)
    tarball = b"\x1f\x8b\0\0" + TOKEN.encode()
    files: dict[str, Path | bytes] = {"state.json": b'{"n": 1.50}\n', "output.log": source, "sub/x.tgz": tarball}
    document: JsonValue = {"loop": "distribution-loop", "n": 12345678901234567890, "name": "Kü\ud800che"}
    proof = write_archive(path, body_of(document=document), files)
    assert verify_archive(path, "run-1") == proof
    assert verify_archive(path, "run-1", str(proof["sha256"])) == proof
    assert json.loads(path.read_bytes())["state"] == document
    folder = folder_of(path)
    assert (folder / "state.json").read_bytes() == b'{"n": 1.50}\n'
    assert (folder / "output.log").read_bytes() == source.read_bytes()
    assert (folder / "sub" / "x.tgz").read_bytes() == tarball
    assert sorted(p.name for p in folder.iterdir()) == ["output.log", "state.json", "sub"]
    assert sorted(p.name for p in path.parent.iterdir()) == [folder.name, path.name]


def test_secrets_are_masked_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = 'p"ss-wörd\\x'
    monkeypatch.setenv("DEPLOY_PASSWORD", secret)
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    log = tmp_path / "log"
    log.write_text("x" * ((1 << 20) - 20) + f" token {TOKEN} and {secret}\n")
    escaped = json.dumps({"a": secret, "b": TOKEN}).encode()
    write_archive(path, body_of(document={"a": [secret], TOKEN: TOKEN}), {"log": log, "state.json": escaped})
    written = [path.read_text(), (folder_of(path) / "log").read_text(), (folder_of(path) / "state.json").read_text()]
    for text in written:
        assert "[masked]" in text
        for hidden in (TOKEN, secret, json.dumps(secret)[1:-1]):
            assert hidden not in text
    assert json.loads(written[2]) == {"a": "[masked]", "b": "[masked]"}


def test_writing_again_completes_an_interrupted_attempt(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    missing = tmp_path / "missing"
    files: dict[str, Path | bytes] = {"a.md": b"A", "b.md": missing}
    with pytest.raises(Problem):
        write_archive(path, body_of(), files)
    assert not path.exists()
    assert (folder_of(path) / MARKER).exists()
    missing.write_text("B")
    first = write_archive(path, body_of(), files)
    assert write_archive(path, body_of(), files) == first
    assert verify_archive(path, "run-1") == first


def test_a_folder_that_another_run_is_writing_is_refused(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    with pytest.raises(Problem):
        write_archive(path, body_of(), {"a.md": tmp_path / "missing"})
    with pytest.raises(Problem, match="another run"):
        write_archive(path, body_of(run_state(run="run-2")), {"a.md": b"B"})
    assert [p.name for p in folder_of(path).iterdir()] == [MARKER]


def test_an_empty_folder_left_by_a_crash_is_taken_over(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    folder_of(path).mkdir(parents=True)
    assert write_archive(path, body_of(), {})["files"] == 0


def test_somebody_elses_place_is_refused(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    write_archive(path, body_of(), {"a.md": b"A"})
    before = path.read_bytes()
    with pytest.raises(Problem, match="another run"):
        write_archive(path, body_of(run_state(run="run-2")), {"a.md": b"B"})
    assert path.read_bytes() == before
    assert (folder_of(path) / "a.md").read_bytes() == b"A"
    other = path.with_name("x.json")
    folder_of(other).mkdir()
    (folder_of(other) / "notes.md").write_text("mine")
    with pytest.raises(Problem, match="another run"):
        write_archive(other, body_of(), {})


@pytest.mark.parametrize("name", ["../out.md", "/etc/x", "", MARKER])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem):
        write_archive(archive_path(tmp_path, "w", "a-loop", NOW), body_of(), {name: b""})
    assert not (tmp_path / "runs").exists()


def test_a_state_too_deep_is_a_problem(tmp_path: Path) -> None:
    deep: JsonValue = []
    for _ in range(5000):
        deep = [deep]
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    with pytest.raises(Problem, match="nested"):
        write_archive(path, body_of(document=deep), {})
    assert not path.exists()


def test_verifying_finds_what_is_wrong(tmp_path: Path) -> None:
    path = archive_path(tmp_path, "w", "a-loop", NOW)
    with pytest.raises(Problem, match="cannot be read"):
        verify_archive(path, "run-1")
    write_archive(path, body_of(), {"a.md": b"A"})
    with pytest.raises(Problem, match="a run other than"):
        verify_archive(path, "run-2")
    with pytest.raises(Problem, match="differs from what was written"):
        verify_archive(path, "run-1", "0" * 64)
    (folder_of(path) / "a.md").write_text("changed")
    with pytest.raises(Problem, match="is missing or changed"):
        verify_archive(path, "run-1")
    (folder_of(path) / "a.md").unlink()
    with pytest.raises(Problem, match="is missing or changed"):
        verify_archive(path, "run-1")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Problem, match="damaged"):
        verify_archive(path, "run-1")


def test_a_claim_that_was_cut_off_is_taken_up(tmp_path: Path) -> None:
    """Killed while the marker was being written: its temporary file is nobody's run."""
    path = tmp_path / "s.json"
    folder = folder_of(path)
    folder.mkdir()
    (folder / "..run.0a1b2c3d.tmp").write_text("")
    write_archive(path, body_of(), {})
    assert verify_archive(path, run_state().run)
    assert not list(folder.glob("*.tmp"))
