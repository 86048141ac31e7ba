"""What a person or an agent says to a run, from any terminal (SPEC section 5)."""

import time
from collections.abc import Callable
from typing import Annotated

import typer

from loop_tui.control.person import person
from loop_tui.engine import commands
from loop_tui.engine.decide import decide
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.actions import Wait
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.storage.state import leases

from . import completing
from .arguments import Folder, Json, Loop, Stay, Trust
from .place import ChosenRun, place
from .show import say, say_json

# How often and how many times a starting driver is looked for: two seconds in all.
_LOOK_S = 0.02
_PATIENCE = 100

Says = Callable[[RunState, LoopDefinition, str], commands.Wanted]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (go, answer, approve, changes, reject, pause, resume, skip, complete, phase, abort):
        app.command(function.__name__, no_args_is_help=False)(function)


def tell(where: ChosenRun, says: Says, *, as_json: bool, then_go: bool) -> None:
    """Write down what somebody says, tell what happened, and start the next driver when the run can go on.

    Raises Problem when the run does not take it.
    """
    by = person()

    def wish(state: RunState) -> commands.Wanted:
        return says(state, where.definition, by)

    state = write(where, wish, as_json=as_json)
    if then_go:
        start_driver(where, state, as_json=as_json)


def write(where: ChosenRun, wish: Wish, *, as_json: bool) -> RunState:
    """Bring changes about and print the events. Raises Problem when there is no run, or it refuses."""
    where.loaded()
    outcome = where.store.transact(step(where.definition, wish))
    if isinstance(outcome, Refusal):
        raise Problem(outcome.reason, where.definition.id, outcome.todo, code=outcome.code)
    for event in outcome.events:
        if as_json:
            say_json(event.model_dump(mode="json"))
        else:
            say(f"{event.category}: {event.subject or where.definition.id} {event.action}".strip())
    return outcome.state


def start_driver(where: ChosenRun, state: RunState | None, *, as_json: bool, trust: bool = False) -> None:
    """Start the next driver, unless one works already or only a person can go on."""
    from .running import ensure_trusted, spawn

    action = decide(state, where.definition) if state is not None else None
    driver = leases.current(where.store.run_dir)
    if driver is not None:
        if not as_json:
            say(f"driven by {driver.name} on {driver.host}")
        return
    if isinstance(action, Wait) and action.on != "deliverable":
        if not as_json:
            say(f"waits: {action.reason}")
        return
    ensure_trusted(where.project, where.found, trust)
    pid = spawn(where.project, where.definition.id)
    if not as_json:
        say(_who_drives(where, pid))


def _who_drives(where: ChosenRun, pid: int) -> str:
    """What became of the driver that was started: of two that start at once, one drives."""
    for _ in range(_PATIENCE):
        driver = leases.current(where.store.run_dir)
        if driver is not None and driver.pid != pid:
            return f"driven by {driver.name} on {driver.host}"
        if driver is not None or leases.process_started(pid) is None:
            break
        time.sleep(_LOOK_S)
    return f"started driver {pid}; `loop-tui status` tells how it goes, `loop-tui` shows it"


def go(project: Folder = None, loop: Loop = None, as_json: Json = False, trust: Trust = False) -> None:
    """Start the run, or let it go on, in a driver of its own."""
    where = place(project, loop)
    loaded = where.store.load()
    if loaded is None:
        start_driver(where, None, as_json=as_json, trust=trust)
        return
    state = write(where, lambda s: commands.go(s, where.definition, person()), as_json=as_json)
    start_driver(where, state, as_json=as_json, trust=trust)


def answer(
    question: Annotated[
        str,
        typer.Argument(help="The question's id, or `-` for the one that is open.", autocompletion=completing.questions),
    ],
    text: Annotated[str, typer.Argument(help="The answer; empty takes the default.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Answer a question of a skill."""

    def says(state: RunState, definition: LoopDefinition, by: str) -> commands.Wanted:
        return commands.answer(state, "" if question == "-" else question, text, by)

    tell(place(project, loop), says, as_json=as_json, then_go=not no_go)


GateName = Annotated[
    str, typer.Argument(help="The gate; the one that waits by default.", autocompletion=completing.gates)
]


def approve(
    gate: GateName = "",
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it may pass though its checks fail.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Let the run through a gate."""
    where = place(project, loop)
    tell(where, lambda s, d, by: commands.approve(s, d, by, gate, reason), as_json=as_json, then_go=not no_go)


def changes(
    text: Annotated[str, typer.Argument(help="What is to change.")],
    gate: Annotated[
        str, typer.Option("--gate", help="The gate; the one that waits by default.", autocompletion=completing.gates)
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Reject a gate with feedback; the phase before it is open again."""
    where = place(project, loop)
    tell(where, lambda s, d, by: commands.request_changes(s, d, by, text, gate), as_json=as_json, then_go=not no_go)


def reject(gate: GateName = "", project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Do not let the run through a gate; it waits there."""
    tell(place(project, loop), lambda s, d, by: commands.reject(s, d, by, gate), as_json=as_json, then_go=False)


def pause(project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Stop after the current skill."""
    tell(place(project, loop), lambda s, d, by: commands.pause(s, by), as_json=as_json, then_go=False)


def resume(project: Folder = None, loop: Loop = None, as_json: Json = False, no_go: Stay = False) -> None:
    """Let a paused or blocked run go on."""
    tell(place(project, loop), lambda s, d, by: commands.resume(s, by), as_json=as_json, then_go=not no_go)


def skip(
    skill: Annotated[str, typer.Argument(help="The skill.", autocompletion=completing.open_skills)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it is not done. No reason, no skip.")] = "",
    phase: Annotated[
        str, typer.Option("--phase", help="Its phase, where two phases have it.", autocompletion=completing.phases)
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """Settle a skill without doing it, with a reason."""
    where = place(project, loop)
    tell(where, lambda s, d, by: commands.skip(s, skill, reason, by, phase), as_json=as_json, then_go=False)


def complete(
    skill: Annotated[
        str, typer.Argument(help="The skill that was done by hand.", autocompletion=completing.open_skills)
    ],
    summary: Annotated[str, typer.Option("--summary", help="What was done.")] = "",
    phase: Annotated[
        str, typer.Option("--phase", help="Its phase, where two phases have it.", autocompletion=completing.phases)
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Say that a manual skill is done."""

    def says(state: RunState, definition: LoopDefinition, by: str) -> commands.Wanted:
        return commands.complete(state, definition, skill, by, phase, summary)

    tell(place(project, loop), says, as_json=as_json, then_go=not no_go)


def phase(
    name: Annotated[str, typer.Argument(help="The phase to go to.", autocompletion=completing.phases)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why skills in between are skipped.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Go to a phase: back re-opens it and all later ones; forward skips what lies between, with a reason."""
    where = place(project, loop)
    tell(where, lambda s, d, by: commands.jump(s, d, name, by, reason), as_json=as_json, then_go=not no_go)


def abort(
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the run ends.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """End the run; it is archived as abandoned."""
    from .packs import packs

    where = place(project, loop)
    left = packs().left_behind([effect for effect in where.loaded().state.effects if effect.proven])
    tell(where, lambda s, d, by: commands.abort(s, reason, by), as_json=as_json, then_go=True)
    if left and not as_json:
        say("\n".join(left))
