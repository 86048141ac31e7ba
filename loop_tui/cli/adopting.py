"""Making a run ours from the command line, and letting one go by a newer definition (SPEC sections 2 and 3)."""

from typing import Annotated

import typer

from loop_tui.control.adoption import Adoption, adopt, adopt_definition, adoption_of
from loop_tui.control.person import person
from loop_tui.control.trust import agree, trust_needed
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .arguments import Folder, Json, Loop, Trust
from .place import ChosenRun, place
from .screen import interactive
from .show import agreed, complain, problem_json, say, say_json
from .trusting import WAITING, confirm_trust, ensure_trusted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adopt")(adopt_command)


def ensure_ours(where: ChosenRun, *, adopting: bool, said: bool = False, as_json: bool = False) -> None:
    """See that the run, if there is one, is ours: asked in a terminal, told by a flag elsewhere.

    `adopting` is the person's yes beforehand, also to a run that somebody works on; `said` is one to a quiet run.
    Raises Exit 3 with the flag that answers where it is not, and stays so; raises Problem when it cannot be made ours.
    """
    asked = adoption_of(where.store)
    if asked is None:
        return
    if not as_json:
        say("\n".join(f"  {line}" for line in asked.lines()))
    if not (adopting or (said and not asked.presence.working)) and not _agreed(where, asked):
        what = f"this run is driven elsewhere ({asked.why}), {asked.presence.word}"
        problem = Problem(what, str(where.store.path), "--adopt takes it over", code=Code.ELSEWHERE)
        complain(problem)
        if as_json:
            say_json({"error": problem_json(problem)})
        raise typer.Exit(WAITING)
    adopt(where.store, person())


def _agreed(where: ChosenRun, asked: Adoption) -> bool:
    if not interactive():
        return False
    if not agreed(f"Take over this run of {where.definition.id}?"):
        return False
    return not asked.presence.working or agreed(f"It is being worked on ({asked.presence.word}). Take it over anyway?")


def adopt_command(
    project: Folder = None,
    loop: Loop = None,
    definition: Annotated[
        bool, typer.Option("--definition", help="Switch your run to the current definition.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Take over a run that was started elsewhere; with --definition, switch to a newer definition of its loop."""
    where = place(project, loop)
    where.loaded()
    if definition:
        _definition(where, yes=yes, trust=trust, as_json=as_json)
        return
    asked = adoption_of(where.store)
    if asked is None:
        raise Problem("this run is already yours", str(where.store.path), code=Code.NOT_ALLOWED)
    if asked.trust is not None:
        ensure_trusted(where, asked.trust, trust)
    if not as_json:
        say("\n".join(f"  {line}" for line in asked.lines()))
    if not yes and not _agreed(where, asked):
        raise Problem(
            "nothing was changed", str(where.store.path), "use --yes to adopt without asking", code=Code.DECLINED
        )
    committed = adopt(where.store, person())
    if as_json:
        for event in committed.events:
            say_json(event.model_dump(mode="json"))
        return
    say(f"{where.definition.id} is yours now; `loop-tui go` continues it")


def _definition(where: ChosenRun, *, yes: bool, trust: bool, as_json: bool) -> None:
    known = where.known
    if not known.ours or known.found is None:
        raise Problem("you have no run here", str(where.store.path), code=Code.NOT_ALLOWED)
    told = known.newer
    if not told:
        say_json({"definition": "same"}) if as_json else say("it already uses that definition")
        adopt_definition(where.store, person())
        return
    ask = trust_needed(where.project, known.found)
    if ask is not None:
        confirm_trust(where.definition.id, ask, trust)
        agree(where.project, ask)
    if not yes and not (interactive() and agreed(f"The definition changed: {told}. Switch to it?")):
        todo = "use --yes to adopt without asking"
        raise Problem(f"nothing was changed: {told}", known.found.path, todo, code=Code.DECLINED)
    committed = adopt_definition(where.store, person())
    for event in committed.events if committed is not None else ():
        say_json(event.model_dump(mode="json")) if as_json else say(f"adopted: {told}")
