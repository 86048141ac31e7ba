"""`loop-tui stats`: what usually happens in loops, from the archive (SPEC section 7)."""

from typing import Annotated

import typer

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import completion
from .arguments import Folder, Json
from .place import project_folder
from .show import say, say_json

OfLoop = Annotated[
    str | None, typer.Option("--loop", "-l", help="Only runs of this loop.", autocompletion=completion.loops)
]
System = Annotated[str | None, typer.Option("--system", help="Only runs of this system.")]
ModuleOfRuns = Annotated[str | None, typer.Option("--module", help="Only runs of this module.")]
Since = Annotated[str | None, typer.Option("--since", help="Completed at or after this ISO date.")]

WriteMemory = Annotated[
    bool,
    typer.Option("--write-memory", help="Write the times and patterns of this project to .claude/memory, after a yes."),
]
OfAllSystems = Annotated[
    bool, typer.Option("--organization", help="With --write-memory: of all systems, to the memory of the organization.")
]
WriteYes = Annotated[bool, typer.Option("--yes", "-y", help="With --write-memory: write without asking.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stats")(stats)


def stats(
    loop: OfLoop = None,
    system: System = None,
    module: ModuleOfRuns = None,
    since: Since = None,
    project: Folder = None,
    write_memory: WriteMemory = False,
    organization: OfAllSystems = False,
    yes: WriteYes = False,
    as_json: Json = False,
) -> None:
    """Show what usually happens, from archived runs: working times, success, retries, waiting gates, flaky checks.

    Of one loop on one system all of it, of several a line each. Times are working time, without waiting.
    """
    if write_memory and as_json:
        raise Problem("--write-memory and --json exclude each other", todo="use one of them", code=Code.USAGE)
    if write_memory and module:
        raise Problem("--write-memory and --module exclude each other", todo="use one of them", code=Code.USAGE)
    if write_memory:
        from .stats_memory import remember

        remember(project_folder(project), loop, system, since, organization=organization, yes=yes)
        return
    if organization or yes:
        raise Problem("--organization and --yes need --write-memory", code=Code.USAGE)
    from loop_tui.control.stats import remembered

    from .stats_reading import read
    from .stats_text import all_lines, json_of, loop_lines, memory_lines

    found = read(loop, system, since, module)
    if as_json:
        for each in found.loops:
            say_json(json_of(each))
    elif not found.loops:
        say("no archived runs")
    else:
        lines = loop_lines(found.loops[0]) if len(found.loops) == 1 else all_lines(found.loops)
        say("\n".join((*lines, *memory_lines(remembered(project_folder(project))))))
