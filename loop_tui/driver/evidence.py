"""Facts of the world that the pure centre cannot see: does evidence still hold, and is a deliverable there?"""

from collections.abc import Iterator

from loop_tui.engine.gates import evaluate
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.ports import ArtifactStore, Workspace

_MOST_NAMED = 5


async def evidence_still_holds(state: RunState, gate: GateDefinition, workspace: Workspace) -> str:
    """Why the checks of a gate speak for files that are not there any more; empty when they hold.

    A check speaks for a tree. It holds while that tree is what lies in the working folder, or what is committed.
    """
    known = {c.tree for c in evaluate(state, gate).checks if c.passed and c.tree}
    if len(known) != 1:
        return ""
    checked = known.pop()
    try:
        now = await workspace.tree()
        if now is None or checked in (now, await workspace.committed_tree()):
            return ""
    except Problem as problem:
        return f"the checked tree cannot be compared: {problem}"
    try:
        changed = await workspace.changed_files(checked)
    except Problem:
        changed = ()  # The checked tree itself may be gone: which files differ cannot be told, that they do is known.
    named = ", ".join(one_line(path) for path in changed[:_MOST_NAMED])
    more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
    return (
        f"tracked files changed after the checks: {named}{more}" if named else "tracked files changed after the checks"
    )


def delivered_by_hand(state: RunState, definition: LoopDefinition, artifacts: ArtifactStore) -> tuple[Deliverable, ...]:
    """Deliverables of completed skills and of gates that nobody recorded yet, and that lie there and are not empty."""
    known = {d.name for d in state.deliverables if d.size_bytes > 0}
    found = []
    for owner, name in _expected(state, definition):
        deliverable = artifacts.find(name) if name not in known else None
        if deliverable is not None:
            known.add(name)
            found.append(deliverable.model_copy(update={"skill": owner}))
    return tuple(found)


def gone_again(state: RunState, definition: LoopDefinition, artifacts: ArtifactStore) -> tuple[str, ...]:
    """Deliverables of the phase that is worked on that the state names, and that lie nowhere, or are empty."""
    known = {d.name for d in state.deliverables if d.size_bytes > 0}
    phase = state.phase_state(state.phase)
    if phase is None or phase.over:
        return ()
    names = [
        name
        for skill in phase.skills
        if (defined := definition.skill(phase.id, skill.id)) is not None and skill.status is SkillStatus.COMPLETE
        for name in defined.deliverables
    ]
    return tuple(name for name in names if name in known and artifacts.find(name) is None)


def _expected(state: RunState, definition: LoopDefinition) -> Iterator[tuple[str, str]]:
    """Skill and name of what completed skills have to leave behind, and what the gates after them show."""
    for phase in state.phases:
        for skill in phase.skills:
            defined = definition.skill(phase.id, skill.id)
            if defined is not None and skill.status is SkillStatus.COMPLETE:
                yield from ((skill.id, name) for name in defined.deliverables)
        if phase.over:
            yield from (("", name) for gate in definition.gates_after(phase.id) for name in gate.deliverables)
