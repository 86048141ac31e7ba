"""Reading statistics for commands, with how far it is with the archive."""

from loop_tui.control.stats import Filters, ReadStats, read_stats
from loop_tui.fs.homes import claude_home
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .runs import name_problems
from .runs_progress import ShownProgress


def read(loop: str | None, system: str | None, since: str | None, module: str | None = None) -> ReadStats:
    """The statistics that are asked for; what cannot be read of the archive is named. Raises Problem."""
    if since == "":
        raise Problem("--since needs a date", todo="write it like 2026-01-31", code=Code.USAGE)
    with ShownProgress("reading the archive") as progress:
        found = read_stats(claude_home(), Filters(loop=loop, system=system, since=since, module=module), progress)
    name_problems(found.problems)
    return found
