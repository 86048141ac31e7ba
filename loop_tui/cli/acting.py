"""What a person or an agent says to a run, from any terminal (SPEC section 5)."""

from pathlib import Path
from typing import Annotated

import typer

from loop_tui.engine import commands
from loop_tui.model.answers import names_question
from loop_tui.model.binding import Binding
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import typed
from loop_tui.model.text import one_line

from . import completion
from .adopting import ensure_ours
from .arguments import Adopt, Folder, Json, Loop, Stay, Trust
from .place import ChosenRun, place
from .saying import tell
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
            f"{meant} is not what you saw ({seen}): it is {now.digest} now",
            str(where.store.path),
            "look at `loop-tui status`, then decide",
            code=Code.RUN_CHANGED,
        )
    return where, now, meant


def go(
    project: Folder = None, loop: Loop = None, as_json: Json = False, trust: Trust = False, adopting: Adopt = False
) -> None:
    """Start the run, or let it go on, in a driver of its own."""
    where = place(project, loop)
    ensure_ours(where, adopting=adopting, as_json=as_json)
    tell(where, lambda client: client.go(), as_json=as_json, then_go=True, trust=trust)


def answer(
    question: Annotated[
        str,
        typer.Argument(
            metavar="[QUESTION]",
            help="The question's id, or its first part. Where one question is open it may be left out.",
            autocompletion=completion.questions,
        ),
    ],
    text: Annotated[
        str,
        typer.Argument(
            help="The answer; empty takes the default. A secret is never an argument: `-` reads it from standard input."
        ),
    ] = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Answer a question of a skill."""

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
        what = "a secret is no argument: there it stands in the list of processes and in the history of the shell"
        todo = f"`loop-tui answer {name} -` reads it from standard input, and in a terminal asks for it"
        raise Problem(what, name, todo, code=Code.USAGE)
    if not text and not interactive():
        todo = f"`loop-tui answer {name} -` reads it from standard input"
        raise Problem("nobody can type a secret here", name, todo, code=Code.USAGE)
    where.client().give(question.id, read_secret(question.id, question.text))
    say_json({"question": question.id, "answered": True}) if as_json else say(f"decision: {name} answered")


Seen = Annotated[str, typer.Option("--seen", help="What `status` printed as seen: decide only about that.")]
GateName = Annotated[
    str, typer.Argument(help="The gate; the one that waits by default.", autocompletion=completion.gates)
]


def approve(
    gate: GateName = "",
    reason: Annotated[
        str,
        typer.Option("--reason", "-r", help="Why it may pass though its checks fail, or its documents are missing."),
    ] = "",
    seen: Seen = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Let the run through a gate."""
    where, binding, about = _seen(project, loop, gate, seen)
    tell(
        where,
        lambda client: client.approve(gate, reason, seen=binding),
        as_json=as_json,
        then_go=not no_go,
        about=about,
    )


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
    """Do not let the run through a gate; it waits there."""
    where, binding, about = _seen(project, loop, gate, seen)
    tell(
        where,
        lambda client: client.reject(gate, seen=binding),
        as_json=as_json,
        then_go=False,
        about=about,
    )


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
    tell(where, lambda client: client.abort(reason), as_json=as_json, then_go=True, ends=True)
    if left and not as_json:
        say("\n".join(left))
