"""What a person or an agent says to a run, from any terminal (SPEC section 5)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from loop_tui.control.client import RunClient
from loop_tui.engine import commands
from loop_tui.model.binding import Binding
from loop_tui.model.events import Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.ports import Committed
from loop_tui.storage.state import leases

from . import completion
from .adopting import ensure_ours
from .arguments import Adopt, Folder, Json, Loop, Stay, Trust
from .place import ChosenRun, place
from .show import say, say_json
from .trusting import confirm_trust

# How often and how many times a starting driver is looked for: two seconds in all.
_LOOK_S = 0.02
_PATIENCE = 100
_SHORTEST = 6


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (go, answer, approve, changes, reject, pause, resume, skip, complete, phase, abort):
        app.command(function.__name__, no_args_is_help=False)(function)


ClientWork = Callable[[RunClient], Committed | None]


def _run(project: Path | None, loop: str | None) -> ChosenRun:
    """The run that is meant. Raises Problem when there is none."""
    where = place(project, loop)
    where.loaded()
    return where


def _seen(project: Path | None, loop: str | None, gate: str, seen: str) -> tuple[ChosenRun, Binding | None]:
    """The run that is meant, and what a decision about a gate of it is about: what is there now.

    `seen` is what an earlier `status` printed: where that is not what is there, nothing is decided. Raises Problem.
    """
    where = place(project, loop)
    state = where.loaded().state
    meant = commands.the_gate(state, where.definition, gate)
    if isinstance(meant, Refusal) or where.definition.gate(meant) is None:
        return where, None
    now = where.store.binding(state, meant)
    if seen and not (len(seen) >= _SHORTEST and now.digest.startswith(seen)):
        raise Problem(
            f"{meant} is not what you saw ({seen}): it is {now.digest} now",
            str(where.store.path),
            "look at `loop-tui status`, then decide",
            code=Code.RUN_CHANGED,
        )
    return where, now


def tell(where: ChosenRun, work: ClientWork, *, as_json: bool, then_go: bool, trust: bool = False) -> None:
    """Write down what somebody says, tell what happened, and start the next driver when the run can go on.

    Raises Problem when there is no run, or it does not take it.
    """
    client = where.client()
    committed = work(client)
    for event in committed.events if committed is not None else ():
        if as_json:
            say_json(event.model_dump(mode="json"))
        else:
            say(f"{event.category}: {event.subject or where.definition.id} {event.action}".strip())
    if then_go:
        _start(where, client, committed, as_json=as_json, trust=trust)


def _start(where: ChosenRun, client: RunClient, committed: Committed | None, *, as_json: bool, trust: bool) -> None:
    state = committed.state if committed is not None else None
    started = client.start(state)
    if started.trust is not None:
        confirm_trust(where.definition.id, started.trust, trust)
        client.trust(started.trust)
        started = client.start(state)
        if started.trust is not None:
            what, todo = f"{where.definition.id} changed while it was trusted", "read it, then try again"
            raise Problem(what, started.trust.path, todo, code=Code.NOT_TRUSTED)
    if as_json:
        return
    if started.elsewhere:
        say(f"written down; somebody else drives this run ({started.elsewhere})")
    elif started.driver is not None:
        say(f"driven by {started.driver.name} on {started.driver.host}")
    elif started.waits:
        say(f"waits: {started.waits}")
    else:
        say(_who_drives(where, started.pid))


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


def go(
    project: Folder = None, loop: Loop = None, as_json: Json = False, trust: Trust = False, adopting: Adopt = False
) -> None:
    """Start the run, or let it go on, in a driver of its own."""
    where = place(project, loop)
    ensure_ours(where, adopting=adopting)
    tell(where, lambda client: client.go(), as_json=as_json, then_go=True, trust=trust)


def answer(
    question: Annotated[
        str,
        typer.Argument(help="The question's id, or `-` for the one that is open.", autocompletion=completion.questions),
    ],
    text: Annotated[str, typer.Argument(help="The answer; empty takes the default.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Answer a question of a skill."""

    meant = "" if question == "-" else question
    tell(_run(project, loop), lambda client: client.answer(meant, text), as_json=as_json, then_go=not no_go)


Seen = Annotated[str, typer.Option("--seen", help="What `status` printed as seen: decide only about that.")]
GateName = Annotated[
    str, typer.Argument(help="The gate; the one that waits by default.", autocompletion=completion.gates)
]


def approve(
    gate: GateName = "",
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it may pass though its checks fail.")] = "",
    seen: Seen = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Let the run through a gate."""
    where, binding = _seen(project, loop, gate, seen)
    tell(where, lambda client: client.approve(gate, reason, seen=binding), as_json=as_json, then_go=not no_go)


def changes(
    text: Annotated[str, typer.Argument(help="What is to change.")],
    gate: Annotated[
        str, typer.Option("--gate", help="The gate; the one that waits by default.", autocompletion=completion.gates)
    ] = "",
    seen: Seen = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Reject a gate with feedback; the phase before it is open again."""
    where, binding = _seen(project, loop, gate, seen)
    tell(where, lambda client: client.request_changes(text, gate, seen=binding), as_json=as_json, then_go=not no_go)


def reject(
    gate: GateName = "", seen: Seen = "", project: Folder = None, loop: Loop = None, as_json: Json = False
) -> None:
    """Do not let the run through a gate; it waits there."""
    where, binding = _seen(project, loop, gate, seen)
    tell(where, lambda client: client.reject(gate, seen=binding), as_json=as_json, then_go=False)


def pause(project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Stop after the current skill."""
    tell(_run(project, loop), lambda client: client.pause(), as_json=as_json, then_go=False)


def resume(project: Folder = None, loop: Loop = None, as_json: Json = False, no_go: Stay = False) -> None:
    """Let a paused or blocked run go on."""
    tell(_run(project, loop), lambda client: client.resume(), as_json=as_json, then_go=not no_go)


def skip(
    skill: Annotated[str, typer.Argument(help="The skill.", autocompletion=completion.open_skills)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it is not done. No reason, no skip.")] = "",
    phase: Annotated[
        str, typer.Option("--phase", help="Its phase, where two phases have it.", autocompletion=completion.phases)
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Settle a skill without doing it, with a reason."""
    tell(_run(project, loop), lambda client: client.skip(skill, reason, phase), as_json=as_json, then_go=not no_go)


def complete(
    skill: Annotated[
        str, typer.Argument(help="The skill that was done by hand.", autocompletion=completion.open_skills)
    ],
    summary: Annotated[str, typer.Option("--summary", help="What was done.")] = "",
    phase: Annotated[
        str, typer.Option("--phase", help="Its phase, where two phases have it.", autocompletion=completion.phases)
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Say that a manual skill is done."""

    tell(
        _run(project, loop),
        lambda client: client.complete(skill, summary, phase),
        as_json=as_json,
        then_go=not no_go,
    )


def phase(
    name: Annotated[str, typer.Argument(help="The phase to go to.", autocompletion=completion.phases)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why skills in between are skipped.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Go to a phase: back re-opens it and all later ones; forward skips what lies between, with a reason.

    Auto gates are not skipped: what brings their checks is done first.
    """
    tell(_run(project, loop), lambda client: client.jump(name, reason), as_json=as_json, then_go=not no_go)


def abort(
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the run ends.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """End the run; it is archived as abandoned."""
    from .packs import packs

    where = _run(project, loop)
    left = packs().left_behind([effect for effect in where.loaded().state.effects if effect.proven])
    tell(where, lambda client: client.abort(reason), as_json=as_json, then_go=True)
    if left and not as_json:
        say("\n".join(left))
