"""Phases and skills whose checks failed: done, and not green (SCREEN "Words")."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus, GateStatus

from .changes import BY_CHECKS


def failed_checks_of(state: RunState, phase: str, skill: str) -> int:
    """How many checks failed when a skill of a phase was done last."""
    entries = [entry for entry in state.skill_log if entry.skill == skill and entry.phase in ("", phase)]
    return sum(1 for check in entries[-1].checks if check.status is CheckStatus.FAILED) if entries else 0


def red_phase(state: RunState, definition: LoopDefinition | None, phase: str) -> str:
    """How a phase that is over stands whose checks failed: failed, or accepted where a person let it through all the
    same. Empty where none failed, and where its gate, which knows which of them count, passed by its checks.
    """
    known = state.phase_state(phase)
    if known is None or not known.over or not any(failed_checks_of(state, phase, s.id) for s in known.skills):
        return ""
    ids = {gate.id for gate in definition.gates_after(phase)} if definition is not None else set()
    gates = [gate for gate in state.gates if gate.id in ids and gate.status is not GateStatus.SKIPPED]
    if not gates or any(gate.open for gate in gates):
        return "failed"
    return "" if all(gate.by == BY_CHECKS for gate in gates) else "accepted"
