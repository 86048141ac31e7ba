"""A run that starts elsewhere than at its beginning (`--phase`): gates on the way are tried before it is recorded."""

import pytest

from loop_tui.driver import DriveResult, Exit
from loop_tui.engine import changes, commands
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.evidence import Question
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import Autonomy, GateStatus, GateType, PhaseStatus, RunStatus
from loop_tui.runners.context import Context, EvidenceVoid, SkillFailed, SkillResult
from tests.memory.lease import MemoryHeld

from .driven import SHIPPING, Driven, skill

WITHOUT_PLAN = SHIPPING.model_copy(
    update={"phases": (PhaseDefinition(id="PLAN", skills=(skill("plan"),)), *SHIPPING.phases[1:])}
)


def jump(made: Driven, phase: str = "SHIP", **options: object) -> DriveResult:
    return made.go(phase=phase, reason="done by hand", **options)


def skipped(made: Driven) -> list[str]:
    return [s.id for p in made.state.phases for s in p.skills if s.reason]


def test_the_checks_of_a_gate_on_the_way_run_first_and_the_run_starts_there() -> None:
    made = Driven()
    outcome = jump(made)
    assert (outcome.code, outcome.reason) == (Exit.WAITING, "ship-gate waits for a person")
    assert made.stubs.started == ["verify", "commit", "push"]
    assert skipped(made) == ["plan"]
    gate, phase = made.state.gate("readiness-gate"), made.state.phase_state("VERIFY")
    assert gate is not None
    assert (gate.status, gate.by, [c.name for c in gate.checks]) == (GateStatus.APPROVED, "checks", ["build", "test"])
    assert phase is not None
    assert phase.status is PhaseStatus.COMPLETE


def test_the_jump_is_one_write_and_its_events_are_in_the_journal() -> None:
    made = Driven()
    jump(made)
    at = made.actions().index("skill/skipped plan")
    assert made.actions()[at : at + 6] == [
        "skill/skipped plan",
        "phase/skipped PLAN",
        "phase/entered VERIFY",
        "skill/completed verify",
        "phase/completed VERIFY",
        "gate/approved readiness-gate",
    ]


def test_a_new_run_whose_jump_would_end_at_a_gate_is_not_begun() -> None:
    made = Driven()
    made.red = {"test"}
    outcome = jump(made)
    assert (outcome.code, outcome.error) == (Exit.FAILED, Code.CHECK_FAILED)
    assert outcome.reason == "SHIP cannot be reached: readiness-gate would not pass: test: test"
    assert not made.run.store.exists()
    assert made.run.store.journal == []
    assert made.events == []
    assert made.run.artifacts.documents == {}
    made.red = set()
    assert jump(made).code is Exit.WAITING
    assert made.run.artifacts.put_aside == [], "what was tried is no run that somebody left behind"


def test_of_a_run_that_is_there_nothing_changes_where_its_jump_would_end_at_a_gate() -> None:
    made = Driven()
    made.go(autonomy=Autonomy.SUPERVISED)
    before, events = made.run.store.text, len(made.run.store.journal)
    made.red = {"build"}
    assert jump(made).code is Exit.FAILED
    assert made.run.store.text == before
    assert len(made.run.store.journal) == events


@pytest.mark.parametrize("code", [Code.NETWORK, Code.TREE_CHANGED])
def test_a_skill_that_fails_on_the_way_leaves_nothing_of_the_jump(code: Code) -> None:
    async def verify(ctx: Context) -> SkillResult:
        raise SkillFailed("the compiler is gone", kind="external", code=code)

    made = Driven(verify=verify)
    outcome = jump(made)
    assert (outcome.code, outcome.error) == (Exit.FAILED, code)
    assert "verify failed: the compiler is gone" in outcome.reason
    assert not made.run.store.exists()


