"""What events about gates do: nobody passes one without evidence or a name."""

from loop_tui.model.binding import Binding
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Check
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import APPROVED, CHANGES, FAILED, REJECTED, SKIPPED, VOIDED, GateState, RunState
from loop_tui.model.status import GateStatus, GateType, PhaseStatus, RunStatus, SkillStatus, word_of

from .changes import BY_CHECKS
from .conditions import is_undecided
from .gates import evaluate, gate_state
from .retry import RESUMED
from .rewrite import (
    Applied,
    as_pending,
    checks_of,
    known_phase,
    recorded,
    text_of,
    with_decision,
    with_failure,
    with_gate,
    with_phase,
    with_reopened,
    with_resolution,
)


def _find_gate(state: RunState, event: Event, definition: LoopDefinition) -> GateState | Refusal:
    gate = definition.gate(event.subject)
    if gate is None:
        known = ", ".join(g.id for g in definition.gates) or "none"
        return Refusal(
            reason=f"{definition.id} has no gate {event.subject}", todo=f"its gates are {known}", code=Code.NAME_UNKNOWN
        )
    return gate_state(state, gate)


def _decidable(state: RunState, definition: LoopDefinition, gate: GateState) -> Refusal | None:
    known = definition.gate(gate.id)
    phase = state.phase_state(known.after) if known else None
    if phase is None or not phase.over:
        return Refusal(reason=f"{gate.id} cannot be decided yet: {known.after if known else '?'} is not done")
    if not gate.open:
        return Refusal(reason=f"{gate.id} is already {word_of(gate.status)}")
    if state.aborted is not None or state.status is RunStatus.COMPLETE:
        return Refusal(reason="the run has ended")
    return None


