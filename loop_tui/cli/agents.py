"""What an agent or a script says of its own work on a run (SPEC sections 3 and 5)."""

from pathlib import Path
from typing import Annotated

import typer

from loop_tui.control.person import named
from loop_tui.control.reports import checks_of, files_of, references_of
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import completion
from .arguments import As, Folder, Json, Loop, Stay
from .place import ChosenRun, place
from .saying import keep_answers, tell
from .show import say, say_json

_PHASE = Annotated[
    str,
    typer.Option(
        "--phase",
        help="The skill's phase, if several phases have a skill of that name.",
        autocompletion=completion.phases,
    ),
]
_OF_RELEASES = ("deprecate", "dist-tag")
"""What `release` may be followed by that is no skill: commands of packs."""
_WHOLE = Annotated[bool, typer.Option("--run", help="The whole run instead of one skill.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (claim, heartbeat, release, done, complete, log):
        app.command(function.__name__)(function)


def _run(project: Path | None, loop: str | None) -> ChosenRun:
    """The run that is meant. Raises Problem when there is none."""
    where = place(project, loop)
    where.loaded()
    return where


def claim(
    skill: Annotated[str, typer.Argument(help="The skill to claim.", autocompletion=completion.open_skills)] = "",
    whole: _WHOLE = False,
    phase: _PHASE = "",
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """Claim a skill (or with --run the whole run): you do it instead of the driver, and report it with `done`.

    A claim lasts while you are active: any of these commands, or a write to the state file, renews it.
    """
    if bool(skill) is whole:
        raise Problem("claim either one skill or the whole run", todo="claim SKILL, or claim --run", code=Code.USAGE)
    who = named(by)
    tell(_run(project, loop), lambda client: client.claim(skill, phase), as_json=as_json, then_go=False, by=who)


def heartbeat(by: As = "", project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Keep your claims alive: you are still working on them."""
    where, who = _run(project, loop), named(by)
    client = where.client(who)
    if found := client.elsewhere:
        todo = "no heartbeat is needed: every write to its state file counts as one"
        raise Problem(f"this run is driven elsewhere ({found})", str(where.store.path), todo, code=Code.ELSEWHERE)
    keep_answers(where)
    if not client.heartbeat():
        todo = "`loop-tui claim SKILL`, or `loop-tui claim --run`"
        raise Problem(f"{who} has no claim here", where.definition.id, todo, code=Code.NOT_ALLOWED)
    if as_json:
        say_json({"heartbeat": who})


def release(
    skill: Annotated[
        str,
        typer.Argument(help="The skill (default: everything you claimed).", autocompletion=completion.claimed_skills),
    ] = "",
    words: Annotated[
        list[str] | None,
        typer.Argument(help="The arguments of `deprecate NAME@RANGE MESSAGE` or `dist-tag NAME@VERSION TAG`."),
    ] = None,
    whole: _WHOLE = False,
    phase: _PHASE = "",
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do what `deprecate` and `dist-tag` show, without asking.")
    ] = False,
    registry: Annotated[
        str,
        typer.Option("--registry", help="The registry for `deprecate` and `dist-tag` (default: where this publishes)."),
    ] = "",
) -> None:
    """Release a claim, so that the driver continues. Or correct a published release: deprecate, dist-tag."""
    if words or skill in _OF_RELEASES:
        from .pack_commands import run_pack_command

        options = {"words": tuple(words or ()), "yes": yes, "json": as_json, "registry": registry}
        raise typer.Exit(run_pack_command(f"release {skill}", project, loop or "", options))
    if skill and whole:
        raise Problem(
            "release either one skill or the whole run", todo="release SKILL, or release --run", code=Code.USAGE
        )
    where, who = _run(project, loop), named(by)
    # Whoever was silent for too long has no say any more in what starts: that takes a person.
    quiet = [c for c in where.loaded().state.claims if c.by == who and c.lapsed and (c.skill == skill or not skill)]
    tell(
        where,
        lambda client: client.release(skill, phase) if skill or whole else client.release_own(),
        as_json=as_json,
        then_go=not no_go and not quiet,
        by=who,
    )
    if quiet and not (no_go or as_json):
        say("the claim has lapsed, because there was no heartbeat; `loop-tui go` continues the run")


_Skill = Annotated[str, typer.Argument(help="The skill that is done.", autocompletion=completion.open_skills)]
_Summary = Annotated[str, typer.Option("--summary", help="What was done.")]


def done(
    skill: _Skill,
    deliverables: Annotated[
        list[str] | None,
        typer.Option(
            "--deliverable", metavar="FILE", help="A file that the skill wrote in the project; may be repeated."
        ),
    ] = None,
    checks: Annotated[
        list[str] | None,
        typer.Option(
            "--check",
            metavar="NAME=passed|failed[:NOTE]",
            help="The result of a check of your own: shown as reported, decides no gate; may be repeated.",
        ),
    ] = None,
    references: Annotated[
        list[str] | None,
        typer.Option("--reference", metavar="TEXT", help="A file or URL that the work is based on; may be repeated."),
    ] = None,
    summary: _Summary = "",
    phase: _PHASE = "",
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Mark a claimed or manual skill as done, and record its deliverables."""
    where, who = _run(project, loop), named(by)
    files = files_of(where.project, where.definition, deliverables or [])
    found, went_by = checks_of(checks or []), references_of(references or [])
    tell(
        where,
        lambda client: client.complete(skill, summary, phase, checks=found, files=files, references=went_by),
        as_json=as_json,
        then_go=not no_go,
        by=who,
    )


def complete(
    skill: _Skill,
    summary: _Summary = "",
    phase: _PHASE = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
    no_go: Stay = False,
) -> None:
    """Mark a manual skill as done. `done` also records its deliverables."""
    done(skill, summary=summary, phase=phase, project=project, loop=loop, as_json=as_json, no_go=no_go)


def log(
    text: Annotated[str, typer.Argument(help="The message.")],
    level: Annotated[
        str,
        typer.Option(
            "--level", metavar="info|warn|error", help="The level of the message.", autocompletion=completion.levels
        ),
    ] = LogLevel.INFO.value,
    by: As = "",
    project: Folder = None,
    loop: Loop = None,
    as_json: Json = False,
) -> None:
    """Write a message to the journal; the screen shows it in the log."""
    if level not in completion.LEVELS:
        raise Problem(f"unknown --level {level}", todo=f"one of: {', '.join(completion.LEVELS)}", code=Code.USAGE)
    who = named(by)
    tell(_run(project, loop), lambda client: client.log(text, LogLevel(level)), as_json=as_json, then_go=False, by=who)
