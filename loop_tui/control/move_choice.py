"""What a person does with a move: begin with it, and state what of its score is not measured (SPEC section 7)."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.paths import project_state_path
from loop_tui.fs.present import is_there
from loop_tui.model.chosen_move import ChosenInput, MoveChoice
from loop_tui.model.clock import stamp
from loop_tui.model.context.values import Source
from loop_tui.model.dream.tree import key_of
from loop_tui.model.going_on import ENDS, RESUMES
from loop_tui.model.moves.scoring import WEIGHTS
from loop_tui.model.moves.values import Measured, Move, MoveKind
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.storage.memory import MemoryEdit, write_memory
from loop_tui.storage.move_inputs import stated_edit

from .person import person
from .stats import memory_place

MEANINGS = {
    "alignment": "how far it brings the Dream State: 1 hardly, 10 all of it",
    "unlock": "how much waits for it: 1 nothing, 10 everything",
    "likelihood": "how likely it succeeds: 1 hardly, 10 surely",
    "time": "how soon it is done: 1 takes days, 10 minutes",
    "effort": "how light it is: 1 heavy, 10 light",
}
"""What a person is asked for each input of the score."""
_LEAST, _MOST = 1.0, 10.0
_SHORT, _LONG = 60, 200
_MOST_UNBLOCKED = 20
BEGINS = (MoveKind.RELEASE_AFTER_LOOP, MoveKind.RELEASE, MoveKind.REPAIR, MoveKind.BUILD)
"""The moves that begin a run; the others are about what is there."""


def choice_of(moves: tuple[Move, ...], number: int, project: Path) -> MoveChoice:
    """The choice of one of these moves, counted from 1. Texts are cleaned, masked and cut."""
    move = moves[number - 1]
    return MoveChoice(
        kind=move.kind.word,
        loop=move.loop,
        target=one_line(move.target, _SHORT),
        module=move.module,
        what=one_line(move.what, _LONG),
        score=move.score,
        inputs={name: ChosenInput(value=each.value, by=each.by) for name, each in inputs_of(move).items()},
        evidence=tuple(place for source in move.evidence if (place := place_words(source, project))),
        unblocks=tuple(one_line(name, _SHORT) for name in move.unblocks[:_MOST_UNBLOCKED]),
        rank=number,
        of=len(moves),
    )


def number_of(moves: tuple[Move, ...], said: str) -> int:
    """Which of these moves a person means: its number, counted from 1, or its target. Raises Problem for none."""
    if not moves:
        raise Problem("nothing is open", todo="see `loop-tui next`", code=Code.NAME_UNKNOWN)
    if said.isascii() and said.isdigit():
        found = int(said[:9])
    else:
        found = next((i for i, move in enumerate(moves, 1) if key_of(said) in (key_of(move.target), move.loop)), 0)
    if not 1 <= found <= len(moves):
        todo = f"use {'1' if len(moves) == 1 else f'1 to {len(moves)}'}, or the name of a target"
        raise Problem(f"there is no move {one_line(said, _SHORT)}", todo=todo, code=Code.NAME_UNKNOWN)
    return found


def refuse_second_run(project: Path, loop: str) -> None:
    """Raise Problem where a run of the loop is there: a move begins a run of its own."""
    path = project_state_path(project, loop)
    if is_there(path):
        raise Problem(
            f"a run of {one_line(loop, _SHORT)} exists already", str(path), f"{RESUMES}, {ENDS}", code=Code.RUN_EXISTS
        )


def inputs_of(move: Move) -> dict[str, Measured]:
    """The inputs that there are, by name, in the order of the formula."""
    found = ((name, getattr(move.inputs, name)) for name, _ in WEIGHTS)
    return {name: each for name, each in found if each is not None}


def open_inputs(move: Move) -> tuple[str, ...]:
    """The names of the inputs that nothing measures: a person may state them. None for a move that has no score."""
    known = inputs_of(move)
    if move.kind is not MoveKind.BUILD:
        return ()
    return tuple(name for name, _ in WEIGHTS if name not in known or known[name].is_stated)


def input_value(name: str, text: str) -> float | None:
    """The number that a person typed for an input; None where they typed nothing. Raises Problem."""
    text = text.strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not _LEAST <= value <= _MOST:
        raise Problem(f"{name} is {one_line(text, 20)}", todo="use a number from 1 to 10", code=Code.USAGE)
    return value


def state_inputs(project: Path, move: Move, values: Mapping[str, float | None]) -> MemoryEdit | None:
    """Keep what a person states of a move in the memory of the project; None for an input takes it back.

    Gives what was written; None where nothing changed. Raises Problem for an input that is measured, or that there is
    not, and for a file that cannot be written.
    """
    allowed = open_inputs(move)
    for name in values:
        if name not in allowed:
            raise _not_open(move, name)
    place = memory_place(project, organization=False)
    made = stated_edit(place.folder, move.target, values, person(), stamp(datetime.now(UTC)))
    if made is not None:
        write_memory(made, place.within)
    return made


def _not_open(move: Move, name: str) -> Problem:
    measured = inputs_of(move).get(name)
    if measured is not None:
        return Problem(f"{name} is measured: {measured.by}", todo="leave it out", code=Code.NOT_ALLOWED)
    if move.kind is not MoveKind.BUILD:
        return Problem("this move has no score", todo="see docs/next-move.md", code=Code.NOT_ALLOWED)
    todo = f"use one of {', '.join(name for name, _ in WEIGHTS)}"
    return Problem(f"there is no input {one_line(name, _SHORT)}", todo=todo, code=Code.NAME_UNKNOWN)


def place_words(source: Source, project: Path) -> str:
    """A source as people read it: `ROADMAP.md:12`, from the top of the project; `run` and the beginning of its id."""
    if source.run:
        return f"run {source.run[:8]}"
    name = source.file
    for base, sign in ((str(project), ""), (str(Path.home()), "~")):
        if name.startswith(base + os.sep):
            name = str(Path(sign, name[len(base) + 1 :]))
            break
    return f"{name}{f':{source.line}' if source.line else ''}" if name else ""
