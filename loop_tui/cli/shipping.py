"""Commands around a ship: what it would do, and taking it back while nobody else can have it."""

import json
import os
from typing import TYPE_CHECKING

import typer

from loop_tui.control.person import person
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.text import mask, secrets_in

from .arguments import Folder, Json, Loop
from .place import ChosenRun, place
from .show import say, say_json

if TYPE_CHECKING:
    from loop_tui.packs.ship.undo.undo import Undone


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("undo")(undo)


def show_plan(where: ChosenRun, *, as_json: bool) -> int:
    """Print what the run would do, and change nothing; gives the exit code.

    A definition that nobody trusts yet is shown, too: nothing of it is run. Raises Problem for what cannot be read.
    """
    import asyncio

    from loop_tui.packs.ship.dry_run.plan import plan_of
    from loop_tui.storage.archive.query import ArchiveFiles

    from .wiring import run_place

    loaded = where.store.load()
    state = loaded.state if loaded is not None else None
    at = run_place(where.store, os.environ)
    plan = asyncio.run(plan_of(at, where.definition, ArchiveFiles(at.home), state))
    secrets = secrets_in(os.environ)
    if as_json:
        say_json({"dry_run": True, **json.loads(mask(plan.model_dump_json(), secrets))})
    else:
        from .plan_text import plan_text

        say(mask(plan_text(plan), secrets))
    return 0


async def _take_back(where: ChosenRun) -> "Undone":
    """Undo under the lease of the run. Raises Problem for what cannot be taken back."""
    from loop_tui.driver import holder_name, under_lease
    from loop_tui.packs.ship.undo import undo as taking_back

    from .wiring import run_ports

    ports = run_ports(where.project, where.definition, os.environ)
    taking_back.refuse_without_run(ports.store, where.definition, ports.place, ports.archive)

    def driven(by: LeaseRecord) -> Problem:
        todo = "`loop-tui pause` stops it after its skill; then undo"
        return Problem(f"driven by {by.name} on {by.host}: nothing was taken back", str(where.project), todo)

    async def work() -> taking_back.Undone:
        return await taking_back.undo(ports.store, where.definition, ports.place, person())

    return await under_lease(ports.lease, holder_name(f"undo by {person()}"), ports.clock, work, driven)


def undo(project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Take back this run's own commit and version, before they are pushed and if nothing else was changed."""
    from .running import interruptible

    where = place(project, loop)
    done = interruptible(_take_back(where))
    if done is None:
        if not as_json:
            say("interrupted; undo again goes on where it was")
        raise typer.Exit(130)
    if as_json:
        say_json(
            {
                "undone": done.anything,
                "commits": list(done.commits),
                "head": done.head,
                "branch": done.branch,
                "version": done.version,
                "files": list(done.files),
            }
        )
        return
    if not done.anything:
        say("nothing to take back: this run has neither written a version nor committed")
        return
    for sha in done.commits:
        say(f"took back {sha[:7]}: {done.branch} is at {done.head[:7]} again; what it held is in the working tree")
    for name in done.files:
        say(f"{name} says {done.version} again")
    if not done.commits and not done.files:
        say("nothing of it had reached the world; the run forgets that it was meant")
    say("the run is back at its first phase; `loop-tui go` starts it there")
