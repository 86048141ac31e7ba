"""What comes next, case by case (SPEC section 4)."""

import pytest

from loop_tui.engine import changes, commands
from loop_tui.engine.apply import apply, replay
from loop_tui.model.actions import (
    CompletePhase,
    Done,
    EnterPhase,
    EvaluateGate,
    ExecuteSkill,
    Finish,
    PassGate,
    Retry,
    SkipGate,
    Wait,
)
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Deliverable, Question
from loop_tui.model.status import Autonomy, CheckStatus, GateStatus, GateType, PhaseStatus, RunStatus, SkillStatus

from .loops import GREEN, RED, REPORT, SHIPPING, Told, builtin, check


def at_verify(checks: tuple = GREEN) -> Told:
    run = Told()
    run.tell(
        changes.phase_entered("INIT"),
        changes.skill_completed("INIT", "plan"),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
        changes.skill_started("VERIFY", "verify"),
        changes.skill_completed("VERIFY", "verify", checks=checks),
        changes.phase_completed("VERIFY"),
    )
    return run


def at_ship() -> Told:
    run = at_verify()
    run.tell(changes.gate_approved("readiness-gate", changes.BY_CHECKS), changes.phase_entered("SHIP"))
    return run


def at_ship_gate() -> Told:
    run = at_ship()
    run.tell(
        changes.skill_completed("SHIP", "push"),
        changes.skill_completed("SHIP", "deploy", deliverables=[REPORT]),
        changes.phase_completed("SHIP"),
    )
    return run


def test_a_whole_run_in_order() -> None:
    run = Told()
    assert run.next == EnterPhase(phase="INIT")
    run = at_verify()
    assert run.next == EvaluateGate(gate="readiness-gate")
    run = at_ship()
    assert run.next == ExecuteSkill(phase="SHIP", skill="push")
    run = at_ship_gate()
    assert run.next == Wait(on="gate", subject="ship-gate", reason="ship-gate waits for a person")
    run.tell(
        changes.gate_approved("ship-gate", "ann"),
        changes.phase_entered("COMPLETE"),
        changes.skill_completed("COMPLETE", "look-back"),
        changes.phase_completed("COMPLETE"),
    )
    assert run.next == Finish()
    run.tell(changes.completed())
    assert run.next == Done()
    assert replay(run.first, run.stamp.events, SHIPPING) == run.state


def test_a_phase_is_not_left_while_a_required_skill_is_open() -> None:
    run = at_ship()
    run.tell(changes.skill_completed("SHIP", "push"))
    assert "deploy" in run.refused(changes.phase_completed("SHIP")).reason


def test_a_phase_is_not_left_while_a_deliverable_is_missing_or_empty() -> None:
    run = at_ship()
    empty = REPORT.model_copy(update={"size_bytes": 0})
    run.tell(changes.skill_completed("SHIP", "push"), changes.skill_completed("SHIP", "deploy", deliverables=[empty]))
    assert run.next == Wait(on="deliverable", subject="deploy.md", reason="deploy.md is missing or empty")
    assert "deploy.md" in run.refused(changes.phase_completed("SHIP")).reason
    run.tell(changes.delivered(REPORT))
    assert run.next == CompletePhase(phase="SHIP")


def test_a_skip_needs_a_reason_and_frees_the_deliverable() -> None:
    run = at_ship()
    run.tell(changes.skill_completed("SHIP", "push"))
    assert isinstance(commands.skip(run.state, "deploy", "  ", "ann"), Refusal)
    assert "reason" in run.refused(changes.skill_skipped("SHIP", "deploy", " ", "ann")).reason
    wanted = commands.skip(run.state, "deploy", "no server here", "ann")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert run.next == CompletePhase(phase="SHIP")
    deploy = run.state.phase_state("SHIP").skill("deploy")  # type: ignore[union-attr]
    assert deploy is not None
    assert (deploy.status, deploy.reason) == (SkillStatus.SKIPPED, "no server here")


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        (RED, "test"),
        (GREEN[:2], "lint: not checked"),
        ((), "not checked"),
        ((GREEN[0], GREEN[1], check("lint", tree="t2")), "different trees"),
        (tuple(check(n, CheckStatus.SKIPPED) for n in ("build", "test", "lint")), "no check ran"),
    ],
)
def test_checks_that_do_not_hold_pass_no_gate(checks: tuple, why: str) -> None:
    run = at_verify(checks)
    assert why in run.refused(changes.gate_approved("readiness-gate", changes.BY_CHECKS)).reason


