"""What packs have to say of a run, as lines for the panel of the screen, which imports no packs."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Annotated

import typer

from loop_tui.model.panel import CONTEXT, WRONG, PanelLine
from loop_tui.model.text import one_line

from .arguments import Folder
from .place import ChosenRun, place
from .show import say_json

_MOST_TROUBLES = 4


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("panel", hidden=True)(panel)


def _known(where: ChosenRun) -> Iterator[PanelLine]:
    """What a run that starts now would know: nothing where nothing is known."""
    from loop_tui.control.context import read_context
    from loop_tui.model.context.markdown import words_of
    from loop_tui.model.context.values import ContextPart

    found, problems = read_context(where.project, where.definition)
    if words := words_of(found):
        yield PanelLine(CONTEXT, words)
    for section in found.sections:
        if section.part is ContextPart.LAST_TIME:
            yield from (PanelLine(CONTEXT, f"{WRONG}{line.text}") for line in section.lines[:_MOST_TROUBLES])
    yield from (PanelLine(CONTEXT, f"{WRONG}not read: {problem}") for problem in problems[:_MOST_TROUBLES])


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
        ready = asyncio.run(packs().ready(host))
        # What stops a run comes before what it would know.
        stops = tuple(takewhile(lambda line: line.text.startswith(WRONG), ready))
        for told in (*stops, *_known(where), *ready[len(stops) :]):
            say_json({"text": one_line(told.text, 400), "about": told.about})
        return
    for line in packs().panel(loaded.state, where.definition):
        say_json({"text": one_line(line, 400)})
