"""What is worth doing next, as a choice: enter starts it. The command line finds it, in a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loop_tui.model.text import one_line
from loop_tui.model.verbs import Verb

if TYPE_CHECKING:
    from .run_actions import RunActions

_MOST = 9
_RUN = Verb("run", "[LOOP]", options=("--project",))
_ANSWER, _DOCUMENTS = "answer", "documents"


async def choose_move(cockpit: RunActions) -> None:
    """Show the moves; what is chosen is started, or opened where a person is to answer."""
    from loop_tui.model.problem import Problem
    from loop_tui.tui.widgets.choose import ChooseScreen

    from .typed_verb import show_output

    project = cockpit.snapshot.project
    about = f"--project={project}"
    try:
        told = await cockpit.app.launcher.command(project, ["next", about, "--json"], looks=True)
        moves = _moves_in(told.output)[:_MOST]
        if not moves:
            show_output(cockpit, "next", await cockpit.app.launcher.command(project, ["next", about], looks=True))
            return
    except Problem as problem:
        cockpit.refuse(str(problem))
        return

    def chosen(number: str | None) -> None:
        if number is not None:
            cockpit.run_worker(_begin(cockpit, moves[int(number)]), group="verb")

    options = [(str(number), _words(move)) for number, move in enumerate(moves)]
    cockpit.app.push_screen(ChooseScreen("Next: enter starts it", options), chosen)


def _moves_in(output: str) -> list[dict[str, object]]:
    """The moves that the command printed; none of what is no such text."""
    try:
        told = json.loads(output)
    except ValueError:
        return []
    moves = told.get("moves") if isinstance(told, dict) else None
    return [move for move in moves if isinstance(move, dict)] if isinstance(moves, list) else []


def _words(move: dict[str, object]) -> str:
    named = " > ".join(str(part) for part in (move.get("loop"), move.get("target")) if part)
    score = f", {move['score']}/10" if move.get("score") is not None else ""
    return one_line(f"{named}: {move.get('what', '')}{score}", 110)


async def _begin(cockpit: RunActions, move: dict[str, object]) -> None:
    from loop_tui.tui.actions import READ_ONLY, action

    from .perform import do
    from .typed_command import Typed
    from .typed_verb import TypedVerb

    project, loop = cockpit.snapshot.project, str(move.get("loop") or "")
    if move.get("kind") == _DOCUMENTS:
        cockpit.action_docs()
    elif move.get("kind") == _ANSWER:
        cockpit.app.open_run(project, loop)
    elif cockpit.app.read_only:
        cockpit.refuse(READ_ONLY)
    elif module := str(move.get("module") or ""):
        await do(cockpit, TypedVerb(_RUN, (loop, f"--module={module}")))
    else:
        await do(cockpit, Typed(action("run"), (loop,)))