def test_a_missing_lint_script_is_skipped_and_does_not_stop_the_gate() -> None:
    run = at_verify((*GREEN[:2], check("lint", CheckStatus.SKIPPED)))
    run.tell(changes.gate_approved("readiness-gate", changes.BY_CHECKS))
    assert run.next == EnterPhase(phase="SHIP")


def test_checks_never_pass_a_human_gate_and_nobody_passes_any() -> None:
    run = at_ship_gate()
    assert run.refused(changes.gate_approved("ship-gate", changes.BY_CHECKS))
    assert run.refused(changes.gate_approved("ship-gate", " "))
    assert isinstance(commands.approve(run.state, SHIPPING, changes.BY_CHECKS), Refusal)


def test_a_red_gate_fails_the_run_and_a_retry_opens_only_what_failed() -> None:
    run = at_verify(RED)
    run.tell(changes.gate_failed("readiness-gate", "test: 1 failed", "", RED))
    assert run.state.status is RunStatus.FAILED
    assert run.next == Retry(phase="VERIFY", attempt=1)
    wanted = commands.go(run.state, SHIPPING, "ann")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert run.next == ExecuteSkill(phase="VERIFY", skill="verify")
    assert run.state.phase_state("INIT").status is PhaseStatus.COMPLETE  # type: ignore[union-attr]
    run.tell(
        changes.skill_completed("VERIFY", "verify", checks=GREEN),
        changes.phase_completed("VERIFY"),
        changes.gate_approved("readiness-gate", changes.BY_CHECKS),
    )
    assert not [f for f in run.state.failures if not f.resolved_at]
    assert run.next == EnterPhase(phase="SHIP")


def test_a_voided_gate_runs_its_phase_again() -> None:
    run = at_ship()
    run.tell(changes.gate_voided("readiness-gate", "a.js changed"))
    assert run.state.gate("readiness-gate").status is GateStatus.PENDING  # type: ignore[union-attr]
    assert run.next == ExecuteSkill(phase="VERIFY", skill="verify")


def test_going_back_opens_later_phases_and_voids_their_gates() -> None:
    run = at_ship_gate()
    run.tell(changes.phase_reopened("VERIFY", "ann", "refresh"))
    assert [p.status.value for p in run.state.phases] == ["complete", "active", "pending", "pending"]
    assert {g.status for g in run.state.gates} == {GateStatus.PENDING}


def test_jumping_forward_needs_a_reason_and_is_recorded_as_skips() -> None:
    run = Told()
    run.tell(changes.phase_entered("INIT"))
    assert isinstance(commands.jump(run.state, SHIPPING, "SHIP", "ann"), Refusal)
    wanted = commands.jump(run.state, SHIPPING, "SHIP", "ann", "done by hand")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert [s.reason for p in run.state.phases[:2] for s in p.skills] == ["done by hand", ""]
    # The gate on the way wants evidence: what brings it is not skipped but comes first.
    assert run.next == EnterPhase(phase="VERIFY")
    assert run.refused(changes.phase_entered("SHIP"))


def test_a_jump_names_what_it_skips_and_what_comes_first() -> None:
    run = Told()
    assert commands.passed_over(run.state, SHIPPING, "SHIP") == (("plan",), ("verify",))
    assert commands.passed_over(run.state, SHIPPING, "VERIFY") == (("plan",), ())
    assert commands.passed_over(run.state, SHIPPING, "INIT") == ((), ())


def test_a_jump_leads_past_no_gate_that_nothing_can_bring_evidence_to_any_more() -> None:
    run = Told()
    run.tell(changes.skill_skipped("VERIFY", "verify", "too slow", "ann"))
    refused = commands.jump(run.state, SHIPPING, "SHIP", "ann", "in a hurry")
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("readiness-gate would not pass: build: not checked")


