"""What is worth doing next, as a choice: enter starts it. The command line finds it, in a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loop_tui.tui.moves.listed import ListedMove

    from .run_actions import RunActions

_ANSWER, _CONTINUE, _DOCUMENTS = "answer", "continue", "documents"


async def choose_move(cockpit: RunActions, start: str = "") -> None:
    """Show the moves; what is chosen is started, or opened where a person is to answer.

    With `start` nothing is shown: the move of that number, or about that target, is started.
    """
    from loop_tui.model.problem import Problem
    from loop_tui.model.text import one_line
    from loop_tui.tui.moves.listed import move_named, moves_in
    from loop_tui.tui.moves.screen import MOST_MOVES, MovesScreen

    from .typed_verb import show_output

    project = cockpit.snapshot.project
    about = f"--project={project}"
    try:
        told = await cockpit.app.launcher.moves(project, MOST_MOVES)
        moves = moves_in(told.output)
        if not moves:
            show_output(cockpit, "next", await cockpit.app.launcher.command(project, ["next", about], looks=True))
            return
    except Problem as problem:
        cockpit.refuse(str(problem))
        return

    if start:
        named = move_named(moves, start)
        if named is None:
            cockpit.refuse(f"there is no move {one_line(start, 40)}: nothing was done")
        else:
            begin_move(cockpit, named)
        return

    def chosen(move: ListedMove | None) -> None:
        if move is not None:
            begin_move(cockpit, move)

    cockpit.app.push_screen(MovesScreen(project, moves), chosen)


def begin_move(cockpit: RunActions, move: ListedMove) -> None:
    """Start it: a run of its own, which keeps why it was begun; what waits is opened, what stands goes on."""
    from loop_tui.control.move_choice import refuse_second_run
    from loop_tui.model.chosen_move import dump_choice
    from loop_tui.model.problem import Problem
    from loop_tui.tui.actions import READ_ONLY

    choice, project = move.choice, cockpit.snapshot.project
    if choice.kind == _DOCUMENTS:
        cockpit.action_docs()
    elif choice.kind == _ANSWER:
        cockpit.app.open_run(project, choice.loop)
    elif cockpit.app.read_only:
        cockpit.refuse(READ_ONLY)
    elif choice.kind == _CONTINUE:
        cockpit.app.open_run(project, choice.loop, go=True)
    else:
        try:
            refuse_second_run(project, choice.loop)
        except Problem as problem:
            cockpit.refuse(str(problem))
            return
        begins = [f"--module={choice.module}"] if choice.module else []
        begins.append(f"--move={json.dumps(dump_choice(choice))}")
        if choice.loop == cockpit.snapshot.loop:
            # Its cockpit is there: what is shown of the last run goes.
            cockpit.begins = begins
            cockpit.source.seen()
            cockpit.note_own_go()
            cockpit.tell(lambda person: person.go())
        else:
            cockpit.app.open_run(project, choice.loop, go=True, begins=begins)
