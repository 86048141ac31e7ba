"""What comes next in a run: pure and total (SPEC section 4)."""

from loop_tui.model.actions import (
    Action,
    CheckCondition,
    CompletePhase,
    Done,
    EnterPhase,
    EvaluateGate,
    ExecuteSkill,
    Finish,
    PassGate,
    RepeatSkill,
    SkipGate,
    Wait,
)
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.owner import Claim
from loop_tui.model.state import PhaseState, RunState
from loop_tui.model.status import Autonomy, GateStatus, GateType, PhaseStatus, RunStatus, SkillStatus

from .changes import BY_CHECKS
from .conditions import is_undecided
from .gates import autonomy_of, evaluate, gate_state, is_asked, open_gate, waits_for_evidence
from .retry import after_failure


def decide(state: RunState, definition: LoopDefinition) -> Action:
    """The next action of a run. Gives an action for every state and definition, and never raises."""
    stopped = _stopped(state)
    if stopped is not None:
        return stopped
    for phase in state.phases:
        if not phase.over:
            return _failure(state) or _in_phase(state, definition, phase)
        gate = open_gate(state, definition, phase.id)
        if gate is not None:
            return _at_gate(state, definition, gate)
    if state.run_claim is not None:
        return _claimed(state.run_claim, "")
    return _failure(state) or Finish()


def _stopped(state: RunState) -> Action | None:
    """The states in which nothing of the pipeline itself comes next."""
    if state.status is RunStatus.COMPLETE:
        return Done()
    if state.aborted is not None:
        return Finish(outcome="abandoned")
    if state.status is RunStatus.BLOCKED:
        asked = state.question(state.blocked.question) if state.blocked and state.blocked.question else None
        if asked is not None and asked.answer is None:
            return Wait(on="question", subject=asked.id, reason=asked.text)
        why = state.blocked.reason if state.blocked else ""
        return Wait(on="blocked", reason=why or "blocked, without a reason")
    if state.status is RunStatus.PAUSED:
        return Wait(on="paused", reason="paused")
    if state.pending_questions:
        question = state.pending_questions[0]
        return Wait(on="question", subject=question.id, reason=question.text or f"{question.skill} asks {question.id}")
    if not state.phases:
        return Wait(on="unreadable", reason="the state file names no phases")
    return None


def _claimed(claim: Claim, skill: str) -> Wait:
    what = f"{skill or 'this run'} is claimed by {claim.by}"
    return Wait(on="claimed", subject=skill, reason=f"{what}, without a heartbeat" if claim.lapsed else what)


def _failure(state: RunState) -> Action | None:
    return after_failure(state) if state.status is RunStatus.FAILED else None


def _at_gate(state: RunState, definition: LoopDefinition, gate: GateDefinition) -> Action:
    found = gate_state(state, gate)
    autonomy = autonomy_of(state, definition)
    if is_undecided(gate, found):
        return CheckCondition(gate=gate.id)
    if found.preapproved_by not in ("", BY_CHECKS) and gate.type is not GateType.AUTO:
        return PassGate(gate=gate.id, by=found.preapproved_by)
    if gate.type is GateType.AUTO:
        return _at_auto_gate(state, definition, gate, found.status)
    if not is_asked(gate, autonomy) and found.status is GateStatus.PENDING:
        return SkipGate(gate=gate.id, reason=f"optional, and the run is {autonomy.value}")
    if found.status is GateStatus.REJECTED:
        return Wait(on="gate", subject=gate.id, reason=f"{gate.id} was rejected by {found.by or 'someone'}")
    return Wait(on="gate", subject=gate.id, reason=f"{gate.id} waits for a person")


def _at_auto_gate(state: RunState, definition: LoopDefinition, gate: GateDefinition, status: GateStatus) -> Action:
    if waits_for_evidence(state, definition, gate):
        why = (
            "its checks were reported, but did not run here"
            if evaluate(state, gate).reported
            else "its checks did not run"
        )
        return Wait(on="gate", subject=gate.id, reason=f"{gate.id} has no evidence: {why}")
    if status is GateStatus.REJECTED:
        return _failure(state) or Wait(on="gate", subject=gate.id, reason=f"{gate.id} did not pass")
    return EvaluateGate(gate=gate.id)


def _in_phase(state: RunState, definition: LoopDefinition, phase: PhaseState) -> Action:
    if phase.status is PhaseStatus.PENDING or state.phase != phase.id:
        if autonomy_of(state, definition) is Autonomy.SUPERVISED and phase != state.phases[0]:
            return Wait(on="boundary", subject=phase.id, reason=f"{phase.id} waits for `go`")
        return EnterPhase(phase=phase.id)
    for skill in phase.skills:
        known = definition.skill(phase.id, skill.id)
        if skill.settled:
            continue
        claim = state.claim_on(phase.id, skill.id)
        if claim is not None and (skill.required or not claim.of_run):
            return _claimed(claim, skill.id)
        if known is None or not known.unattended:
            if skill.required:
                return Wait(on="manual", subject=skill.id, reason=f"{skill.id} is done by you or an agent")
            continue
        return ExecuteSkill(phase=phase.id, skill=skill.id)
    missing = missing_deliverables(state, definition, phase)
    if missing:
        claimed = _only_claimed(state, definition, phase, missing[0])
        if claimed and state.run_claim is None:
            return RepeatSkill(phase=phase.id, skill=claimed, reason=f"{missing[0]} is missing")
        return Wait(on="deliverable", subject=missing[0], reason=f"{', '.join(missing)} is missing or empty")
    return CompletePhase(phase=phase.id)


def _only_claimed(state: RunState, definition: LoopDefinition, phase: PhaseState, deliverable: str) -> str:
    """The skill we can do that owes a deliverable and that this run never saw done, or nothing."""
    seen = {e.skill for e in state.skill_log if e.phase == phase.id and e.status is SkillStatus.COMPLETE}
    for skill in phase.skills:
        known = definition.skill(phase.id, skill.id)
        if known is None or not known.unattended or skill.id in seen:
            continue
        if skill.status is SkillStatus.COMPLETE and deliverable in known.deliverables:
            return skill.id
    return ""


def missing_deliverables(state: RunState, definition: LoopDefinition, phase: PhaseState) -> tuple[str, ...]:
    """The deliverables of completed required skills that were not seen, or were empty."""
    there = {d.name for d in state.deliverables if d.size_bytes > 0}
    missing: list[str] = []
    for skill in phase.skills:
        known = definition.skill(phase.id, skill.id)
        if known is not None and skill.required and not skill.reason:
            missing += [name for name in known.deliverables if name not in there]
    return tuple(missing)
