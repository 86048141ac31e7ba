"""`loop-tui stats`: what usually happens in loops, from the archive (SPEC section 7)."""

from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.fs.homes import claude_home
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import completion
from .arguments import Json
from .runs_progress import ShownProgress
from .show import say, say_json

if TYPE_CHECKING:
    from loop_tui.control.stats import ReadStats

OfLoop = Annotated[
    str | None, typer.Option("--loop", "-l", help="Only runs of this loop.", autocompletion=completion.loops)
]
System = Annotated[str | None, typer.Option("--system", help="Only runs of this system.")]
Since = Annotated[str | None, typer.Option("--since", help="Completed at or after this ISO date.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stats")(stats)


def stats(loop: OfLoop = None, system: System = None, since: Since = None, as_json: Json = False) -> None:
    """Show what usually happens, from archived runs: working times, success, retries, waiting gates, flaky checks.

    Of one loop on one system all of it, of several a line each. Times are working time, without waiting.
    """
    from .stats_text import all_lines, json_of, loop_lines

    found = _read(loop, system, since)
    if as_json:
        for each in found.loops:
            say_json(json_of(each))
    elif not found.loops:
        say("no archived runs")
    else:
        lines = loop_lines(found.loops[0]) if len(found.loops) == 1 else all_lines(found.loops)
        say("\n".join(lines))


def _read(loop: str | None, system: str | None, since: str | None) -> "ReadStats":
    from loop_tui.control.stats import Filters, read_stats

    from .runs import name_problems

    if since == "":
        raise Problem("--since needs a date", todo="write it like 2026-01-31", code=Code.USAGE)
    with ShownProgress("reading the archive") as progress:
        found = read_stats(claude_home(), Filters(loop=loop, system=system, since=since), progress)
    name_problems(found.problems)
    return found
