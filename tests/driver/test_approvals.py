"""What the driver does about approvals, reports and claims: it takes nobody's word for what it can see itself."""

import json
from typing import Any

import pytest

from loop_tui.driver import Exit
from loop_tui.engine import changes, commands
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import step
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus, GateStatus, GateType
from loop_tui.runners.context import Context, SkillResult

from .driven import Driven, skill

LOOP = LoopDefinition(
    id="approving-loop",
    phases=(
        PhaseDefinition(id="PLAN", skills=(skill("plan", "plan.md"),)),
        PhaseDefinition(id="WORK", skills=(skill("build"), skill("push"))),
    ),
    gates=(GateDefinition(id="plan-gate", after="PLAN", deliverables=("plan.md",)),),
)
CHECKED = LoopDefinition(
    id="checked-loop",
    phases=(
        PhaseDefinition(id="VERIFY", skills=(skill("verify"),)),
        PhaseDefinition(id="SHIP", skills=(skill("push"),)),
    ),
    gates=(GateDefinition(id="checks-gate", after="VERIFY", type=GateType.AUTO, checks=("build", "test")),),
)


def waiting(**work: Any) -> Driven:
    """A run that waits at its gate, with the plan that it is about."""
    made = Driven(LOOP, **work)
    assert made.go().code is Exit.WAITING
    return made


def approve(made: Driven) -> None:
    made.tell(lambda state: commands.approve(state, LOOP, "ann", bound=made.run.store.binding(state, "plan-gate")))


def status(made: Driven) -> tuple[GateStatus, str]:
    gate = made.state.gate("plan-gate")
    assert gate is not None
    return gate.status, made.state.gate_history[-1].decision if made.state.gate_history else ""


def test_a_document_that_changed_before_anything_followed_is_approved_again() -> None:
    made = waiting()
    approve(made)
    made.run.artifacts.documents["plan.md"] = b"another plan"
    again = made.go()
    assert (again.code, status(made)) == (Exit.WAITING, (GateStatus.PENDING, "voided"))
    assert "plan.md changed after it was approved" in made.said
    assert made.stubs.started == ["plan"], "the plan stands, and nothing that follows began"
    approve(made)
    assert made.go().code is Exit.COMPLETE


def test_a_document_that_vanished_voids_the_approval() -> None:
    made = waiting()
    approve(made)
    del made.run.artifacts.documents["plan.md"]
    made.go()
    assert status(made) == (GateStatus.PENDING, "voided")
    assert "plan.md was removed after it was approved" in made.said


def test_what_changes_while_the_first_skill_runs_voids_it_too() -> None:
    async def build(ctx: Context) -> SkillResult:
        made.run.artifacts.documents["plan.md"] = b"another plan"
        return SkillResult("built")

    made = waiting(build=build)
    approve(made)
    assert made.go().code is Exit.WAITING
    assert status(made) == (GateStatus.PENDING, "voided")


def test_before_the_first_effect_it_is_looked_once_more() -> None:
    async def build(ctx: Context) -> SkillResult:
        made.run.artifacts.documents["plan.md"] = b"another plan"
        await made.world.effect(ctx, "commit-1")
        return SkillResult("built")

    made = waiting(build=build)
    approve(made)
    made.go()
    assert made.world.acted == []
    assert status(made) == (GateStatus.PENDING, "voided")


def test_afterwards_a_change_is_no_news() -> None:
    async def push(ctx: Context) -> SkillResult:
        made.run.artifacts.documents["plan.md"] = b"another plan"
        return SkillResult("pushed")

    made = waiting(push=push)
    approve(made)
    assert made.go().code is Exit.COMPLETE


def test_a_gate_that_was_named_beforehand_never_passes_without_its_document() -> None:
    async def plan(ctx: Context) -> SkillResult:
        made.run.artifacts.in_project["plan.md"] = b"the plan"
        return SkillResult("planned")

    made = Driven(LOOP, plan=plan)
    ended = made.go(approve=("plan-gate",))
    assert ended.code is Exit.COMPLETE, ended.reason
    late = Driven(LOOP)
    late.go()
    late.tell(lambda state: commands.preapprove(LOOP, "ann", "plan-gate"))
    late.run.artifacts.documents.clear()
    found = late.go()
    assert (found.code, found.error) == (Exit.WAITING, Code.DELIVERABLE_MISSING)
    assert "plan.md is missing" in found.reason
    assert status(late)[0] is GateStatus.PENDING


def test_a_person_approves_without_the_document_only_with_a_reason() -> None:
    made = waiting()
    made.run.artifacts.documents.clear()
    store = made.run.store

    def said(reason: str) -> object:
        def wish(state: Any) -> commands.Wanted:
            return commands.approve(state, LOOP, "ann", reason=reason, bound=store.binding(state, "plan-gate"))

        return store.transact(step(LOOP, wish))

    assert "plan.md is missing or empty" in str(said(""))
    said("it is in the wiki")
    gate = made.state.gate("plan-gate")
    assert gate is not None
    assert (gate.status, gate.reason) == (GateStatus.APPROVED, "it is in the wiki")


# --- reports


