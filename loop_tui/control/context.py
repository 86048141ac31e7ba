"""What is known before a run of a loop begins, for screen and commands (SPEC section 7)."""

from pathlib import Path

from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.paths import claude_home
from loop_tui.fs.plain import read_text
from loop_tui.model.context.budget import BUDGET as BUDGET
from loop_tui.model.context.budget import SMALLEST_BUDGET as SMALLEST_BUDGET
from loop_tui.model.context.values import CONTEXT_NAME, LoadedContext
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.context.loading import load_context


def read_context(
    project: Path, definition: LoopDefinition, *, module: str = "", budget: int = BUDGET
) -> tuple[LoadedContext, tuple[Problem, ...]]:
    """What a run that begins now would be told, and what of it cannot be read. Never raises Problem."""
    return load_context(project, definition, home=claude_home(), module=module, budget=budget)


def context_of_run(run_dir: Path) -> str:
    """What the run in that folder was given; empty where it was given nothing. Raises Problem when it is unreadable."""
    path = run_dir / CONTEXT_NAME
    try:
        return read_text(path, DELIVERABLE, errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
