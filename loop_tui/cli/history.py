"""Commands about runs that are over: watch them again, compare two."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from loop_tui.fs.paths import claude_home, project_name
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs

from . import completion
from .arguments import Json
from .chosen_run import chosen_run
from .screen import interactive, show_screen
from .show import say, say_json, short_time
from .tables import table

if TYPE_CHECKING:
    from loop_tui.engine.compare import Comparison, Pair
    from loop_tui.model.runs import RunSummary

Which = Annotated[
    str,
    typer.Argument(
        help="A run: its id, the beginning of its id, the path of its archive, or its number.",
        autocompletion=completion.runs,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("history")(history)
    app.command("compare")(compare)


def history() -> None:
    """Show archived runs on the screen: filter, replay, compare. `runs` prints them without a terminal."""
    if not interactive():
        raise Problem("the screen needs a terminal", todo="`loop-tui runs` works without a terminal", code=Code.USAGE)
    raise typer.Exit(show_screen(Path.cwd(), "", history=True))


def compare(first: Which = "", second: Which = "", as_json: Json = False) -> None:
    """Compare two archived runs, the older one first; 1 is the newest run, 2 the one before it.

    Without names the last two of this project; with one name that run and the previous one of its project.
    """
    from loop_tui.engine import compare as comparing
    from loop_tui.storage.archive.query import read_run
    from loop_tui.storage.definitions.catalog import find

    one, other = comparing.older_first(*(read_run(run.where) for run in _two_of(first, second)))
    try:
        definition = find(Path.cwd(), other.loop).definition
    except Problem:
        definition = None
    told = comparing.compare(one, other, definition)
    if as_json:
        say_json(to_builtins(told))
        return
    header = ("", _column(one), _column(other), "change")
    say(table(header, list(_rows(told))))
    say("")
    say("what else differs:" if told.differences else "nothing else differs")
    for what, old, new in told.differences:
        say(f"  {one_line(what)}: {one_line(old)} -> {one_line(new)}")


def _two_of(first: str, second: str) -> tuple[ArchivedRun, ArchivedRun]:
    """The runs that were meant. Raises Problem when there are no two."""
    if second:
        return chosen_run(first), chosen_run(second)
    name = project_name(Path.cwd())
    newest = chosen_run(first) if first else next(iter(_runs_of(name, limit=1)), None)
    before = _before(newest) if newest is not None else None
    if newest is None or before is None:
        what = f"the archive does not have two runs of {newest.system if newest is not None else name} to compare"
        raise Problem(what, todo="name two runs; `loop-tui runs` lists them", code=Code.RUN_UNKNOWN)
    return before, newest


def _runs_of(system: str, loop: str | None = None, limit: int | None = None) -> Sequence[ArchivedRun]:
    listed = list_runs(claude_home(), Filters(system=system, loop=loop), limit).runs
    return [run for run in listed if run.system == system]


def _before(run: ArchivedRun) -> ArchivedRun | None:
    """The run of the same loop and project before one."""
    alike = [*_runs_of(run.system, run.loop)]
    return next(iter(alike[alike.index(run) + 1 :]), None) if run in alike else None


def _column(run: "RunSummary") -> str:
    from loop_tui.control.shipped import release_of

    version = release_of(run).get("to", "")
    return " ".join(part for part in (run.system, version, short_time(run.completed_at)) if part)


def _rows(told: "Comparison") -> list[tuple[str, ...]]:
    rows = [_row(told.total)]
    for phase in told.phases:
        rows += [_row(phase), *(_row(pair, "  ") for pair in told.skills if pair.phase == phase.name)]
    return rows + [_row(pair) for pair in told.skills if not pair.phase]


def _row(pair: "Pair", indent: str = "") -> tuple[str, ...]:
    first, second = (words(ms) if ms is not None else "-" for ms in pair.ms)
    change = pair.change_ms
    said = "" if change is None else f"{'-' if change < 0 else '+'}{words(abs(change))}"
    return (f"{indent}{pair.name}", first, second, said)