def test_a_question_on_the_way_waits_with_its_flag_and_is_answered_with_the_next_start() -> None:
    async def verify(ctx: Context) -> SkillResult:
        await ctx.do.ask(Question(id="sure-1", text="Sure?"))
        return SkillResult("checked", await made.checks())

    made = Driven(verify=verify)
    waiting = jump(made, yes=True)
    assert (waiting.code, waiting.reason, waiting.todo) == (Exit.WAITING, "Sure?", "--answer sure-1=TEXT")
    assert waiting.question is not None
    assert not made.run.store.exists()
    assert jump(made, answers={"sure-1": "yes"}).reason == "ship-gate waits for a person"
    question = made.state.question("sure-1")
    assert question is not None
    assert question.answer == "yes"


def test_a_question_that_waits_already_is_answered_before_anything_is_recorded() -> None:
    async def verify(ctx: Context) -> SkillResult:
        await ctx.do.ask(Question(id="sure-1", text="Sure?"))
        return SkillResult("checked", await made.checks())

    made = Driven(verify=verify)
    assert made.go().reason == "Sure?"
    made.red, before = {"test"}, made.run.store.text
    waiting = jump(made)
    assert (waiting.code, waiting.todo) == (Exit.WAITING, "--answer sure-1=TEXT")
    assert jump(made, answers={"sure": "yes"}).code is Exit.FAILED
    assert made.run.store.text == before
    made.red = set()
    assert jump(made, answers={"sure": "yes"}).reason == "ship-gate waits for a person"


def test_what_a_skill_remembers_on_the_way_is_recorded_with_the_jump() -> None:
    async def verify(ctx: Context) -> SkillResult:
        ctx.do.remember("fact", {"seen": {"a": 1}})
        assert ctx.do.recall("seen") == {"a": 1}
        return SkillResult("checked", await made.checks())

    made = Driven(verify=verify)
    jump(made)
    effect = made.state.effect("seen")
    assert effect is not None
    assert effect.proof == {"a": 1}


def test_a_skill_that_changes_the_world_is_done_on_the_run_itself() -> None:
    """The gate after SHIP is an auto gate here: what it wants comes from a push."""
    gate = GateDefinition(id="shipped-gate", after="SHIP", type=GateType.AUTO, checks=("push",))
    after = PhaseDefinition(id="DONE", skills=(skill("look-back"),))
    loop = SHIPPING.model_copy(
        update={"phases": (*SHIPPING.phases, after), "gates": (SHIPPING.gates[0], gate)},
    )

    async def push(ctx: Context) -> SkillResult:
        await made.world.effect(ctx, "push-1", sha="abc")
        return SkillResult("pushed", await made.checks("push"))

    made = Driven(loop, push=push)
    assert jump(made, "DONE").code is Exit.COMPLETE
    assert made.world.acted == ["commit-1", "push-1"], "each once, and recorded first"
    assert made.stubs.started == ["verify", "commit", "commit", "push", "look-back"]
    assert made.actions().index("gate/approved readiness-gate") < made.actions().index(
        "system/effect-intended commit-1"
    )


def test_checks_of_the_same_tree_are_reused() -> None:
    made = Driven()
    made.go(autonomy=Autonomy.SUPERVISED)
    made.go()
    made.tell(lambda state: commands.jump(state, SHIPPING, "PLAN", "ann"))
    made.stubs.started.clear()
    assert jump(made).reason == "ship-gate waits for a person"
    assert made.stubs.started == ["commit", "push"]


def test_checks_of_another_tree_are_not() -> None:
    made = Driven()
    made.go(autonomy=Autonomy.SUPERVISED)
    made.go()
    made.tell(lambda state: commands.jump(state, SHIPPING, "PLAN", "ann"))
    made.run.workspace.files["a.txt"] = "two"
    made.stubs.started.clear()
    jump(made)
    assert made.stubs.started == ["verify", "commit", "push"]


def test_a_supervised_run_that_is_told_where_to_start_starts_there() -> None:
    made = Driven(WITHOUT_PLAN)
    assert jump(made, autonomy=Autonomy.SUPERVISED).reason == "ship-gate waits for a person"