@pytest.mark.parametrize("phase", ["SHIP", "COMPLETE"])
def test_a_jump_leads_past_no_gate_that_was_decided_against_the_run(phase: str) -> None:
    run = at_verify(RED)
    run.tell(changes.gate_failed("readiness-gate", "red", "red", RED))
    refused = commands.jump(run.state, SHIPPING, phase, "ann", "in a hurry")
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("readiness-gate did not pass: test")


def test_a_jump_over_a_phase_that_is_done_by_hand_skips_it_and_waits_at_its_gate() -> None:
    by_hand = PhaseDefinition(id="VERIFY", skills=(SkillDefinition(id="verify"),))
    loop = SHIPPING.model_copy(update={"phases": (SHIPPING.phases[0], by_hand, *SHIPPING.phases[2:])})
    run = Told(loop)
    wanted = commands.jump(run.state, loop, "SHIP", "ann", "done by hand")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert run.next.kind == "wait"


def test_changes_keep_the_feedback_and_open_the_phase() -> None:
    run = at_ship_gate()
    wanted = commands.request_changes(run.state, SHIPPING, "ann", "the plan lacks X")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    gate = run.state.gate("ship-gate")
    assert gate is not None
    assert (gate.status, gate.decision, gate.feedback) == (GateStatus.REJECTED, "changes", "the plan lacks X")
    assert gate.feedback_by == "ann"
    assert run.next == ExecuteSkill(phase="SHIP", skill="push")


def test_a_rejected_gate_waits() -> None:
    run = at_ship_gate()
    run.tell(changes.gate_rejected("ship-gate", "ann"))
    assert run.next == Wait(on="gate", subject="ship-gate", reason="ship-gate was rejected by ann")
    run.tell(changes.gate_approved("ship-gate", "ann"))
    assert run.next == EnterPhase(phase="COMPLETE")


def test_a_gate_named_beforehand_passes_and_says_by_whom() -> None:
    run = at_ship_gate()
    run.tell(changes.preapproved("ship-gate", "ann"))
    assert run.next == PassGate(gate="ship-gate", by="ann")


def test_nobody_passes_a_persons_gate_beforehand_under_the_name_of_the_checks() -> None:
    run = at_ship_gate()
    after = apply(run.state, run.stamp(changes.preapproved("ship-gate", changes.BY_CHECKS)), SHIPPING)
    assert after == Refusal(reason="checks cannot be the name of a person")
    # Written into the state file by hand it names nobody either: the gate waits, and the driver does not go in circles.
    gates = tuple(g.model_copy(update={"preapproved_by": changes.BY_CHECKS}) for g in run.state.gates)
    run.state = run.state.model_copy(update={"gates": gates})
    assert run.next == Wait(on="gate", subject="ship-gate", reason="ship-gate waits for a person")


def test_questions_wait_and_are_answered_once() -> None:
    run = at_ship()
    run.tell(changes.asked(Question(id="q1", skill="push", text="Sure?", default="Y")))
    assert run.next == Wait(on="question", subject="q1", reason="Sure?")
    assert isinstance(commands.go(run.state, SHIPPING, "ann"), Refusal)
    run.tell(changes.answered("q1", "Y", "ann"))
    assert "ann" in run.refused(changes.answered("q1", "n", "bob")).reason
    assert run.next == ExecuteSkill(phase="SHIP", skill="push")


def test_pause_and_resume() -> None:
    run = at_ship()
    run.tell(changes.paused("ann"))
    assert run.next == Wait(on="paused", reason="paused")
    assert isinstance(commands.pause(run.state, "ann"), Refusal)
    run.tell(changes.resumed("ann"))
    assert run.next == ExecuteSkill(phase="SHIP", skill="push")
    assert run.refused(changes.resumed("ann"))


def test_an_aborted_run_is_only_finished() -> None:
    run = at_ship()
    assert isinstance(commands.abort(run.state, "", "ann"), Refusal)
    run.tell(changes.aborted("wrong branch", "ann"))
    assert run.next == Finish(outcome="abandoned")
    assert run.refused(changes.phase_retried("SHIP", "ann"))
    assert run.refused(changes.completed())


def optional(gate: str) -> LoopDefinition:
    return LoopDefinition(
        id="optional-loop",
        phases=(PhaseDefinition(id="A", skills=(builtin("a"),)), PhaseDefinition(id="B", skills=(builtin("b"),))),
        gates=(GateDefinition(id=gate, after="A", type=GateType.HUMAN, required=False),),
    )


