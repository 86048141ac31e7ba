"""Commands that drive a run, or open the screen on it."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from loop_tui.control.answers import AnswerKeeper
from loop_tui.control.person import person
from loop_tui.control.run_definition import definition_of
from loop_tui.engine.decide import decide
from loop_tui.fs.needs import unmet
from loop_tui.model.actions import Wait
from loop_tui.model.chosen_move import MoveChoice, read_choice
from loop_tui.model.evidence import Question
from loop_tui.model.going_on import ENDS, RESUMES, THEN_GO, go_word
from loop_tui.model.names import DEFAULT_LOOP
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.question_ids import names_question
from loop_tui.model.status import Autonomy, word_of
from loop_tui.model.text import one_line
from loop_tui.storage.state import leases

from .adopting import ensure_ours
from .arguments import Adopt, Folder, Json, Trust
from .interrupts import INTERRUPTED, interruptible
from .live_output import LiveOutput
from .place import ChosenRun, place
from .saying import say_switch
from .screen import interactive
from .secret_input import read_secret
from .show import agreed, aside, ask, coloured, complain, error_json, line_for_people, resume_table, say, say_json
from .trusting import WAITING, ensure_trusted

_FOLLOW_S = 0.1
_EXISTS = "a run exists already"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    from .pack_commands import with_run_options

    app.command("run")(with_run_options(run))
    app.command("drive", hidden=True)(drive_command)


AnswerOptions = Annotated[
    list[str] | None, typer.Option("--answer", help="QUESTION=TEXT, where QUESTION is its id or the first part of it.")
]
AnswersFile = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="A TOML file of answers, with a table for each form. What --answer says counts before it.",
    ),
]
SecretOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="QUESTION",
        help="Read the answer to this secret question (its id or the first part of it) from a line of standard input.",
    ),
]
MoveText = Annotated[str, typer.Option("--move", hidden=True, help="The move that a new run begins with, as JSON.")]
ApproveOptions = Annotated[list[str] | None, typer.Option("--approve", help="A human gate to approve without asking.")]


def run(
    loop: Annotated[str, typer.Argument(help="The loop.")] = DEFAULT_LOOP,
    project: Folder = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the existing run.")] = False,
    phase: Annotated[
        str, typer.Option("--phase", help="The phase to start at; the checks of auto gates before it run first.")
    ] = "",
    module: Annotated[
        str, typer.Option("--module", help="The module of the system that a new run is about: its Dream State counts.")
    ] = "",
    move: MoveText = "",
    reason: Annotated[str, typer.Option("--reason", help="Why phases or targets are skipped.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept the default of every question.")] = False,
    answers: AnswerOptions = None,
    answers_file: AnswersFile = None,
    secrets: SecretOptions = None,
    approve: ApproveOptions = None,
    autonomy: Annotated[Autonomy | None, typer.Option("--autonomy", help="How often the run asks.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; change nothing and ask nothing.")
    ] = False,
    as_json: Json = False,
    trusted: Trust = False,
    adopting: Adopt = False,
    chosen: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Run a loop in the foreground, without the screen, until it is done or waits.

    Exit codes: 0 done, 1 failed or blocked, 2 bad input, 3 waiting for a person, 130 interrupted.
    """
    if dry_run:
        from .pack_commands import run_pack_command

        said = {**chosen, "reason": reason, "json": as_json}
        raise typer.Exit(run_pack_command("run --dry-run", project, loop, said))
    where = place(project, loop)
    if resume:
        where.loaded()  # A release that nobody asked for must not begin where one was to be ended.
    missing = unmet(where.definition.id, where.definition.needs, where.project)
    if missing is not None and not where.store.exists():
        raise missing
    module = _module(where, module)
    ensure_trusted(where, where.known.trust, trusted)
    if not _may_resume(where, resume or yes or bool(phase), as_json):
        raise typer.Exit(WAITING)
    ensure_ours(where, adopting=adopting, said=resume, as_json=as_json)
    kept = AnswerKeeper(where.store).keep()
    if kept and not as_json:
        say("\n".join(map(str, kept)))
    from loop_tui.driver import GivenSecrets, Options

    given = GivenSecrets()
    options = Options(
        by=person(),
        yes=yes,
        # An option of a pack also answers the question of its name, which may wait since an earlier run.
        answers={
            **{name: text for name, text in chosen.items() if isinstance(text, str)},
            **_answers_in(answers_file),
            **_pairs(answers or []),
        },
        approve=tuple(approve or []),
        autonomy=autonomy,
        phase=phase,
        reason=reason,
        module=module,
        choice=_choice(move),
        chosen=chosen,
        secrets=given,
    )
    _refuse_in_arguments(where, options)
    for name in secrets or []:
        given.give(name, read_secret(name))
    raise typer.Exit(_drive_here(where, options, as_json, tuple(_pairs(answers or []))))


