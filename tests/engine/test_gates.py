"""Gates where the state file, the definition and what was said beforehand disagree (SPEC section 4)."""

import pytest

from loop_tui.engine import changes
from loop_tui.engine.gates import evaluate
from loop_tui.model.actions import EvaluateGate, Wait
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus, GateStatus, GateType, PhaseStatus

from .loops import GREEN, RED, REPORT, SHIPPING, Told, builtin


def at_readiness(checks: tuple = GREEN) -> Told:
    run = Told()
    run.tell(
        changes.phase_entered("INIT"),
        changes.skill_completed("INIT", "plan"),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
        changes.skill_completed("VERIFY", "verify", checks=checks),
        changes.phase_completed("VERIFY"),
    )
    return run


def shipped(run: Told) -> None:
    """From the entry of SHIP, or from its skills on where it was entered already, to its gate."""
    run.tell(
        changes.skill_completed("SHIP", "push"),
        changes.skill_completed("SHIP", "deploy", deliverables=[REPORT]),
        changes.phase_completed("SHIP"),
    )


def at_ship_gate() -> Told:
    run = at_readiness()
    run.tell(changes.gate_approved("readiness-gate", changes.BY_CHECKS), changes.phase_entered("SHIP"))
    shipped(run)
    return run


def one_phase(gate: GateDefinition) -> Told:
    """A run whose only phase is over, with green checks."""
    loop = LoopDefinition(id="one-loop", phases=(PhaseDefinition(id="A", skills=(builtin("a"),)),), gates=(gate,))
    run = Told(loop)
    run.tell(changes.phase_entered("A"), changes.skill_completed("A", "a", checks=GREEN), changes.phase_completed("A"))
    return run


@pytest.mark.parametrize("kind", [GateType.HUMAN, GateType.CONDITIONAL])
def test_green_checks_that_a_gate_lists_still_pass_it_for_nobody(kind: GateType) -> None:
    run = one_phase(GateDefinition(id="look-gate", after="A", type=kind, checks=("build", "test")))
    assert "person" in run.refused(changes.gate_approved("look-gate", changes.BY_CHECKS)).reason
    assert isinstance(run.next, Wait)
    run.tell(changes.gate_approved("look-gate", "ann"))


def test_the_definition_says_what_is_required_whatever_the_file_says() -> None:
    run = at_ship_gate()
    gates = tuple(gate.model_copy(update={"required": False, "type": GateType.AUTO}) for gate in run.state.gates)
    run.state = run.state.model_copy(update={"gates": gates})
    assert "required" in run.refused(changes.gate_skipped("ship-gate", "nobody is here")).reason
    assert isinstance(run.next, Wait)


def test_naming_an_auto_gate_beforehand_takes_no_evidences_place() -> None:
    run = at_readiness(RED)
    run.tell(changes.preapproved("readiness-gate", "ann"))
    assert run.next == EvaluateGate(gate="readiness-gate")


def test_a_no_takes_back_the_approval_that_was_given_beforehand() -> None:
    run = at_ship_gate()
    run.tell(changes.preapproved("ship-gate", "ann"), changes.gate_rejected("ship-gate", "bob"))
    assert run.next == Wait(on="gate", subject="ship-gate", reason="ship-gate was rejected by bob")
    run = at_ship_gate()
    run.tell(changes.preapproved("ship-gate", "ann"), changes.gate_rejected("ship-gate", "bob", "more tests"))
    shipped(run)
    assert run.next == Wait(on="gate", subject="ship-gate", reason="ship-gate waits for a person")


def test_going_back_voids_the_gates_of_every_later_phase() -> None:
    run = at_ship_gate()
    run.tell(changes.gate_approved("ship-gate", "ann"), changes.phase_entered("COMPLETE"))
    run.tell(changes.phase_reopened("VERIFY", "ann", "refresh"))
    assert [(gate.status, gate.by) for gate in run.state.gates] == [(GateStatus.PENDING, "")] * len(SHIPPING.gates)


def test_a_phase_waits_for_every_phase_before_it_and_not_only_for_the_last() -> None:
    run = at_readiness()
    run.tell(changes.gate_approved("readiness-gate", changes.BY_CHECKS))
    first, *others = run.state.phases
    opened = first.model_copy(update={"status": PhaseStatus.ACTIVE})
    run.state = run.state.model_copy(update={"phases": (opened, *others)})
    assert "INIT is not done" in run.refused(changes.phase_entered("SHIP")).reason


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_phase_is_jumped_over_only_with_a_reason(reason: str) -> None:
    run = Told()
    run.tell(changes.phase_entered("INIT"), changes.skill_completed("INIT", "plan"))
    assert "reason" in run.refused(changes.phase_skipped("INIT", "ann", reason)).reason


def test_a_phase_is_not_jumped_over_while_its_required_skills_are_open() -> None:
    run = Told()
    run.tell(changes.phase_entered("INIT"))
    assert "plan is not done" in run.refused(changes.phase_skipped("INIT", "ann", "later")).reason
    run.tell(changes.skill_skipped("INIT", "plan", "later", "ann"), changes.phase_skipped("INIT", "ann", "later"))


@pytest.mark.parametrize("kind", list(GateType))
def test_a_run_is_not_complete_while_its_last_gate_is_open(kind: GateType) -> None:
    run = one_phase(GateDefinition(id="last-gate", after="A", type=kind, checks=("build",)))
    assert "last-gate" in run.refused(changes.completed()).reason
    run.tell(changes.gate_approved("last-gate", "ann"), changes.completed())


def test_what_somebody_reports_of_a_check_decides_no_gate() -> None:
    told = [Check(name=name, status=CheckStatus.PASSED, reported_by="agent") for name in ("build", "test")]
    ran = [Check(name=name, status=CheckStatus.FAILED, summary="red") for name in ("build", "test")]
    gate = SHIPPING.gate("readiness-gate")
    assert gate is not None
    for checks, reason in ((told, "reported by agent"), ([*ran, *told], "red"), ([*told, *ran], "red")):
        entry = SkillRun(skill="verify", phase=gate.after, checks=tuple(checks))
        verdict = evaluate(RunState(loop=SHIPPING.id, skill_log=(entry,)), gate)
        assert not verdict.passed
        assert any(reason in why for why in verdict.reasons), verdict.reasons
