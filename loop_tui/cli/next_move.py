"""`loop-tui next`: what would be worth doing now, and why (SPEC section 7)."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from msgspec import to_builtins
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.control.dream import module_named
from loop_tui.control.moves import NextMoves, next_moves
from loop_tui.model.moves.scoring import WEIGHTS, missing_in
from loop_tui.model.moves.values import Move, MoveKind
from loop_tui.model.text import count_of, one_line

from .arguments import Folder, Json
from .dream_text import path_text
from .place import project_folder
from .show import complain, problem_json, say, say_json

_MOST = 5
_NO_GOALS = "nothing is open: no Dream State and no roadmap says what is; `loop-tui dream init` creates a Dream State"
_ALL_DONE = "nothing is open: plan what comes next in the Dream State or the roadmap, then run loop-tui next"
_NOTHING_READY = "nothing to start in this module: it is done, or waits for something else"
ModuleOfMoves = Annotated[str, typer.Option("--module", "-m", help="Only moves of this module.")]
AllMoves = Annotated[bool, typer.Option("--all", "-a", help=f"All moves, not only the first {_MOST}.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("next")(show_next)


def show_next(
    project: Folder = None, module: ModuleOfMoves = "", everything: AllMoves = False, as_json: Json = False
) -> None:
    """Show what is worth doing next: runs that wait, what is broken, a release, what documents ask for.

    Each with its evidence, what it unblocks, and a score from 1 to 10 if all its inputs were measured; nothing is
    started. Exit code 2 when a document cannot be read; the others count.
    """
    folder = project_folder(project)
    found = next_moves(folder)
    if module:
        found = _of_module(found, module_named(folder, module))
    if as_json:
        say_json(_json(found))
    elif not found.moves:
        say(_NOTHING_READY if module else _ALL_DONE if found.has_goals else _NO_GOALS)
    else:
        say("\n".join(_text(found.moves, folder, len(found.moves) if everything else _MOST)))
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
            place = f"run {source.run[:8]}" if source.run else path_text(source.file, project)
            if place:
                yield f"   evidence: {place}{f':{source.line}' if source.line and not source.run else ''}"
        if move.unblocks:
            yield f"   unblocks: {', '.join(one_line(name, 60) for name in move.unblocks)}"
        yield from _score(move)
    yield f"`{_command(moves[0])}` starts with the first"
    if len(moves) > most:
        yield f"and {count_of(len(moves) - most, 'more move')} (--all)"


def _named(move: Move) -> str:
    return " > ".join(one_line(part, 60) for part in (move.loop, move.target) if part)


def _command(move: Move) -> str:
    if move.kind is MoveKind.DOCUMENTS:
        return "loop-tui docs stale"
    if move.module:
        return f"loop-tui run {one_line(move.loop, 60)} --module {quote(one_line(move.module, 60))}"
    looks = move.kind is MoveKind.ANSWER
    return f"loop-tui {'status' if looks else 'go'} --loop {one_line(move.loop, 60)}"


def _score(move: Move) -> Iterator[str]:
    """The score with its inputs; without one the inputs that there are, and which are missing."""
    known = [(name, weight, value) for name, weight in WEIGHTS if (value := getattr(move.inputs, name)) is not None]
    if not known:
        return
    terms = ", ".join(f"{name} {value.value:g} x {weight:g} ({value.by})" for name, weight, value in known)
    if move.score is not None:
        yield f"   score {move.score:g}/10: {terms}"
    else:
        yield f"   no score, not measured: {', '.join(missing_in(move.inputs))}; {terms}"


def _json(found: NextMoves) -> dict[str, JsonValue]:
    return {
        "moves": [_move_json(move) for move in found.moves],
        "problems": [dict(problem_json(each)) for each in found.problems],
    }


def _move_json(move: Move) -> JsonValue:
    return {
        "kind": move.kind.name.lower().replace("_", "-"),
        "loop": move.loop or None,
        "target": move.target or None,
        "module": move.module or None,
        "what": one_line(move.what, 200),
        "evidence": [to_builtins(source) for source in move.evidence],
        "unblocks": list(move.unblocks),
        "score": move.score,
        "inputs": to_builtins(move.inputs),
    }
