"""What events about gates do: nobody passes one without evidence or a name."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import GateStatus, GateType, RunStatus

from .changes import BY_CHECKS
from .gates import evaluate, gate_state
from .retry import RESUMED
from .rewrite import (
    Applied,
    as_pending,
    checks_of,
    text_of,
    with_failure,
    with_gate,
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
        return Refusal(reason=f"{gate.id} cannot be decided yet: {known.after if known else '?'} is not complete")
    if not gate.open:
        return Refusal(reason=f"{gate.id} is {gate.status} already")
    if state.aborted is not None or state.status is RunStatus.COMPLETE:
        return Refusal(reason="the run is over")
    return None


def gate_approved(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """By checks only where they hold; by a person always, with a reason where the checks of an auto gate do not."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    refused = _decidable(state, definition, gate)
    if refused:
        return refused
    by = text_of(event, "by").strip()
    known = definition.gate(gate.id)
    if not by or known is None:
        return Refusal(reason=f"{gate.id} cannot be passed by nobody")
    verdict = evaluate(state, known)
    if by == BY_CHECKS and (gate.type is not GateType.AUTO or not verdict.passed):
        why = "; ".join(verdict.reasons) if gate.type is GateType.AUTO else "it waits for a person"
        return Refusal(reason=f"{gate.id} cannot be passed by checks: {why}")
    reason = text_of(event, "reason").strip()
    if gate.type is GateType.AUTO and not verdict.passed and not reason:
        why = "; ".join(verdict.reasons)
        return Refusal(reason=f"{gate.id} does not hold ({why})", todo="say why it may pass: --reason TEXT")
    update = {"status": GateStatus.APPROVED, "by": by, "at": event.timestamp, "checks": verdict.checks}
    approved = gate.model_copy(update={**update, "feedback": reason or gate.feedback})
    state = with_gate(state, approved)
    state = with_resolution(state, event, known.after, None, f"{gate.id} passed by {by}")
    if state.status in (RunStatus.FAILED, RunStatus.BLOCKED) and not any(not f.resolved_at for f in state.failures):
        state = state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})
    return state


def gate_failed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The checks did not hold: the run has failed."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    refused = _decidable(state, definition, gate)
    if refused:
        return refused
    rejected = gate.model_copy(
        update={
            "status": GateStatus.REJECTED,
            "by": BY_CHECKS,
            "at": event.timestamp,
            "checks": checks_of(event),
        }
    )
    known = definition.gate(gate.id)
    return with_failure(with_gate(state, rejected), event, known.after if known else "", "", "check")


def gate_rejected(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """With feedback the phase is open again; without, the run waits."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    refused = _decidable(state, definition, gate)
    if refused:
        return refused
    feedback = text_of(event, "feedback").strip()
    rejected = gate.model_copy(
        update={
            "status": GateStatus.REJECTED,
            "by": text_of(event, "by"),
            "at": event.timestamp,
            "feedback": feedback,
            "preapproved_by": "",
        }
    )
    state = with_gate(state, rejected)
    known = definition.gate(gate.id)
    if feedback and known:
        why = f"changes requested: {feedback}"
        state = with_gate(with_reopened(state, definition, known.after, why), as_pending(rejected))
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
        return Refusal(reason=f"{gate.id} stands after a phase that this run does not have")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run is over")
    why = f"{gate.id} was voided: {text_of(event, 'reason')}"
    return with_gate(with_reopened(state, definition, known.after, why), as_pending(gate))


def gate_skipped(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Only optional gates, with a reason."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    refused = _decidable(state, definition, gate)
    if refused:
        return refused
    if gate.required:
        return Refusal(reason=f"{gate.id} is required")
    if not text_of(event, "reason").strip():
        return Refusal(reason=f"{gate.id} cannot be skipped without a reason")
    skipped = gate.model_copy(
        update={"status": GateStatus.SKIPPED, "at": event.timestamp, "feedback": text_of(event, "reason")}
    )
    return with_gate(state, skipped)


def gate_preapproved(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A person named it for this run."""
    gate = _find_gate(state, event, definition)
    if isinstance(gate, Refusal):
        return gate
    by = text_of(event, "by").strip()
    if not by:
        return Refusal(reason=f"{gate.id} cannot be passed by nobody")
    if by == BY_CHECKS:
        return Refusal(reason=f"a person cannot go by the name {by}")
    return with_gate(state, gate.model_copy(update={"preapproved_by": by}))
