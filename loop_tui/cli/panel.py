"""What packs have to say of a run, as lines for the panel of the screen, which imports no packs."""

from typing import Annotated

import typer

from loop_tui.model.text import one_line

from .arguments import Folder
from .place import place
from .show import say_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("panel", hidden=True)(panel)


def panel(loop: Annotated[str, typer.Argument()], project: Folder = None) -> None:
    """Print the lines of all packs, one JSON object a line (started by the screen).

    About the run, or where there is none about what starting one would do; `about` says in a word what a line tells.
    """
    from .packs import packs

    where = place(project, loop)
    loaded = where.store.load()
    if loaded is None:
        import asyncio

        from .pack_commands import PackCommandHost

        host = PackCommandHost(project, where.definition.id, default=False)
        for told in asyncio.run(packs().ready(host)):
            say_json({"text": one_line(told.text, 400), "about": told.about})
        return
    for line in packs().panel(loaded.state, where.definition):
        say_json({"text": one_line(line, 400)})
