"""What other programs write in words of their own: what waits for an approval, and which skills they say are done."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.engine.elsewhere import asks
from loop_tui.engine.progress import waiting_gate
from loop_tui.fs.jsonedit.document import parse
from loop_tui.model.state import RunState
from loop_tui.model.status import (
    GateStatus,
    PhaseStatus,
    RunStatus,
    SkillStatus,
    awaits_approval,
    read_skill_status,
)
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.dialects import load, save

LOOP = find(Path("/"), "infra-loop").definition
WAITING = ["waiting_for_approval", "waiting-for-approval", "Awaiting Approval", "needs_approval", "pending_approval"]


def infra(**changes: JsonValue) -> dict[str, JsonValue]:
    """A file of another program, in the SCAFFOLD phase, after which the infra gate stands."""
    document: dict[str, JsonValue] = {
        "loop": "infra-loop",
        "phase": "SCAFFOLD",
        "status": "active",
        "phases": {"INIT": {"status": "complete"}, "SCAFFOLD": {"status": "active"}},
        "gates": {"infra-gate": {"status": "pending"}},
    }
    return document | changes


def read(document: dict[str, JsonValue]) -> RunState:
    return load(parse(json.dumps(document)), LOOP)


@pytest.mark.parametrize("word", WAITING)
def test_a_run_that_awaits_an_approval_is_active_and_the_gate_of_its_phase_waits(word: str) -> None:
    state = read(infra(status=word))
    assert (state.status, state.awaited) == (RunStatus.ACTIVE, True)
    gate = waiting_gate(state, LOOP)
    assert gate is not None
    assert gate.id == "infra-gate"
    assert asks(state, gate)


@pytest.mark.parametrize("word", WAITING)
def test_a_phase_that_awaits_an_approval_has_done_its_work(word: str) -> None:
    state = read(infra(phases={"INIT": {"status": "complete"}, "SCAFFOLD": {"status": word}}))
    phase = state.phase_state("SCAFFOLD")
    assert phase is not None
    assert phase.status is PhaseStatus.COMPLETE
    assert state.awaited


def test_a_gate_that_awaits_an_approval_waits_though_its_phase_is_called_active() -> None:
    state = read(infra(gates={"infra-gate": {"status": "awaiting_approval"}}))
    gate = state.gate("infra-gate")
    assert gate is not None
    assert gate.status is GateStatus.PENDING
    waiting = waiting_gate(state, LOOP)
    assert waiting is not None
    assert waiting.id == "infra-gate"


def test_a_gate_ahead_that_awaits_an_approval_ends_no_phase_before_it() -> None:
    state = read(infra(gates={"deploy-gate": {"status": "waiting_for_approval"}}))
    assert waiting_gate(state, LOOP) is None


def test_a_run_that_awaits_an_approval_and_names_no_phase_has_done_the_active_one() -> None:
    document = infra(status="waiting_for_approval")
    del document["phase"]
    gate = waiting_gate(read(document), LOOP)
    assert gate is not None
    assert gate.id == "infra-gate"


@pytest.mark.parametrize("word", ["waiting", "pending", "active", "approval", "", "blocked"])
def test_other_words_await_nothing(word: str) -> None:
    assert not awaits_approval(word)
    assert not read(infra(status="active", gates={"infra-gate": {"status": word}})).awaited


def test_a_skill_is_not_done_by_waiting() -> None:
    assert read_skill_status("waiting_for_approval") is not SkillStatus.COMPLETE


@pytest.mark.parametrize("key", ["completed_skills", "completedSkills"])
def test_the_skills_that_a_phase_lists_as_completed_are_done(key: str) -> None:
    skills = [skill.id for skill in LOOP.phases[0].skills]
    phases: JsonValue = {"INIT": {"status": "active", key: [skills[0], {"id": "of-theirs"}, 7]}}
    phase = read(infra(phase="INIT", phases=phases)).phase_state("INIT")
    assert phase is not None
    assert {s.id for s in phase.skills if s.settled} == {skills[0], "of-theirs"}


def test_completed_skills_that_are_no_list_harm_nothing() -> None:
    phase = read(infra(phase="INIT", phases={"INIT": {"completed_skills": 3}})).phase_state("INIT")
    assert phase is not None
    assert not any(skill.settled for skill in phase.skills)


def test_what_was_read_so_is_not_written_back() -> None:
    text = json.dumps(infra(status="waiting_for_approval"), indent=2)
    before = load(parse(text), LOOP)
    gates = tuple(
        g.model_copy(update={"status": GateStatus.APPROVED, "by": "ada"}) if g.id == "infra-gate" else g
        for g in before.gates
    )
    after = json.loads(save(text, before, before.model_copy(update={"gates": gates})))
    assert after["status"] == "waiting_for_approval"
    assert after["phases"]["SCAFFOLD"]["status"] == "active"
    assert after["gates"]["infra-gate"]["status"] == "approved"
