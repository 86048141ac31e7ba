"""Whether a conditional gate applies, asked of the project as it lies there now."""

from loop_tui.engine.conditions import Judgement, judge
from loop_tui.model.conditions import ChangedFiles, pattern_of
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.ports import Workspace


async def judged(gate: GateDefinition, definition: LoopDefinition, workspace: Workspace) -> Judgement:
    """The judgement on a gate. Where the files that changed cannot be told, the gate applies, and that is why."""
    changed: ChangedFiles | Problem | None = None
    if any(pattern_of(condition) is not None for condition in gate.when):
        try:
            changed = await workspace.changed_since_base()
        except Problem as problem:
            changed = problem
    return judge(gate, definition, changed)