def test_a_failed_run_is_tried_again_on_the_way() -> None:
    made = Driven()
    made.red = {"test"}
    assert made.go().code is Exit.FAILED
    made.red = set()
    refused = jump(made)
    assert (refused.code, refused.reason) == (Exit.USAGE, "readiness-gate did not pass: test: test")
    assert made.state.status is RunStatus.FAILED


def test_evidence_that_does_not_hold_is_brought_anew_and_not_for_ever() -> None:
    async def verify(ctx: Context) -> SkillResult:
        raise EvidenceVoid("readiness-gate", "it keeps changing")

    made = Driven(verify=verify)
    outcome = jump(made)
    assert outcome.error is Code.TREE_CHANGED
    assert made.stubs.started == ["verify"] * 4


def test_where_only_a_person_can_go_on_the_jump_is_recorded_and_waits_there() -> None:
    gate = GateDefinition(id="plan-gate", after="PLAN", type=GateType.HUMAN)
    loop = SHIPPING.model_copy(update={"gates": (gate, *SHIPPING.gates)})
    made = Driven(loop)
    assert jump(made).reason == "plan-gate waits for a person"
    assert skipped(made) == ["plan"]
    assert made.stubs.started == []
    assert jump(made, approve=("plan-gate",)).reason == "ship-gate waits for a person"
    assert made.stubs.started == ["verify", "commit", "push"]


def test_a_gate_that_is_named_beforehand_is_passed_on_the_way() -> None:
    gate = GateDefinition(id="plan-gate", after="PLAN", type=GateType.HUMAN)
    made = Driven(SHIPPING.model_copy(update={"gates": (gate, *SHIPPING.gates)}))
    made.red = {"test"}
    assert jump(made, approve=("plan-gate",)).code is Exit.FAILED
    assert not made.run.store.exists()


def test_a_gate_whose_condition_does_not_hold_is_no_obstacle() -> None:
    gate = GateDefinition(id="deploy-gate", after="PLAN", type=GateType.CONDITIONAL, when=("deploy-target",))
    made = Driven(SHIPPING.model_copy(update={"gates": (gate, *SHIPPING.gates)}))
    made.red = {"test"}
    assert jump(made).code is Exit.FAILED, "what comes after it is known beforehand"
    made.red = set()
    assert jump(made).reason == "ship-gate waits for a person"
    known = made.state.gate("deploy-gate")
    assert known is not None
    assert known.status is GateStatus.SKIPPED


def test_a_gate_that_is_named_beforehand_is_not_passed_without_its_documents() -> None:
    gate = GateDefinition(id="plan-gate", after="PLAN", type=GateType.HUMAN, deliverables=("plan.md",))
    made = Driven(SHIPPING.model_copy(update={"gates": (gate, *SHIPPING.gates)}))
    outcome = jump(made, approve=("plan-gate",))
    assert "plan.md is missing" in outcome.reason
    assert made.stubs.started == []


def test_a_jump_back_needs_no_checks() -> None:
    made = Driven()
    made.go(autonomy=Autonomy.SUPERVISED)
    made.go()
    made.stubs.started.clear()
    made.go(phase="PLAN", autonomy=Autonomy.SUPERVISED)
    assert made.stubs.started == ["plan"]


def test_where_to_start_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes while the lease is held has the driver go on: not from the beginning of the phase again."""
    loop = LoopDefinition(
        id="x-loop",
        phases=(PhaseDefinition(id="A", skills=(skill("a"),)), PhaseDefinition(id="B", skills=(skill("b"),))),
        gates=(GateDefinition(id="b-gate", after="B", type=GateType.HUMAN),),
    )
    made = Driven(loop)

    given: list[bool] = []
    release = MemoryHeld.release

    def late(held: MemoryHeld) -> None:
        if not given and made.run.store.exists():
            given.append(True)
            made.tell(lambda state: (changes.gate_approved("b-gate", "bob"),))
        release(held)

    monkeypatch.setattr(MemoryHeld, "release", late)
    assert made.go(phase="B", reason="x").code is Exit.COMPLETE
    assert made.stubs.started == ["b"]
