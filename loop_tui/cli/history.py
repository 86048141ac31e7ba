"""Commands about runs that are over: watch them again, compare two."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from loop_tui.control.shipped import release_of
from loop_tui.fs.paths import claude_home, project_name
from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of

from . import completion
from .arguments import Json
from .screen import interactive, show_screen
from .show import say, say_json, short_time, table

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
    from loop_tui.storage.archive.query import read_runs
    from loop_tui.storage.definitions.catalog import find

    found, _ = read_runs(claude_home(), limit=None)
    one, other = comparing.older_first(*_two_of(found, first, second))
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
        say(f"  {what}: {old} -> {new}")


def _two_of(found: list["RunSummary"], first: str, second: str) -> tuple["RunSummary", "RunSummary"]:
    """The runs that were meant. Raises Problem when there are no two."""
    if second:
        return chosen_run(found, first), chosen_run(found, second)
    name = project_name(Path.cwd())
    here = [run for run in found if run.system == name]
    newest = chosen_run(found, first) if first else next(iter(here), None)
    before = _before(found, newest) if newest is not None else None
    if newest is None or before is None:
        what = f"the archive does not have two runs of {newest.system if newest is not None else name} to compare"
        raise Problem(what, todo="name two runs; `loop-tui runs` lists them", code=Code.RUN_UNKNOWN)
    return before, newest


def _before(found: list["RunSummary"], run: "RunSummary") -> "RunSummary | None":
    """The run of the same loop and project before one; `found` is newest first."""
    alike = [other for other in found if (other.loop, other.system) == (run.loop, run.system)]
    return next(iter(alike[alike.index(run) + 1 :]), None)


def _column(run: "RunSummary") -> str:
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


def _names(path: str) -> tuple[str, ...]:
    return (Path(path).name, Path(path).stem) if path else ()


def chosen_run(found: list["RunSummary"], which: str) -> "RunSummary":
    """The run that was meant. Raises Problem when none is, or more than one."""
    if which.isascii() and which.isdigit() and len(which) < 6:
        if 0 < int(which) <= len(found):
            return found[int(which) - 1]
        raise Problem(
            f"there is no run number {which}: the archive has {count_of(len(found), 'run')}",
            todo="`loop-tui runs` lists them",
            code=Code.RUN_UNKNOWN,
        )
    path = str(Path(which).absolute())
    chosen = [run for run in found if path in (run.path, run.folder) or (which and run.run.startswith(which))]
    if not chosen:
        # As `runs` prints them: the name of the file, which another month may have as well.
        chosen = [run for run in found if which in {name for p in (run.path, run.folder) for name in _names(p)}]
    if len(chosen) != 1:
        word = count_of(len(chosen), "archived run") if chosen else "no archived run"
        code = Code.RUN_AMBIGUOUS if chosen else Code.RUN_UNKNOWN
        raise Problem(f"{word} with that id or path: {which}", todo="`loop-tui runs --json` has the ids", code=code)
    return chosen[0]