def _to_decide(state: RunState, event: Event, definition: LoopDefinition) -> GateState | Refusal:
    """The gate that an event is about, which can be decided now, or why it cannot."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    return _decidable(state, definition, gate) or gate


def gate_approved(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """By checks only where they hold; by a person always, with a reason where the checks of an auto gate do not."""
    gate = _to_decide(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    by = text_of(event, "by").strip()
    known = definition.gate(gate.id)
    if not by or known is None:
        return Refusal(reason=f"{gate.id} needs the name of who passes it")
    verdict = evaluate(state, known)
    if by == BY_CHECKS and (gate.type is not GateType.AUTO or not verdict.passed):
        why = "; ".join(verdict.reasons) if gate.type is GateType.AUTO else "it waits for a person"
        return Refusal(reason=f"{gate.id} cannot be passed by checks: {why}")
    reason = text_of(event, "reason").strip()
    if gate.type is GateType.AUTO and not verdict.passed and not reason:
        why = "; ".join(verdict.reasons)
        return Refusal(reason=f"{gate.id} does not pass ({why})", todo="give a reason: --reason TEXT")
    bound = _bound(event)
    if by != BY_CHECKS and bound is not None and not reason:
        missing = [name for name in known.deliverables if not bound.deliverables.get(name)]
        if missing:
            why = f"{', '.join(missing)} is missing or empty"
            todo = f"write it, or approve {gate.id} without it: --reason TEXT"
            return Refusal(reason=f"{gate.id} cannot be approved: {why}", todo=todo, code=Code.DELIVERABLE_MISSING)
    approved = gate.model_copy(
        update={
            "status": GateStatus.APPROVED,
            "by": by,
            "at": event.timestamp,
            "checks": verdict.checks,
            "decision": APPROVED,
            "reason": reason,
            "bound": bound,
            "stated": False,
        }
    )
    state = with_decision(state, approved, event, APPROVED, reason, bound=bound)
    state = with_resolution(state, event, known.after, None, f"{gate.id} passed by {by}")
    if state.status in (RunStatus.FAILED, RunStatus.BLOCKED) and not any(not f.resolved_at for f in state.failures):
        state = state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})
    return state


def _as_they_ran(state: RunState, definition: LoopDefinition, event: Event) -> tuple[Check, ...]:
    """The checks that an event names, as the log of skills has them: there it is shown that they ran here."""
    known = definition.gate(event.subject)
    ran = {check.name: check for check in state.checks_of(known.after)} if known else {}
    return tuple(ran.get(check.name, check) for check in checks_of(event))


def gate_failed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The checks did not hold: the run has failed."""
    gate = _to_decide(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    rejected = gate.model_copy(
        update={
            "status": GateStatus.REJECTED,
            "by": BY_CHECKS,
            "at": event.timestamp,
            "decision": FAILED,
            "checks": _as_they_ran(state, definition, event),
        }
    )
    known = definition.gate(gate.id)
    state = with_decision(state, rejected, event, FAILED, text_of(event, "error"))
    return with_failure(state, event, known.after if known else "", "", "check")


def gate_rejected(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """With feedback its phase is open again, and the gate waits anew when that is complete; without, the run waits."""
    gate = _to_decide(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    feedback = text_of(event, "feedback").strip()
    decision = CHANGES if feedback else REJECTED
    told = {"feedback": feedback, "feedback_at": event.timestamp, "feedback_by": text_of(event, "by")}
    rejected = as_pending(gate).model_copy(
        update={
            "status": GateStatus.REJECTED,
            "by": text_of(event, "by"),
            "at": event.timestamp,
            "decision": decision,
            "preapproved_by": "",
            **(told if feedback else {}),
        }
    )
    known = definition.gate(gate.id)
    state = with_decision(state, rejected, event, decision, feedback)
    if feedback and known:
        why = f"changes requested: {feedback}"
        state = with_gate(with_reopened(state, definition, known.after, why), recorded(state, rejected))
        state = with_resolution(state, event, "", None, f"{RESUMED} by changes")
        state = state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})
    return state


def gate_voided(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """What it passed on does not hold any more: its phase and all later ones are open again."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    known = definition.gate(gate.id)
    if known is None or state.phase_state(known.after) is None:
        return Refusal(reason=f"{gate.id} is after a phase that this run does not have")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended")
    reason = text_of(event, "reason")
    why = f"{gate.id} was voided: {reason}"
    if event.context.get("documents") is True:
        # What was approved is another document now: the work of its phase stands, what followed has not begun.
        following = [p.id for p in state.phases[state.phases.index(known_phase(state, known.after)) + 1 :]]
        state = with_reopened(state, definition, following[0], why) if following else state
        return with_decision(state.model_copy(update={"phase": known.after}), as_pending(gate), event, VOIDED, reason)
    return with_decision(with_reopened(state, definition, known.after, why), as_pending(gate), event, VOIDED, reason)


def gate_skipped(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Only optional gates, with a reason."""
    gate = _to_decide(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    if gate.required:
        return Refusal(reason=f"{gate.id} is required")
    if not text_of(event, "reason").strip():
        return Refusal(reason=f"skipping {gate.id} needs a reason")
    reason = text_of(event, "reason")
    skipped = gate.model_copy(update={"status": GateStatus.SKIPPED, "at": event.timestamp, "reason": reason})
    return with_decision(state, skipped, event, SKIPPED, reason)


def gate_unproven(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Its checks are what somebody reported: what brings them is done again here, and what followed stands."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    known = definition.gate(gate.id)
    phase = state.phase_state(known.after) if known else None
    if known is None or phase is None or not phase.over:
        return Refusal(reason=f"{gate.id} cannot be decided yet")
    names = {s.id for s in phase.skills if (d := definition.skill(phase.id, s.id)) and d.unattended}
    # What a person skipped, with a reason, stays skipped.
    again = tuple(
        s.model_copy(update={"status": SkillStatus.PENDING, "at": ""})
        if s.id in names and s.status is not SkillStatus.SKIPPED
        else s
        for s in phase.skills
    )
    if again == phase.skills:
        return Refusal(reason=f"the checks of {gate.id} cannot run here")
    phase = phase.model_copy(update={"status": PhaseStatus.ACTIVE, "skills": again, "completed_at": ""})
    state = with_phase(state, phase).model_copy(update={"phase": phase.id})
    return with_gate(state, recorded(state, as_pending(gate)))


def gate_not_applicable(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Its condition does not hold: nobody is asked, required or not. In the file that is `skipped`, with the reason."""
    gate = _to_be_judged(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    reason = f"not applicable: {text_of(event, 'reason').strip()}"
    skipped = gate.model_copy(update={"status": GateStatus.SKIPPED, "at": event.timestamp, "reason": reason})
    return with_decision(state, skipped, event, SKIPPED, reason)


def gate_applies(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Its condition holds, or cannot be told: it waits for a person."""
    gate = _to_be_judged(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    return with_gate(state, recorded(state, gate.model_copy(update={"applies": text_of(event, "reason").strip()})))


def _to_be_judged(state: RunState, event: Event, definition: LoopDefinition) -> GateState | Refusal:
    """The gate whose condition an event is about; what a person answered or somebody judged already stays."""
    gate = _to_decide(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    known = definition.gate(gate.id)
    if known is None or not is_undecided(known, gate):
        return Refusal(reason=f"{gate.id} has no undecided condition")
    if not text_of(event, "reason").strip():
        return Refusal(reason=f"the condition of {gate.id} needs a reason")
    return gate


def gate_preapproved(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A person named it for this run."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    by = text_of(event, "by").strip()
    if not by:
        return Refusal(reason=f"{gate.id} needs the name of who passes it")
    if by == BY_CHECKS:
        return Refusal(reason=f"{by} cannot be the name of a person")
    return with_gate(state, recorded(state, gate.model_copy(update={"preapproved_by": by})))


def _bound(event: Event) -> Binding | None:
    """What an approval is about, as its event says. Raises ValidationError."""
    value = event.context.get("bound")
    return Binding.model_validate(value) if isinstance(value, dict) else None
