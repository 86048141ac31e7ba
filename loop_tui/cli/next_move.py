"""`loop-tui next`: what would be worth doing now, and why; `next start` begins with it (SPEC section 7)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.control.dream import module_named
from loop_tui.control.move_choice import BEGINS, choice_of, place_words
from loop_tui.control.moves import NextMoves, next_moves
from loop_tui.model.chosen_move import dump_choice
from loop_tui.model.moves.values import Move, MoveKind
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line

from .arguments import Folder, Json
from .next_begun import rate_move, start_move
from .next_score import score_lines
from .place import project_folder
from .show import complain, problem_json, say, say_json
from .tables import wrapped

_MOST = 5
_OTHERWISE = "`loop-tui loops` lists the loops that can be started anyway"
_NO_GOALS = "nothing is open: no Dream State and no roadmap says what is; `loop-tui dream init` creates a Dream State"
_ALL_DONE = "nothing is open: plan what comes next in the Dream State or the roadmap, then run loop-tui next"
_NOTHING_READY = "nothing to start in this module: it is done, or waits for something else"
ModuleOfMoves = Annotated[str, typer.Option("--module", "-m", help="Only moves of this module.")]
MostMoves = Annotated[int, typer.Option("--limit", "-n", min=0, help="At most so many; --json lists all otherwise.")]
AllMoves = Annotated[bool, typer.Option("--all", "-a", help=f"All moves, not only the first {_MOST}.")]


def register(app: typer.Typer) -> None:
    """Add the commands; `next` alone lists the moves."""
    moves = typer.Typer(
        rich_markup_mode=None,
        invoke_without_command=True,
        help="What is worth doing next: runs that wait, checks that fail, a release, what documents ask for.",
    )
    moves.callback()(_alone)
    moves.command("list")(show_next)
    moves.command("start")(start_move)
    moves.command("rate")(rate_move)
    app.add_typer(moves, name="next")


def _alone(
    ctx: typer.Context,
    project: Folder = None,
    module: ModuleOfMoves = "",
    everything: AllMoves = False,
    limit: MostMoves = 0,
    as_json: Json = False,
) -> None:
    if ctx.invoked_subcommand is None:
        show_next(project, module, everything, limit, as_json)
    elif project is not None or module or everything or limit or as_json:
        todo = f"write the options behind {ctx.invoked_subcommand}"
        raise Problem(f"options are not allowed before {ctx.invoked_subcommand}", todo=todo, code=Code.USAGE)


def show_next(
    project: Folder = None,
    module: ModuleOfMoves = "",
    everything: AllMoves = False,
    limit: MostMoves = 0,
    as_json: Json = False,
) -> None:
    """List what is worth doing next: runs that wait, checks that fail, a release, what documents ask for.

    Each with its evidence, what it unblocks, and a score from 1 to 10 if all its inputs are known; nothing is
    started. Exit code 2 when a document cannot be read; the others count.
    """
    folder = project_folder(project)
    found = next_moves(folder)
    if module:
        found = _of_module(found, module_named(folder, module))
    if as_json:
        say_json(_json(found, folder, limit or len(found.moves)))
    elif not found.moves:
        empty = _NOTHING_READY if module else _ALL_DONE if found.has_goals else _NO_GOALS
        say(f"{empty}\n{_OTHERWISE}")
    else:
        say(wrapped("\n".join(_text(found.moves, folder, len(found.moves) if everything else limit or _MOST))))
    for problem in found.problems:
        complain(problem)
    if found.problems:
        raise typer.Exit(2)


def _of_module(found: NextMoves, module: str) -> NextMoves:
    """The moves that are about a module alone."""
    return replace(found, moves=tuple(move for move in found.moves if move.module == module))


def _text(moves: tuple[Move, ...], project: Path, most: int) -> Iterator[str]:
    for number, move in enumerate(moves[:most], 1):
        yield f"{number}. {_named(move)}: {one_line(move.what, 200)}"
        for source in move.evidence:
            if place := place_words(source, project):
                yield f"   evidence: {one_line(place)}"
        if move.unblocks:
            yield f"   unblocks: {_some(move.unblocks)}"
        yield from score_lines(move)
    yield f"`loop-tui next start` starts with the first: {_command(moves[0])}"
    if len(moves) > most:
        yield f"and {count_of(len(moves) - most, 'more move')} (--all)"


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(one_line(name, 60) for name in names[:_MOST])}{more}"


def _named(move: Move) -> str:
    return " > ".join(one_line(part, 60) for part in (move.loop, move.target) if part)


def _command(move: Move) -> str:
    """What it comes to, as one would type it."""
    if move.kind is MoveKind.DOCUMENTS:
        return "loop-tui docs stale"
    loop = one_line(move.loop, 60)
    if move.kind in BEGINS:
        return f"loop-tui run {loop}" + (f" --module {_quoted(move.module)}" if move.module else "")
    return f"loop-tui {'status' if move.kind is MoveKind.ANSWER else 'go'} --loop {loop}"


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(one_line(text, 60))


def _json(found: NextMoves, project: Path, most: int) -> dict[str, JsonValue]:
    return {
        "moves": [_move_json(found.moves, number, project) for number in range(1, min(len(found.moves), most) + 1)],
        "problems": [dict(problem_json(each)) for each in found.problems],
    }


def _move_json(moves: tuple[Move, ...], number: int, project: Path) -> JsonValue:
    move = moves[number - 1]
    return {
        "kind": move.kind.word,
        "loop": move.loop or None,
        "target": move.target or None,
        "module": move.module or None,
        "what": one_line(move.what, 200),
        "evidence": [to_builtins(source) for source in move.evidence],
        "unblocks": list(move.unblocks),
        "score": move.score,
        "inputs": to_builtins(move.inputs),
        "choice": dump_choice(choice_of(moves, number, project)),
    }
