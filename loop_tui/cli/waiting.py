"""Waiting for an answer, and asking a question, from a script (SPEC section 5)."""

from typing import Annotated

import typer

from loop_tui.control.person import named
from loop_tui.control.reports import question_of
from loop_tui.control.waiting import Awaited, Outcome, Waiting, awaited
from loop_tui.model.clock import parse_stamp
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import completion
from .arguments import As, Folder, Json, Loop
from .interrupts import INTERRUPTED, interruptible
from .place import ChosenRun, place
from .saying import tell
from .show import aside, say, say_json

_EXITS = {Outcome.CHANGES: 4, Outcome.REJECTED: 5, Outcome.TIMEOUT: 124, Outcome.OVER: 1}
_Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0, help="Seconds to wait (default: no limit)."),
]
_JsonObject = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (wait, ask):
        app.command(function.__name__)(function)


def wait(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="GATE|QUESTION",
            help="What to wait for (default: whatever needs a person now or next).",
            autocompletion=completion.gates_and_questions,
        ),
    ] = "",
    timeout: _Timeout = None,
    after: Annotated[
        str,
        typer.Option(
            "--after",
            metavar="TIME",
            help="Only accept a decision later than this time (the `at` of an earlier `wait`).",
        ),
    ] = "",
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: _JsonObject = False,
) -> None:
    """Wait until a gate or question is answered, and print the answer.

    Exit codes: 0 approved or answered, 4 changes requested, 5 rejected, 124 timeout, 1 the run ended.

    While it waits, your claims count as active, and no other program can erase an answer.
    """
    where, who = place(project, loop), named(by)
    where.loaded()
    if after and not subject:
        raise Problem("--after needs the name of a gate", todo="wait GATE --after TIME", code=Code.USAGE)
    if after and parse_stamp(after) is None:
        raise Problem(f"--after {after} is not a time", todo="use the `at` of an earlier `wait`", code=Code.USAGE)
    raise typer.Exit(_waited(where, who, subject, timeout, after, as_json=as_json))


def _waited(where: ChosenRun, by: str, subject: str, timeout_s: float | None, after: str = "", *, as_json: bool) -> int:
    waiting = Waiting(where.client(by), subject, after)
    found: Awaited | None = interruptible(awaited(waiting, timeout_s))
    if found is None:
        return INTERRUPTED
    if as_json:
        say_json(found.told())
    elif found.outcome in (Outcome.TIMEOUT, Outcome.OVER):
        aside(f"loop-tui: {found.subject or 'no question yet'}: {found.text}")
    else:
        aside(f"{found.subject}: {found.outcome}{f' by {found.by}' if found.by else ''}")
        if found.text:
            say(found.text)
    return _EXITS.get(found.outcome, 0)


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    answers: Annotated[
        list[str] | None, typer.Argument(metavar="ANSWER", help="With --choices: the allowed answers.")
    ] = None,
    choices: Annotated[
        bool, typer.Option("--choices", help="Allow only the words that follow the question as answers.")
    ] = False,
    default: Annotated[str | None, typer.Option("--default", help="The answer when none is given.")] = None,
    block: Annotated[bool, typer.Option("--block", help="Block the run until the question is answered.")] = False,
    waits: Annotated[bool, typer.Option("--wait", help="Wait for the answer and print it, like `wait`.")] = False,
    timeout: _Timeout = None,
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """Ask the user a question. It is answered on the screen, with `answer`, or in the state file.

    The same text is the same question: it is not asked twice.
    """
    if answers and not choices:
        todo = 'put the question in quotes, or use --choices: ask "Which one?" --choices A B'
        raise Problem(f"unexpected argument {answers[0]}", todo=todo, code=Code.USAGE)
    if choices and not answers:
        raise Problem("--choices without choices", todo='ask "Which one?" --choices A B', code=Code.USAGE)
    if timeout is not None and not waits:
        raise Problem("--timeout is only allowed with --wait", todo="ask QUESTION --wait --timeout S", code=Code.USAGE)
    where, who = place(project, loop), named(by)
    where.loaded()
    asked = question_of(question, answers or [], default, who)
    tell(where, lambda client: client.ask(asked, block=block), as_json=as_json, then_go=False, by=who, quiet=waits)
    if waits:
        raise typer.Exit(_waited(where, who, asked.id, timeout, as_json=as_json))
    say_json({"question": asked.id}) if as_json else say(asked.id)