def _answers_in(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    from .answers_file import read_answers

    return read_answers(file)


def _pairs(texts: list[str]) -> dict[str, str]:
    """`QUESTION=TEXT` arguments. Raises Problem for one without `=`."""
    pairs = {}
    for text in texts:
        name, sign, answer = text.partition("=")
        if not sign:
            raise Problem(f"--answer {text}: `=` is missing", todo="--answer QUESTION=TEXT", code=Code.USAGE)
        pairs[name] = answer
    return pairs


def _choice(text: str) -> MoveChoice | None:
    """The move that a person chose, as `loop-tui next` and the screen hand it on. Raises Problem for what is none."""
    if not text:
        return None
    try:
        choice = read_choice(json.loads(text))
    except ValueError:
        choice = None
    if choice is None:
        raise Problem("--move is not a move", todo="use `loop-tui next start`", code=Code.USAGE)
    return choice


def _module(where: ChosenRun, name: str) -> str:
    """The module as its Dream State writes it. Raises Problem for one that is not listed, and for another run's."""
    if not name:
        return ""
    from loop_tui.control.dream import module_named

    loaded, known = where.store.load(), module_named(where.project, name)
    if loaded is not None and loaded.state.module != known:
        what = f"this run is about {loaded.state.module or 'the whole system'}, not {one_line(known, 60)}"
        raise Problem(what, str(where.store.path), f"{RESUMES} without --module, {ENDS}", code=Code.RUN_EXISTS)
    return known


def _refuse_in_arguments(where: ChosenRun, options: Any) -> None:
    """Raise Problem where an argument answers the question for a secret that waits: there every process sees it."""
    loaded = where.store.load()
    for question in loaded.state.pending_questions if loaded is not None else ():
        if question.is_secret and options.answer_to(question) is not None:
            what, name = "a secret must not be an argument: the process list would show it", one_line(question.id, 60)
            raise Problem(what, name, f"--secret {name} reads it from standard input", code=Code.USAGE)


def _may_resume(where: ChosenRun, resume: bool, as_json: bool) -> bool:
    """Show the table of phases when there is a run, and ask whether to go on with it."""
    loaded = where.store.load()
    if loaded is None:
        return True
    if as_json:
        if not resume:
            todo = f"{RESUMES}, {ENDS}"
            told = error_json(Code.RUN_EXISTS, _EXISTS, str(where.store.path), todo)
            say_json(
                {"outcome": "waiting", "code": WAITING, "reason": _EXISTS, "todo": todo, "archive": None, "error": told}
            )
        return resume
    say(resume_table(loaded.state, where.definition))
    say_switch(where)
    if resume:
        return True
    if interactive():
        return agreed(f"{go_word(loaded.state.status).capitalize()} from {loaded.state.phase}?", default=True)
    say(f"{_EXISTS}: {RESUMES}, {ENDS}")
    return False


def _drive_here(where: ChosenRun, options: Any, as_json: bool, said: tuple[str, ...] = ()) -> int:
    """Drive in the foreground; in a terminal, ask what the run asks and go on."""
    from loop_tui.driver import DriveResult, Exit, drive

    from .packs import packs, runners
    from .wiring import run_ports

    output = LiveOutput(as_json=as_json)
    while True:
        ports = run_ports(where.project, where.definition, os.environ)
        work = drive(
            where.definition,
            options,
            ports,
            environment=os.environ,
            runners=runners(),
            packs=packs(),
            on_event=output.event,
            on_line=output.line,
        )
        outcome = interruptible(output.while_read(work))
        if output.lost is not None:
            # Whoever wants to know how it ended asks for the status.
            if outcome is not None:
                return int(outcome.code)
            complain(output.problem)
            return INTERRUPTED
        if outcome is None:
            say_json({"outcome": "interrupted", "code": INTERRUPTED}) if as_json else say(f"interrupted: {RESUMES}")
            return INTERRUPTED
        if outcome.driver is not None and not as_json:
            return _attach(where, outcome)
        if outcome.code is Exit.WAITING and not as_json:
            pending = outcome.state.pending_questions if outcome.state is not None else ()
            question = outcome.question or next(iter(pending), None)
            for line in output.unsaid(question.detail) if question is not None else ():
                say(line)
            if question is not None and interactive():
                # A run that has the question has made the jump that was said with its start.
                phase = options.phase if outcome.question is not None else ""
                options = replace(_asked(where, question, options), phase=phase)
                continue
        break
    assert isinstance(outcome, DriveResult)
    _tell(_with_switch(where, outcome), as_json)
    _name_unasked(outcome, said)
    return int(outcome.code)


def _with_switch(where: ChosenRun, outcome: Any) -> Any:
    """The outcome; of one that failed, with how the run comes to go by what was changed in the project since.

    Whoever corrected a setting there would otherwise see the same failure again and again.
    """
    from loop_tui.driver import Exit

    if outcome.code is not Exit.FAILED:
        return outcome
    with contextlib.suppress(Problem):
        if switch := definition_of(where.project, where.definition.id).how_to_switch:
            return replace(outcome, todo=f"{outcome.todo}\n  {switch}" if outcome.todo else switch)
    return outcome


def _name_unasked(outcome: Any, said: tuple[str, ...]) -> None:
    """Say which `--answer` no question of this run took: a name that is mistyped is not swallowed."""
    asked = [question.id for question in outcome.state.questions] if outcome.state is not None else []
    if outcome.question is not None:
        asked.append(outcome.question.id)
    unasked = [name for name in said if not any(names_question(name, question) for question in asked)]
    if unasked:
        aside(f"--answer {', '.join(unasked)} was not used: no such question was asked")


def _asked(where: ChosenRun, question: Question, options: Any) -> Any:
    """The options with the person's answer to a question."""
    if question.is_secret or where.client().secret(question.id) is not None:
        options.secrets.give(question.id, read_secret(question.id, question.text))
        return options
    text = ask(question.text, question.default or "")
    return replace(options, answers={**options.answers, question.id: text})


def _tell(outcome: Any, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "outcome": outcome.code.name.lower(),
                "code": int(outcome.code),
                "reason": outcome.reason,
                "todo": outcome.todo,
                "archive": str(outcome.archive) if outcome.archive else None,
                "error": error_json(outcome.error, outcome.reason, todo=outcome.todo) if outcome.error else None,
            }
        )
        return
    if outcome.archive is not None:
        from .run_page import summary_of

        say()
        say(summary_of(outcome.archive))
        return
    say()
    words = {1: "failed", 3: "waiting"}.get(int(outcome.code), outcome.code.name.lower())
    # What failed mostly says itself what to do before that.
    first, *more = outcome.todo.split("\n")
    todo = "\n".join([*([] if THEN_GO in first and THEN_GO in outcome.reason else [first]), *more]).strip()
    say(f"{words}: {outcome.reason}" + (f"\n  {todo}" if todo else ""))