def test_checks_that_somebody_reported_run_here_before_the_gate_is_decided() -> None:
    made = Driven(CHECKED)
    made.red = {"test"}
    made.run.store.key = b"k" * 32
    made.go()
    assert made.state.gate("checks-gate").status is GateStatus.REJECTED  # type: ignore[union-attr]
    ran = made.stubs.started.count("verify")
    document = json.loads(made.run.store.text or "")
    for entry in document["skillsLog"]:
        for check in entry.get("checks", []):
            check["status"] = "passed"
    document["gates"]["checks-gate"] = {"status": "approved", "approvedBy": "checks"}
    document |= {"status": "active", "phase": "SHIP", "failures": {"count": 0, "history": []}}
    document["phases"]["VERIFY"]["status"] = "complete"
    made.run.store.overwrite(json.dumps(document))
    ended = made.go()
    assert ended.code is not Exit.COMPLETE
    assert made.stubs.started.count("verify") > ran, "the checks ran here again"
    assert "push" not in made.stubs.started
    assert "did not run here" in made.said


# --- claims


def claimed(skill_id: str = "") -> Driven:
    made = Driven(CHECKED)
    made.run.artifacts.make_room()
    made.run.store.create(fresh_state(CHECKED, run="r", system="w", at=""), changes.started(CHECKED.id, "ann"))
    made.tell(lambda state: commands.claim(state, skill_id, "agent"))
    return made


def test_a_claimed_skill_is_not_run_by_us() -> None:
    made = claimed("verify")
    ended = made.go()
    assert (ended.code, ended.reason) == (Exit.WAITING, "verify is claimed by agent")
    assert made.stubs.started == []
    made.tell(lambda state: commands.release(state, "verify", "agent"))
    assert made.go().code is Exit.COMPLETE


def test_on_a_claimed_run_only_the_checks_run() -> None:
    made = claimed()
    made.go()
    assert made.stubs.started == []
    told = [Check(name=name, status=CheckStatus.PASSED) for name in ("build", "test")]
    made.tell(lambda state: commands.complete(state, CHECKED, "verify", "agent", checks=told))
    ended = made.go()
    assert made.stubs.started == ["verify"], "its checks ran here, and nothing else"
    assert ended.reason == "push is claimed by agent"
    gate = made.state.gate("checks-gate")
    assert gate is not None
    assert (gate.status, gate.by) == (GateStatus.APPROVED, "checks")
    assert [c.reported_by for c in made.state.skill_log[0].checks] == ["agent", "agent"]


def test_a_report_of_green_checks_passes_no_gate_that_is_red_here() -> None:
    made = claimed()
    made.go()
    made.red = {"test"}
    told = [Check(name=name, status=CheckStatus.PASSED) for name in ("build", "test")]
    made.tell(lambda state: commands.complete(state, CHECKED, "verify", "agent", checks=told))
    made.go()
    gate = made.state.gate("checks-gate")
    assert gate is not None
    assert gate.status is not GateStatus.APPROVED


def test_while_only_checks_run_nothing_is_done_to_the_world() -> None:
    async def verify(ctx: Context) -> SkillResult:
        await made.world.effect(ctx, "commit-1")
        return SkillResult("verified", await made.checks())

    made = claimed()
    made.stubs.work["verify"] = verify
    made.go()
    told = [Check(name=name, status=CheckStatus.PASSED) for name in ("build", "test")]
    made.tell(lambda state: commands.complete(state, CHECKED, "verify", "agent", checks=told))
    made.go()
    assert made.world.acted == []
    gate = made.state.gate("checks-gate")
    assert gate is not None
    assert gate.status is GateStatus.REJECTED
    assert "only checks run here" in made.said


def test_a_run_of_somebody_else_is_not_driven() -> None:
    made = waiting()
    made.run.store.elsewhere = True
    with pytest.raises(Problem, match="driven elsewhere") as refused:
        made.go()
    assert refused.value.code is Code.ELSEWHERE


def test_a_claim_is_of_one_at_a_time() -> None:
    made = claimed("verify")
    taken = commands.claim(made.state, "verify", "another")
    assert "verify is claimed by agent" in str(made.run.store.transact(step(CHECKED, lambda state: taken)))


def test_a_document_that_only_the_file_names_is_missing() -> None:
    made = Driven(LOOP)
    made.run.artifacts.make_room()
    made.run.store.create(fresh_state(LOOP, run="r", system="w", at=""), changes.started(LOOP.id, "ann"))
    made.tell(lambda state: (changes.phase_entered("PLAN"),))
    named = Deliverable(name="plan.md", size_bytes=9)
    made.tell(lambda state: (changes.skill_completed("PLAN", "plan", deliverables=[named]),))
    ended = made.go()
    assert ended.code is Exit.WAITING
    assert "plan.md is missing or empty" in ended.reason


def test_what_a_person_skipped_is_not_run_to_bring_what_somebody_reported() -> None:
    """The gate then has no evidence, and says so; the skip and its reason stand."""
    made = claimed()
    made.go()
    told = [Check(name=name, status=CheckStatus.PASSED) for name in ("build", "test")]
    made.tell(
        lambda state: (
            changes.skill_checked("VERIFY", "verify", [c.model_copy(update={"reported_by": "agent"}) for c in told]),
        )
    )
    made.tell(lambda state: commands.skip(state, "verify", "not today", "ann"))
    made.tell(lambda state: commands.release(state, "", "agent"))
    ended = made.go()
    assert made.stubs.started == []
    assert "did not pass" in ended.reason
    verify = made.state.phase_state("VERIFY").skill("verify")  # type: ignore[union-attr]
    assert verify is not None
    assert verify.reason == "not today"
