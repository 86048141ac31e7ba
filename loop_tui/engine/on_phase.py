"""What events about phases do."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.state import PhaseState, RunState
from loop_tui.model.status import PhaseStatus, RunStatus, word_of

from .decide import missing_deliverables
from .gates import open_gate
from .retry import RESUMED
from .rewrite import (
    Applied,
    as_pending,
    find_phase,
    text_of,
    with_failing_again,
    with_gate,
    with_phase,
    with_reopened,
    with_resolution,
)


def _in_the_way(state: RunState, definition: LoopDefinition, phase: PhaseState) -> str:
    """What has to be over before a phase may be entered, or nothing."""
    for earlier in state.phases[: state.phases.index(phase)]:
        if not earlier.over:
            return f"{earlier.id} is not done"
        gate = open_gate(state, definition, earlier.id)
        if gate is not None:
            return f"{gate.id} has not passed"
    return ""


def phase_entered(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Refused while anything before the phase is open."""
    phase = find_phase(state, event)
    if isinstance(phase, Refusal):
        return phase
    obstacle = _in_the_way(state, definition, phase)
    if obstacle or phase.over:
        return Refusal(reason=f"{phase.id} cannot start: {obstacle or 'it has ended'}")
    entered = phase.model_copy(update={"status": PhaseStatus.ACTIVE, "started_at": phase.started_at or event.timestamp})
    return with_phase(state, entered).model_copy(update={"phase": phase.id})


def phase_completed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Refused while a required skill or deliverable is missing."""
    phase = find_phase(state, event)
    if isinstance(phase, Refusal):
        return phase
    unfinished = [s.id for s in phase.skills if s.required and not s.settled]
    if unfinished:
        return Refusal(
            reason=f"{phase.id} cannot be left: {', '.join(unfinished)} is not done",
            todo="do it, or skip it with a reason",
        )
    missing = missing_deliverables(state, definition, phase)
    if missing:
        return Refusal(reason=f"{phase.id} cannot be left: {', '.join(missing)} is missing or empty")
    done = {"status": PhaseStatus.COMPLETE, "completed_at": event.timestamp, "reopened": ""}
    state = with_phase(state, phase.model_copy(update=done))
    for gate in definition.gates_after(phase.id):
        known = state.gate(gate.id)
        if known is not None and known.sent_back:
            # The changes that were asked for are made: it is asked anew.
            state = with_gate(state, as_pending(known))
    return state


def phase_reopened(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A person went back."""
    phase = find_phase(state, event)
    if isinstance(phase, Refusal):
        return phase
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended")
    state = with_resolution(state, event, "", None, f"{RESUMED} by going back to {phase.id}")
    by, reason = text_of(event, "by") or "someone", text_of(event, "reason").strip()
    why = f"its phase was reopened by {by}" + (f": {reason}" if reason else "")
    state = with_reopened(state, definition, phase.id, why)
    return state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})


def phase_skipped(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A person jumped over a phase whose skills are settled."""
    phase = find_phase(state, event)
    if isinstance(phase, Refusal):
        return phase
    if not text_of(event, "reason").strip():
        return Refusal(reason=f"skipping {phase.id} needs a reason")
    unfinished = [s.id for s in phase.skills if s.required and not s.settled]
    if unfinished:
        return Refusal(reason=f"{phase.id} cannot be left: {', '.join(unfinished)} is not done")
    skipped = {"status": PhaseStatus.SKIPPED, "completed_at": event.timestamp, "reopened": ""}
    return with_phase(state, phase.model_copy(update=skipped))


def phase_retried(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """What failed is tried again."""
    phase = find_phase(state, event)
    if isinstance(phase, Refusal):
        return phase
    if state.status is not RunStatus.FAILED:
        return Refusal(reason=f"the run is {word_of(state.status)}: nothing failed")
    if state.aborted is not None:
        return Refusal(reason="the run was aborted")
    return with_failing_again(state, definition, phase.id).model_copy(update={"status": RunStatus.ACTIVE})
