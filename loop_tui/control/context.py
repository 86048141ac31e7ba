"""What is known before a run of a loop begins, for screen and commands (SPEC section 7)."""

from pathlib import Path

from loop_tui.fs.paths import claude_home
from loop_tui.model.context.budget import BUDGET as BUDGET
from loop_tui.model.context.budget import SMALLEST_BUDGET as SMALLEST_BUDGET
from loop_tui.model.context.values import LoadedContext
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.storage.context.loading import load_context


def read_context(
    project: Path, definition: LoopDefinition, *, module: str = "", budget: int = BUDGET
) -> tuple[LoadedContext, tuple[Problem, ...]]:
    """What a run that begins now would be told, and what of it cannot be read. Never raises Problem."""
    return load_context(project, definition, home=claude_home(), module=module, budget=budget)
