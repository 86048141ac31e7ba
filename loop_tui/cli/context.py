"""`loop-tui context`: what is known before a run begins, for people and for agents (SPEC section 7)."""

from typing import Annotated

import typer
from pydantic import JsonValue

from loop_tui.control.context import BUDGET, SMALLEST_BUDGET, context_of_run, read_context
from loop_tui.model.context.markdown import markdown_of, text_of
from loop_tui.model.context.values import ContextLine, LoadedContext
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean

from .arguments import Folder, Json, Loop
from .place import ChosenRun, place
from .show import complain, problem_json, say, say_json

NOT_GIVEN = "this run was given no context: nothing was known when it started"
NOTHING = "nothing to load: there is no Dream State, memory, roadmap or earlier run of this project"
Markdown = Annotated[bool, typer.Option("--markdown", help="Print it as agents get it: between marks, as data.")]
ModuleName = Annotated[str, typer.Option("--module", "-m", help="Also what is known of this module.")]
Budget = Annotated[int, typer.Option("--budget", metavar="TOKENS", help="At most so many tokens (UTF-8 bytes / 4).")]

OfRun = Annotated[bool, typer.Option("--run", help="Print the context.md that the run here was given at its start.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("context")(context)


def context(
    project: Folder = None,
    loop: Loop = None,
    module: ModuleName = "",
    budget: Budget = BUDGET,
    markdown: Markdown = False,
    of_run: OfRun = False,
    as_json: Json = False,
) -> None:
    """Show what a run that starts now would be told: Dream States, earlier runs, memory, roadmap, what is required.

    Each line has its source in brackets. Exit code 2 when a document cannot be read; the others are shown.
    """
    if markdown + as_json + of_run > 1:
        raise Problem("--markdown, --json and --run exclude each other", todo="use one of them", code=Code.USAGE)
    if budget < SMALLEST_BUDGET:
        what = f"--budget {budget} is too small for a context"
        raise Problem(what, todo=f"use at least {SMALLEST_BUDGET}", code=Code.USAGE)
    where = place(project, loop)
    if of_run:
        where.loaded()
        say(mask(clean(context_of_run(where.store.run_dir))).rstrip("\n") or NOT_GIVEN)
        return
    found, problems = read_context(where.project, where.definition, module=module or _module(where), budget=budget)
    if as_json:
        say_json(_json(found, problems))
    elif markdown:
        say(markdown_of(found).rstrip("\n")) if found else None
    else:
        say(text_of(found) if found else NOTHING)
    for problem in problems:
        complain(problem)
    if problems:
        raise typer.Exit(2)


def _module(where: ChosenRun) -> str:
    """The module of the run that is there."""
    loaded = where.store.load()
    return (loaded.state.module or "") if loaded is not None else ""


def _json(found: LoadedContext, problems: tuple[Problem, ...]) -> dict[str, JsonValue]:
    return {
        "loop": found.loop,
        "system": found.system,
        "module": found.module or None,
        "budget_tokens": found.budget,
        "tokens": found.tokens,
        "sections": [
            {
                "part": section.part.value,
                "title": section.title,
                "lines": [_line(line) for line in section.lines],
                "left_out": section.left_out,
            }
            for section in found.sections
        ],
        "problems": [dict(problem_json(each)) for each in problems],
    }


def _line(line: ContextLine) -> JsonValue:
    source = line.source
    return {"text": line.text, "file": source.file or None, "line": source.line or None, "run": source.run or None}
