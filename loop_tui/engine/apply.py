"""What an event does to a state: pure and total, and the keeper of the rules of passing (SPEC section 4)."""

from collections.abc import Callable, Iterable

from pydantic import ValidationError

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Category, Event, Refusal
from loop_tui.model.state import RunState

from . import on_claim, on_gate, on_phase, on_run, on_skill
from .rewrite import Applied

EventHandler = Callable[[RunState, Event, LoopDefinition], Applied]


def apply(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The state after an event, or a refusal that says which rule the event would break. Never raises.

    Events that do not concern the state (notes in the journal, actions of a later version) leave it as it is.
    """
    handler = _HANDLERS.get((event.category, event.action))
    if handler is None:
        return state
    try:
        after = handler(state, event, definition)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return Refusal(reason=f"event {event.category}/{event.action}: {place}: {first['msg']}")
    if isinstance(after, Refusal) or after == state:
        return after
    return after.model_copy(update={"updated_at": event.timestamp})


def replay(state: RunState, events: Iterable[Event], definition: LoopDefinition) -> RunState:
    """The state after all events in order. Events that are refused change nothing, as when they were first applied."""
    for event in events:
        after = apply(state, event, definition)
        if isinstance(after, RunState):
            state = after
    return state


_HANDLERS: dict[tuple[Category, str], EventHandler] = {
    (Category.SYSTEM, "started"): on_run.started,
    (Category.DECISION, "move-chosen"): on_run.move_chosen,
    (Category.SYSTEM, "identified"): on_run.identified,
    (Category.SYSTEM, "adopted"): on_run.adopted,
    (Category.SYSTEM, "autonomy-set"): on_run.autonomy_set,
    (Category.SYSTEM, "definition-adopted"): on_run.definition_adopted,
    (Category.SYSTEM, "claimed"): on_claim.claimed,
    (Category.SYSTEM, "released"): on_claim.released,
    (Category.SYSTEM, "paused"): on_run.paused,
    (Category.SYSTEM, "resumed"): on_run.resumed,
    (Category.SYSTEM, "blocked"): on_run.blocked,
    (Category.SYSTEM, "aborted"): on_run.aborted,
    (Category.SYSTEM, "completed"): on_run.completed,
    (Category.SYSTEM, "edited"): on_run.edited,
    (Category.SYSTEM, "delivered"): on_run.delivered,
    (Category.SYSTEM, "effect-intended"): on_run.effect_intended,
    (Category.SYSTEM, "effect-proven"): on_run.effect_proven,
    (Category.SYSTEM, "effect-undone"): on_run.effect_undone,
    (Category.PHASE, "entered"): on_phase.phase_entered,
    (Category.PHASE, "completed"): on_phase.phase_completed,
    (Category.PHASE, "reopened"): on_phase.phase_reopened,
    (Category.PHASE, "skipped"): on_phase.phase_skipped,
    (Category.PHASE, "retried"): on_phase.phase_retried,
    (Category.SKILL, "started"): on_skill.skill_started,
    (Category.SKILL, "completed"): on_skill.skill_completed,
    (Category.SKILL, "checked"): on_skill.skill_checked,
    (Category.SKILL, "reopened"): on_skill.skill_reopened,
    (Category.SKILL, "failed"): on_skill.skill_failed,
    (Category.SKILL, "skipped"): on_skill.skill_skipped,
    (Category.GATE, "approved"): on_gate.gate_approved,
    (Category.GATE, "failed"): on_gate.gate_failed,
    (Category.GATE, "rejected"): on_gate.gate_rejected,
    (Category.GATE, "voided"): on_gate.gate_voided,
    (Category.GATE, "unproven"): on_gate.gate_unproven,
    (Category.GATE, "skipped"): on_gate.gate_skipped,
    (Category.GATE, "not-applicable"): on_gate.gate_not_applicable,
    (Category.GATE, "applies"): on_gate.gate_applies,
    (Category.GATE, "preapproved"): on_gate.gate_preapproved,
    (Category.DECISION, "asked"): on_run.asked,
    (Category.DECISION, "answered"): on_run.answered,
    (Category.DECISION, "withdrawn"): on_run.withdrawn,
}
