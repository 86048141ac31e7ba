"""What may be written to a run that somebody else drives: an answer, and nothing more (SPEC section 3)."""

from loop_tui.model.actions import CheckCondition, Wait
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import RunStatus

from .decide import decide
from .gates import gate_state

_ANSWER = ("status", "by", "at", "decision", "reason", "feedback", "feedback_at", "feedback_by", "bound")


def only_answers(before: RunState, after: RunState) -> RunState:
    """The state as it was, with what was decided and answered; phases and skills are for its driver to move."""
    gates = tuple(_answered(before.gate(gate.id), gate) for gate in after.gates)
    return before.model_copy(
        update={
            "gates": gates,
            "gate_history": after.gate_history,
            "questions": after.questions,
            "updated_at": after.updated_at,
        }
    )


def only_status(before: RunState, after: RunState) -> RunState:
    """The state as it was, with the status of the run: its driver is asked to pause, or to go on."""
    status = after.status if after.status in (RunStatus.PAUSED, RunStatus.ACTIVE) else before.status
    return before.model_copy(update={"status": status, "updated_at": after.updated_at})


def _answered(before: GateState | None, after: GateState) -> GateState:
    if before is None:
        return after
    return before.model_copy(update={name: getattr(after, name) for name in _ANSWER})


def asks(state: RunState, gate: GateDefinition) -> bool:
    """True when a gate of a run elsewhere waits for a person: not while the changes that were asked for are made."""
    known = gate_state(state, gate)
    if not known.open:
        return False
    if not known.sent_back:
        return True
    phase = state.phase_state(gate.after)
    made = parse_stamp(phase.completed_at) if phase else None
    asked = parse_stamp(known.feedback_at or known.at)
    return made is not None and asked is not None and made > asked


def waits_now(state: RunState, definition: LoopDefinition, *, ours: bool) -> str:
    """The question or gate that waits for a person now, or nothing."""
    if state.pending_questions:
        return state.pending_questions[0].id
    action = decide(state, definition)
    if isinstance(action, Wait) and action.on == "gate":
        meant = action.subject
    elif isinstance(action, CheckCondition) and not ours:
        meant = action.gate
    else:
        return ""
    gate = definition.gate(meant)
    return meant if ours or gate is None or asks(state, gate) else ""
