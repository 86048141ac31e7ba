"""How far a run is, for tables and bars."""

from collections.abc import Sequence

from loop_tui.model.base import Model
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.model.status import PhaseStatus
from loop_tui.model.text import count_of

from .gates import open_gate


class PhaseRow(Model):
    """One row of the table of phases."""

    phase: str
    status: PhaseStatus
    done: int
    total: int

    @property
    def skills(self) -> str:
        """Skills done of all, like `1/3`."""
        return f"{self.done}/{self.total}"


def table(state: RunState) -> tuple[PhaseRow, ...]:
    """The phases in order, each with its status and its skills done and in all."""
    return tuple(
        PhaseRow(phase=p.id, status=p.status, done=p.settled_skills, total=len(p.skills)) for p in state.phases
    )


def fraction(state: RunState) -> float:
    """Skills settled of all skills, 0 to 1."""
    total = sum(len(p.skills) for p in state.phases)
    done = sum(p.settled_skills for p in state.phases)
    return done / total if total else float(all(p.over for p in state.phases) and bool(state.phases))


def next_skill(state: RunState) -> str:
    """The first skill that is not settled, or nothing."""
    for phase in state.phases:
        if not phase.over:
            for skill in phase.skills:
                if not skill.settled:
                    return skill.id
    return ""


def waiting_gate(state: RunState, definition: LoopDefinition) -> GateDefinition | None:
    """The gate that the run stands at, or None."""
    for phase in state.phases:
        if not phase.over:
            return None
        gate = open_gate(state, definition, phase.id)
        if gate is not None:
            return gate
    return None


def consequence(
    state: RunState, definition: LoopDefinition, gate: GateDefinition, answer: str, missing: Sequence[str] = ()
) -> str:
    """What an answer at a gate brings about: `answer` is approve, changes or reject.

    `missing` are the documents of the gate that are not there.
    """
    names = [p.id for p in state.phases]
    after = names.index(gate.after) if gate.after in names else -1
    if answer == "approve":
        approve = f"Approve {gate.id}, though {', '.join(missing)} is missing" if missing else f"Approve {gate.id}"
        if after + 1 >= len(names):
            return f"{approve}: the run finishes and is archived"
        following = state.phases[after + 1]
        return f"{approve}: {following.id} starts, {count_of(len(following.skills), 'skill')}"
    if answer == "changes":
        return f"Request changes at {gate.id}: {gate.after} is reopened, with your text"
    return f"Reject {gate.id}: the run waits here"
