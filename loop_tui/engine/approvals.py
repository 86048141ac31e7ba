"""Approvals whose documents are others now (SPEC section 4)."""

from collections.abc import Callable, Sequence

from loop_tui.model.binding import Find
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.events import Category, Event
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus


def changed_since_approval(
    state: RunState, definition: LoopDefinition, find: Find, events: Callable[[], Sequence[Event]]
) -> tuple[tuple[str, str], ...]:
    """Gates that a person passed on documents that are others now, each with what changed.

    Only while nothing that follows the gate was settled, and nothing done to the world since: afterwards it stands.
    What was settled the journal says, which `events` gives: it is read only where a document differs.
    """
    found = []
    for gate in definition.gates:
        known = state.gate(gate.id)
        if known is None or known.status is not GateStatus.APPROVED or known.bound is None:
            continue
        for name, sha256 in known.bound.deliverables.items():
            there = find(name) if sha256 else None
            if sha256 and (there is None or there.sha256 != sha256):
                if not _went_on(state, gate, known.at, events()):
                    found.append((gate.id, f"{name} {'changed' if there else 'was removed'} after it was approved"))
                break
    return tuple(found)


def _went_on(state: RunState, gate: GateDefinition, approved_at: str, events: Sequence[Event]) -> bool:
    names = [phase.id for phase in state.phases]
    later = names[names.index(gate.after) + 1 :] if gate.after in names else []
    given = [
        n for n, e in enumerate(events) if (e.category, e.action, e.subject) == (Category.GATE, "approved", gate.id)
    ]
    # Whoever was killed between the state and the journal left no such event: then it goes by the time.
    since = events[given[-1] + 1 :] if given else [e for e in events if e.timestamp > approved_at]
    return any(_follows(event, later) for event in since)


def _follows(event: Event, phases: Sequence[str]) -> bool:
    if event.category is Category.SKILL and event.action in ("completed", "skipped"):
        return event.context.get("phase") in phases
    return event.category is Category.SYSTEM and event.action == "effect-intended"