@pytest.mark.parametrize(
    ("gate", "autonomy", "asks"),
    [
        ("taste-gate", Autonomy.SUPERVISED, True),
        ("taste-gate", Autonomy.HYBRID, False),
        ("security-gate", Autonomy.HYBRID, True),
        ("deploy-gate", Autonomy.HYBRID, True),
        ("security-gate", Autonomy.AUTONOMOUS, False),
    ],
)
def test_optional_gates_are_asked_by_autonomy(gate: str, autonomy: Autonomy, asks: bool) -> None:
    run = Told(optional(gate), autonomy)
    run.tell(changes.phase_entered("A"), changes.skill_completed("A", "a"), changes.phase_completed("A"))
    assert isinstance(run.next, Wait if asks else SkipGate)


@pytest.mark.parametrize("autonomy", list(Autonomy))
def test_a_required_human_gate_waits_under_every_autonomy(autonomy: Autonomy) -> None:
    run = at_ship_gate()
    run.state = run.state.model_copy(update={"autonomy": autonomy})
    assert isinstance(run.next, Wait)


def test_supervised_stops_at_each_phase_boundary() -> None:
    run = Told(autonomy=Autonomy.SUPERVISED)
    run.tell(changes.phase_entered("INIT"), changes.skill_completed("INIT", "plan"), changes.phase_completed("INIT"))
    assert run.next == Wait(on="boundary", subject="VERIFY", reason="VERIFY waits for `go`")
    wanted = commands.go(run.state, SHIPPING, "ann")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert run.next == ExecuteSkill(phase="VERIFY", skill="verify")


def test_an_auto_gate_after_work_done_by_hand_waits_for_evidence() -> None:
    by_hand = SHIPPING.model_copy(
        update={
            "phases": tuple(
                p.model_copy(update={"skills": tuple(s.model_copy(update={"unattended": False}) for s in p.skills)})
                for p in SHIPPING.phases
            )
        }
    )
    run = at_verify(())
    run.definition = LoopDefinition.model_validate(by_hand.model_dump())
    assert isinstance(run.next, Wait)
    assert "--reason" in run.refused(changes.gate_approved("readiness-gate", "ann")).todo
    run.tell(changes.gate_approved("readiness-gate", "ann", reason="seen on the other machine"))
    assert run.next == EnterPhase(phase="SHIP")


def test_skills_done_by_hand_wait_and_can_be_completed() -> None:
    loop = LoopDefinition(id="m-loop", phases=(PhaseDefinition(id="A", skills=({"id": "think"},)),))  # type: ignore[arg-type]
    run = Told(loop)
    run.tell(changes.phase_entered("A"))
    assert isinstance(run.next, Wait)
    wanted = commands.complete(run.state, loop, "think", "ann")
    assert not isinstance(wanted, Refusal)
    run.tell(*wanted)
    assert run.next == CompletePhase(phase="A")


def test_a_skill_by_hand_is_not_done_without_its_deliverable() -> None:
    skill = {"id": "draw", "deliverables": ["INFRASTRUCTURE-PLAN.md"]}
    loop = LoopDefinition(id="m-loop", phases=(PhaseDefinition(id="A", skills=(skill,)),))  # type: ignore[arg-type]
    run = Told(loop)
    run.tell(changes.phase_entered("A"))
    told = commands.complete(run.state, loop, "draw", "ann", find=lambda _: None)
    assert isinstance(told, Refusal)
    assert told.reason == "draw is not done: INFRASTRUCTURE-PLAN.md is missing or empty"
    given = Deliverable(name="INFRA-PLAN.md", path="INFRA-PLAN.md", size_bytes=3, sha256="0" * 64)
    named = commands.complete(run.state, loop, "draw", "ann", files=(given,), find=lambda _: None)
    there = commands.complete(run.state, loop, "draw", "ann", find=lambda _: given)
    assert not isinstance(named, Refusal)
    assert not isinstance(there, Refusal)


def test_nobody_says_done_for_what_brings_evidence() -> None:
    assert isinstance(commands.complete(at_ship().state, SHIPPING, "push", "ann"), Refusal)
