"""Facts of the world that the pure centre cannot see: does evidence still hold, and is a deliverable there?"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from loop_tui.engine.gates import evaluate
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.skills.evidence import not_counted
from loop_tui.tools import git, trees

_LARGEST = 64 * 1024 * 1024


async def evidence_still_holds(state: RunState, gate: GateDefinition, project: Path, state_file: Path) -> str:
    """Why the checks of a gate speak for files that are not there any more; empty when they hold.

    A check speaks for a tree. It holds while that tree is what lies in the working folder, or what is committed.
    """
    known = {c.tree for c in evaluate(state, gate).checks if c.passed and c.tree}
    if len(known) != 1:
        return ""
    checked = known.pop()
    try:
        root = await git.repository_root(project)
        if root is None:
            return ""
        exclude = not_counted(project, state_file, root)
        if checked == await trees.tracked_tree(root, exclude) or checked == await trees.head_tree(root, exclude):
            return ""
    except Problem as problem:
        return f"the checked tree cannot be compared: {problem}"
    return "tracked files changed after the checks"


def delivered_by_hand(
    state: RunState, definition: LoopDefinition, project: Path, run_dir: Path
) -> tuple[Deliverable, ...]:
    """Deliverables of completed skills and of gates that nobody recorded yet, and that lie there and are not empty."""
    known = {d.name for d in state.deliverables if d.size_bytes > 0}
    found = []
    for owner, name in _expected(state, definition):
        deliverable = _look(name, owner, project, run_dir) if name not in known else None
        if deliverable is not None:
            known.add(name)
            found.append(deliverable)
    return tuple(found)


def _expected(state: RunState, definition: LoopDefinition) -> Iterator[tuple[str, str]]:
    """Skill and name of what completed skills have to leave behind, and what the gates after them show."""
    for phase in state.phases:
        for skill in phase.skills:
            defined = definition.skill(phase.id, skill.id)
            if defined is not None and skill.status is SkillStatus.COMPLETE:
                yield from ((skill.id, name) for name in defined.deliverables)
        if phase.over:
            yield from (("", name) for gate in definition.gates_after(phase.id) for name in gate.deliverables)


def _look(name: str, skill: str, project: Path, run_dir: Path) -> Deliverable | None:
    for path, shown in ((run_dir / "deliverables" / name, f"deliverables/{name}"), (project / name, name)):
        try:
            if path.is_file() and 0 < path.stat().st_size <= _LARGEST:
                data = path.read_bytes()
                return Deliverable(
                    name=name, skill=skill, path=shown, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest()
                )
        except OSError:
            continue
    return None
