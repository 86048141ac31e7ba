"""`loop-tui next start` and `next rate`: begin with a move, and state what of its score is not measured."""

import json
from pathlib import Path
from typing import Annotated

import typer

from loop_tui.control.move_choice import (
    BEGINS,
    MEANINGS,
    choice_of,
    input_value,
    inputs_of,
    number_of,
    open_inputs,
    refuse_second_run,
    state_inputs,
)
from loop_tui.control.moves import next_moves
from loop_tui.model.chosen_move import dump_choice
from loop_tui.model.moves.values import Move, MoveKind
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from .arguments import Folder, Json, Trust
from .dream_text import path_text
from .next_score import score_lines
from .place import project_folder
from .screen import interactive
from .show import ask, complain, say

WAITING = 3
Meant = Annotated[str, typer.Argument(metavar="MOVE", help="The move: its number in `loop-tui next`, or its target.")]
StartYes = Annotated[bool, typer.Option("--yes", "-y", help="Accept the default of every question of the run.")]
StatedInputs = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An input, from 1 to 10; `NAME=` takes back what was stated."),
]


def start_move(
    move: Meant = "1", project: Folder = None, yes: StartYes = False, as_json: Json = False, trusted: Trust = False
) -> None:
    """Start with a move: begin its run here, continue the one that stands, or show what waits for you.

    A run that begins keeps why in its state and its archive (`leverage_decision`). Exit codes are those of the command
    that it comes to: run, go, status or docs stale.
    """
    folder = project_folder(project)
    moves = next_moves(folder).moves
    number = number_of(moves, move)
    chosen = moves[number - 1]
    if chosen.kind is MoveKind.DOCUMENTS:
        from .docs import stale

        stale(folder, "", as_json)
    elif chosen.kind is MoveKind.ANSWER:
        from .status import status

        status(folder, chosen.loop, as_json)
    elif chosen.kind is MoveKind.CONTINUE:
        from .acting import go

        go(folder, chosen.loop, as_json, trusted)
    else:
        _begin(moves, number, folder, yes=yes, as_json=as_json, trusted=trusted)


def _begin(moves: tuple[Move, ...], number: int, folder: Path, *, yes: bool, as_json: bool, trusted: bool) -> None:
    from .run import run

    move = moves[number - 1]
    assert move.kind in BEGINS
    refuse_second_run(folder, move.loop)
    chosen = json.dumps(dump_choice(choice_of(moves, number, folder)))
    run(move.loop, folder, module=move.module, move=chosen, yes=yes, as_json=as_json, trusted=trusted)


def rate_move(move: Meant = "1", project: Folder = None, given: StatedInputs = None) -> None:
    """State the inputs of a move's score that nothing measures; in a terminal each is asked for, and may be left out.

    They are kept in .claude/memory/calibration.json, and count until there is something to measure. Exit code 3 where
    there is no terminal and nothing is said with --set.
    """
    folder = project_folder(project)
    found = next_moves(folder)
    chosen = found.moves[number_of(found.moves, move) - 1]
    named = one_line(chosen.target or chosen.loop, 60)
    wanted = open_inputs(chosen)
    if given:
        values = dict(map(_pair, given))
    elif not wanted:
        say(f"{named}: nothing to state, " + ("every input is measured" if inputs_of(chosen) else "it has no score"))
        return
    elif not interactive():
        say(f"{named}: not measured: {', '.join(wanted)}\nuse --set {wanted[0]}=NUMBER, from 1 to 10")
        raise typer.Exit(WAITING)
    else:
        values = _asked(chosen, wanted)
    made = state_inputs(folder, chosen, values)
    say(f"wrote {path_text(made.path, folder)}" if made is not None else "nothing changed")
    for line in _after(folder, chosen):
        say(line)
    for problem in found.problems:
        complain(problem)


def _pair(text: str) -> tuple[str, float | None]:
    name, sign, value = text.partition("=")
    if not sign:
        raise Problem(f"--set {one_line(text, 40)}: `=` is missing", todo="--set NAME=VALUE", code=Code.USAGE)
    return name.strip(), input_value(name.strip(), value)


def _asked(move: Move, wanted: tuple[str, ...]) -> dict[str, float | None]:
    """What a person says of each; an empty answer leaves it as it is."""
    known, values = inputs_of(move), dict[str, float | None]()
    say(f"{one_line(move.target, 60)}: {one_line(move.what, 200)}\nfrom 1 to 10; enter leaves one as it is")
    for name in wanted:
        now = f", now {known[name].value:g}" if name in known else ""
        while text := ask(f"{name} ({MEANINGS[name]}{now})"):
            try:
                values[name] = input_value(name, text)
                break
            except Problem as problem:
                complain(problem)
    return values


def _after(folder: Path, move: Move) -> list[str]:
    """Where the move stands now, with its score."""
    moves = next_moves(folder).moves
    for number, each in enumerate(moves, 1):
        if (each.kind, each.target) == (move.kind, move.target):
            return [f"{number}. {one_line(each.target, 60)}", *score_lines(each)]
    return []
