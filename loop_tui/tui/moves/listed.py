"""Moves as the command line tells them, and the words for them: a row each, and what is known of the selected one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec import Struct
from textual.content import Content

from loop_tui.model.chosen_move import MoveChoice, read_choice
from loop_tui.model.moves.scoring import WEIGHTS
from loop_tui.model.text import one_line
from loop_tui.tui.widgets.words import MUTED, STRONG, lines_of, text_of

BUILD = "build"


class ListedMove(Struct, frozen=True):
    """A move of `loop-tui next --json`; `stated` are the names of inputs that a person stated."""

    choice: MoveChoice
    stated: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The loop and what it is about."""
        return " > ".join(one_line(part, 60) for part in (self.choice.loop, self.choice.target) if part)

    @property
    def open_inputs(self) -> tuple[str, ...]:
        """The inputs that nothing measures."""
        if self.choice.kind != BUILD:
            return ()
        return tuple(name for name, _ in WEIGHTS if name not in self.choice.inputs or name in self.stated)


def moves_in(output: str) -> tuple[ListedMove, ...]:
    """The moves that the command printed; none of what is no such text."""
    try:
        told = json.loads(output)
    except (ValueError, RecursionError):
        return ()
    moves = told.get("moves") if isinstance(told, dict) else None
    return tuple(found for each in moves if (found := _read(each)) is not None) if isinstance(moves, list) else ()


def move_named(moves: Sequence[ListedMove], said: str) -> ListedMove | None:
    """The move that a person means: its number, counted from 1, or its target or loop; None for none."""
    for number, move in enumerate(moves, 1):
        if said in (str(number), move.choice.target, move.choice.loop):
            return move
    return None


def _read(move: object) -> ListedMove | None:
    choice = read_choice(move.get("choice")) if isinstance(move, dict) else None
    if choice is None or not isinstance(move, dict):
        return None
    inputs = move.get("inputs")
    told = inputs.items() if isinstance(inputs, dict) else ()
    return ListedMove(
        choice, frozenset(name for name, each in told if isinstance(each, dict) and each.get("is_stated"))
    )


def row_of(move: ListedMove) -> Content:
    """Its row: the score where there is one, then what to do."""
    score = f"{move.choice.score:g}" if move.choice.score is not None else ""
    return text_of((f"{score:>4} ", "$status-running"), (move.title, STRONG), f": {one_line(move.choice.what, 200)}")


def details_of(move: ListedMove) -> Content:
    """What is known of it: where from, what waits for it, and its score with every input."""
    choice = move.choice
    lines = [text_of((move.title, STRONG)), text_of(one_line(choice.what, 200))]
    lines += [text_of((f"{'evidence':<10}", MUTED), one_line(place, 200)) for place in choice.evidence]
    if choice.unblocks:
        lines.append(text_of((f"{'unblocks':<10}", MUTED), ", ".join(one_line(name, 60) for name in choice.unblocks)))
    if choice.kind != BUILD:
        return lines_of(*lines)
    missing = [name for name, _ in WEIGHTS if name not in choice.inputs]
    score = f"{choice.score:g} of 10" if choice.score is not None else f"none: {', '.join(missing)} not known"
    lines.append(text_of((f"{'score':<10}", MUTED), (score, STRONG)))
    for name, weight in WEIGHTS:
        if (known := choice.inputs.get(name)) is not None:
            term = f"{known.value:>4g} x {weight:.2f}  "
            lines.append(text_of((f"  {name:<11}", MUTED), term, (one_line(known.by, 100), MUTED)))
    return lines_of(*lines)
