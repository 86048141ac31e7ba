"""Commands about archived runs. The list comes from the index alone: nothing heavy is imported for it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.fs.homes import claude_home
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import word_of
from loop_tui.model.text import count_of, shown
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs, reindex

from .arguments import Json
from .history import Which, compare
from .runs_filters import filtered
from .runs_grep import OF_GREP, grep
from .runs_progress import ShownProgress
from .runs_prune import OF_PRUNE, prune
from .show import aside, complain, say, say_json, short_time
from .tables import table

if TYPE_CHECKING:
    from pydantic import JsonValue

    from loop_tui.model.runs import RunSummary

_GIVES_WAY = 10
"""How much nicer than others (`nice`) is what a screen has done in the background."""
_NAMED = 5
"""So many bad files are named beside a list; `runs reindex` names all."""

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="The maximum number of runs.")]
WithState = Annotated[bool, typer.Option("--include-state", help="With --json: include the whole state.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, help="List archived runs, newest first.")
    group.callback(invoke_without_command=True)(filtered(runs))
    group.command("show")(show)
    group.command("diff")(compare)
    group.command("export")(filtered(export))
    group.command("grep")(filtered(grep, OF_GREP))
    group.command("prune")(filtered(prune, OF_PRUNE))
    group.command("reindex")(reindex_)
    app.add_typer(group, name="runs")


def runs(
    filters: Filters,
    ctx: typer.Context,
    limit: LimitOption = 10,
    include_state: WithState = False,
    as_json: Json = False,
) -> None:
    """List archived runs, newest first."""
    if ctx.invoked_subcommand is not None:
        if filters != Filters() or include_state or as_json:
            todo = f"`loop-tui runs {ctx.invoked_subcommand} --help` lists what it takes"
            raise Problem(f"options stand behind {ctx.invoked_subcommand}, not before it", todo=todo, code=Code.USAGE)
        return
    with ShownProgress("reading the archive") as progress:
        listed = list_runs(claude_home(), filters, limit, most=None, progress=progress)
    name_problems(listed.problems)
    if as_json:
        say_records([run.where for run in listed.runs], include_state=include_state)
    elif listed.runs:
        header = ("Completed", "System", "Version", "Loop", "Outcome", "Worked", "Phases", "Gates", "Archive")
        say(table(header, [_row(run) for run in listed.runs], least=("Phases", "Gates", "Archive", "Loop", "Worked")))
    else:
        say("no archived runs")


def show(which: Which, include_state: WithState = False, as_json: Json = False) -> None:
    """Show an archived run: phases, gates with their checks, what was released, deliverables."""
    from loop_tui.storage.archive.query import read_run

    from .chosen_run import chosen_run
    from .run_page import page_of

    run = chosen_run(which)
    if as_json:
        say_records([run.where], include_state=include_state)
        return
    say(page_of(read_run(run.where)))


def export(
    filters: Filters,
    form: Annotated[str, typer.Option("--format", help="json (a record a line), csv or markdown.")] = "json",
    include_state: Annotated[bool, typer.Option("--include-state", help="With json: include the whole state.")] = False,
) -> None:
    """Print all archived runs, or those that the filters select, for other programs."""
    from .runs_export import FORMATS, csv_lines, markdown_lines

    if form not in FORMATS:
        raise Problem(f"{shown(form)} is not a format", todo=f"one of: {', '.join(FORMATS)}", code=Code.USAGE)
    with ShownProgress("reading the archive") as progress:
        listed = list_runs(claude_home(), filters, None, most=None, progress=progress)
    name_problems(listed.problems)
    if form == "json":
        say_records([run.where for run in listed.runs], include_state=include_state)
        return
    for line in csv_lines(listed.runs) if form == "csv" else markdown_lines(listed.runs):
        say(line)


def reindex_(
    missing: Annotated[
        bool, typer.Option("--missing", help="Only add what the index misses, and give way to everything else.")
    ] = False,
) -> None:
    """Rebuild the index of the archive, and name every file that cannot be read.

    Needed only after a change to a file of the archive in place.
    """
    if missing:
        os.nice(_GIVES_WAY)
        with ShownProgress("reading the archive") as progress:
            list_runs(claude_home(), None, 1, most=None, progress=progress)
        return
    with ShownProgress("reading the archive") as progress:
        listed = reindex(claude_home(), progress)
    for problem in listed.problems:
        complain(problem)
    say(f"{count_of(len(listed.runs), 'archived run')}")


def say_records(places: Sequence[str], *, include_state: bool) -> None:
    """Each run as one JSON object, with what packs tell of it."""
    for place in places:
        try:
            say_json(record_of(place, include_state=include_state))
        except Problem as problem:
            complain(problem)  # It was changed or removed since it was listed.


def record_of(place: str, *, include_state: bool) -> "dict[str, JsonValue]":
    """The run at a path as scripts get it. Raises Problem when it cannot be read."""
    # Imported here: without --json nothing of packs is needed.
    from loop_tui.storage.archive.query import read_run

    from .packs import packs

    run: RunSummary = read_run(place)
    own = run.model_dump(mode="json", exclude={"told"} if include_state else {"told", "state"})
    return {**packs().read_summary(run.told).facts, **own}


def name_problems(problems: Sequence[Problem]) -> None:
    """Say which files of the archive cannot be read, the first ones by name."""
    for problem in problems[:_NAMED]:
        complain(problem)
    if more := len(problems) - _NAMED if len(problems) > _NAMED else 0:
        aside(
            f"loop-tui: {count_of(more, 'more file')} of the archive cannot be read; `loop-tui runs reindex` names all"
        )


def _row(run: ArchivedRun) -> tuple[str, ...]:
    return (
        short_time(run.completed_at),
        run.system,
        run.release,
        run.loop,
        word_of(run.outcome),
        words(run.working_ms),
        str(run.phases_count),
        str(run.gates_count),
        Path(run.where).name,
    )