def _attach(where: ChosenRun, outcome: Any) -> int:
    """Show a run that another process drives, until that driver ends."""
    from loop_tui.storage.log.output_log import OUTPUT_NAME, read_from

    say(f"{outcome.reason}: watching")
    path, offset, colour = where.store.run_dir / OUTPUT_NAME, 0, coloured()
    while True:
        alive = leases.current(where.store.run_dir) is not None
        lines, offset = read_from(path, offset)
        for line in lines:
            sys.stdout.write(line_for_people(line, colour) + "\n")
        # Whoever reads through a pipe, or in a file, waits for this as a person before a terminal does.
        sys.stdout.flush()
        if not alive:
            break
        time.sleep(_FOLLOW_S)
    loaded = where.store.load()
    if loaded is None:
        say("the run has ended")
        return 0
    action = decide(loaded.state, where.definition)
    say(f"the driver ended: {action.reason if isinstance(action, Wait) else word_of(loaded.state.status)}")
    return WAITING if isinstance(action, Wait) and action.on != "blocked" else 1


def drive_command(
    loop: Annotated[str, typer.Argument()],
    project: Annotated[Path, typer.Option("--project")],
    by: Annotated[str, typer.Option("--by")] = "you",
    module: Annotated[str, typer.Option("--module")] = "",
    move: MoveText = "",
) -> None:
    """Drive a run in the background (started by `go` and by the screen)."""
    from loop_tui.driver import Options, drive

    from .packs import packs, runners
    from .wiring import run_ports

    where = place(project, loop)
    if where.known.trust is not None:
        todo, what = "use `loop-tui go --trust` to trust it", f"{where.definition.id} is not trusted in this repository"
        raise Problem(what, where.known.trust.path, todo, code=Code.NOT_TRUSTED)
    ports = run_ports(where.project, where.definition, os.environ)
    # Whoever watches can answer: it waits for secrets, which nothing could keep until the next driver.
    options = Options(by=by, module=_module(where, module), choice=_choice(move), waits_for_secrets=True)
    work = drive(where.definition, options, ports, environment=os.environ, runners=runners(), packs=packs())
    outcome = interruptible(work)
    raise typer.Exit(INTERRUPTED if outcome is None else int(outcome.code))
