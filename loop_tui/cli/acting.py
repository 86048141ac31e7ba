"""What a person or an agent says to a run, from any terminal (SPEC section 5)."""

from pathlib import Path
from typing import Annotated

import typer

from loop_tui.engine import commands
from loop_tui.model.binding import Binding
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.question_ids import names_question
from loop_tui.model.secrets import typed
from loop_tui.model.text import one_line

from . import completion
from .adopting import ensure_ours
from .arguments import Adopt, Folder, Json, Loop, Stay, Trust
from .place import ChosenRun, place
from .saying import say_switch, tell
from .screen import interactive
from .secret_input import read_secret
from .show import say, say_json

_SHORTEST = 6


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (go, answer, approve, changes, reject, pause, resume, skip, phase, abort):
        app.command(function.__name__, no_args_is_help=False)(function)


def _run(project: Path | None, loop: str | None) -> ChosenRun:
    """The run that is meant. Raises Problem when there is none."""
    where = place(project, loop)
    where.loaded()
    return where


def _seen(project: Path | None, loop: str | None, gate: str, seen: str) -> tuple[ChosenRun, Binding | None, str]:
    """The run and the gate that are meant, and what a decision about it is about: what is there now.

    `seen` is what an earlier `status` printed: where that is not what is there, nothing is decided. Raises Problem.
    """
    where = place(project, loop)
    state = where.loaded().state
    meant = commands.the_gate(state, where.definition, gate)
    if isinstance(meant, Refusal) or where.definition.gate(meant) is None:
        return where, None, gate
    now = where.store.binding(state, meant)
    if seen and not (len(seen) >= _SHORTEST and now.digest.startswith(seen)):
        raise Problem(
            f"{meant} has changed since you saw it ({seen}): it is {now.digest} now",
            str(where.store.path),
            "check `loop-tui status`, then decide",
            code=Code.RUN_CHANGED,
        )
    return where, now, meant


def go(
    project: Folder = None, loop: Loop = None, as_json: Json = False, trust: Trust = False, adopting: Adopt = False
) -> None:
    """Start or continue the run in a background driver."""
    where = place(project, loop)
    ensure_ours(where, adopting=adopting, as_json=as_json)
    if not as_json:
        say_switch(where)
    tell(where, lambda client: client.go(), as_json=as_json, then_go=True, trust=trust)


def answer(
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION",
            help="The question's id or its first part; leave it out if only one question is open.",
            autocompletion=completion.questions,
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="The answer; empty accepts the default. Never pass a secret here: `-` reads it from standard input.",
        ),
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Answer a question of a skill."""
    if question is None:
        raise Problem("the answer is missing", todo="loop-tui answer [QUESTION] TEXT", code=Code.USAGE)
    where = _run(project, loop)
    pending = where.loaded().state.pending_questions
    open_ones = [each.id for each in pending if names_question(question, each.id)]
    if not text and not open_ones and question != "-" and len(pending) == 1:
        # No question is called so: it is the answer to the one that is open.
        question, text = "-", question
    # As with --answer: a name that could mean several of them is none.
    meant = "" if question == "-" else open_ones[0] if len(open_ones) == 1 else question
    secret = where.client().secret(meant)
    if secret is not None:
        _give(where, secret, text, as_json=as_json)
        return
    tell(
        where,
        lambda client: client.answer(meant, text),
        as_json=as_json,
        then_go=not no_go,
        about=meant or (pending[0].id if pending else ""),
    )


def _give(where: ChosenRun, question: Question, text: str, *, as_json: bool) -> None:
    """Give a secret to the driver that asks for it. Raises Problem, for one in the arguments at once."""
    name = one_line(question.id, 60)
    if text not in ("", "-"):
        typed(text)
        what = "a secret must not be an argument: the process list and the shell history would show it"
        todo = f"`loop-tui answer {name} -` reads it from standard input, or asks for it in a terminal"
        raise Problem(what, name, todo, code=Code.USAGE)
    if not text and not interactive():
        todo = f"`loop-tui answer {name} -` reads it from standard input"
        raise Problem("a secret cannot be typed here, because this is not a terminal", name, todo, code=Code.USAGE)
    where.client().give(question.id, read_secret(question.id, question.text))
    say_json({"question": question.id, "answered": True}) if as_json else say(f"decision: {name} answered")


Seen = Annotated[
    str, typer.Option("--seen", help="The `--seen` value that `status` printed; refuse if the gate has changed since.")
]
GateName = Annotated[
    str, typer.Argument(help="The gate (default: the one that is waiting).", autocompletion=completion.gates)
]


def approve(
    gate: GateName = "",
    reason: Annotated[
        str,
        typer.Option("--reason", "-r", help="Why the gate may pass with failed checks or missing documents."),
    ] = "",
    seen: Seen = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Approve a gate, so that the run passes it."""
    where, binding, about = _seen(project, loop, gate, seen)
    tell(
        where,
        lambda client: client.approve(gate, reason, seen=binding),
        as_json=as_json,
        then_go=not no_go,
        about=about,
    )


def changes(
    text: Annotated[str, typer.Argument(help="What to change.")],
    gate: Annotated[
        str,
        typer.Option("--gate", help="The gate (default: the one that is waiting).", autocompletion=completion.gates),
    ] = "",
    seen: Seen = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Request changes at a gate; the phase before it is reopened."""
    where, binding, about = _seen(project, loop, gate, seen)
    tell(
        where,
        lambda client: client.request_changes(text, gate, seen=binding),
        as_json=as_json,
        then_go=not no_go,
        about=about,
    )


def reject(
    gate: GateName = "", seen: Seen = "", project: Folder = None, loop: Loop = None, as_json: Json = False
) -> None:
    """Reject a gate; the run waits there."""
    where, binding, about = _seen(project, loop, gate, seen)
    tell(
        where,
        lambda client: client.reject(gate, seen=binding),
        as_json=as_json,
        then_go=False,
        about=about,
    )


def pause(project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Pause the run after the current skill."""
    tell(_run(project, loop), lambda client: client.pause(), as_json=as_json, then_go=False)


def resume(project: Folder = None, loop: Loop = None, as_json: Json = False, no_go: Stay = False) -> None:
    """Resume a paused or blocked run."""
    tell(_run(project, loop), lambda client: client.resume(), as_json=as_json, then_go=not no_go)


def skip(
    skill: Annotated[str, typer.Argument(help="The skill.", autocompletion=completion.open_skills)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the skill is skipped (required).")] = "",
    phase: Annotated[
        str,
        typer.Option(
            "--phase",
            help="The skill's phase, if several phases have a skill of that name.",
            autocompletion=completion.phases,
        ),
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Skip a skill, with a reason."""
    tell(_run(project, loop), lambda client: client.skip(skill, reason, phase), as_json=as_json, then_go=not no_go)


def phase(
    name: Annotated[str, typer.Argument(help="The phase to jump to.", autocompletion=completion.phases)],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the skills in between are skipped.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Jump to a phase. Back reopens it and all later phases; forward skips the phases in between, with a reason.

    Auto gates are not skipped: what brings their checks is done first.
    """
    tell(_run(project, loop), lambda client: client.jump(name, reason), as_json=as_json, then_go=not no_go)


def abort(
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the run ends.")] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """End the run; it is archived as aborted."""
    from .packs import packs

    where = _run(project, loop)
    left = packs().left_behind([effect for effect in where.loaded().state.effects if effect.proven])
    tell(where, lambda client: client.abort(reason), as_json=as_json, then_go=True, ends=True)
    if left and not as_json:
        say("\n".join(left))
