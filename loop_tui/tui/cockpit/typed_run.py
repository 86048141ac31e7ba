"""`:run LOOP --options`: a run that the command line begins, seen in its cockpit while it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from loop_tui.model.text import one_line

from .panes import Panes

if TYPE_CHECKING:
    from loop_tui.model.verbs import CommandOutput

    from .run_actions import RunActions
    from .typed_verb import TypedVerb

_REFUSED_S = 1.5
"""What is refused is refused within that time: then there is nothing to look at."""
_BAD_INPUT = 2
_ONLY_TOLD = frozenset({"--help", "--dry-run", "--json"})


def begins_run(typed: TypedVerb) -> bool:
    """True for a run that goes on, and is no text to be read."""
    return typed.verb.name == "run" and not _ONLY_TOLD & set(typed.words)


async def watch_run(cockpit: RunActions, typed: TypedVerb) -> CommandOutput | None:
    """Begin the run, and open its cockpit once it goes on. Gives what was printed where it was refused.

    It goes on when the screen is left, as every run does. Raises Problem when it cannot be started.
    """
    project, loop = cockpit.snapshot.project, _loop_of(typed, cockpit.snapshot.loop)
    words = typed.argv(project, cockpit.snapshot.loop)
    work = asyncio.ensure_future(cockpit.app.launcher.command(project, words))
    await asyncio.wait({work}, timeout=_REFUSED_S)
    if not work.done():
        _open(cockpit, loop)
    told = await work
    if told.code == _BAD_INPUT:
        return told
    cockpit.source.refresh()
    last = (told.output.strip().splitlines() or [""])[-1]
    cockpit.say(one_line(f"run {loop}: {last or 'ended'}", 200))
    return None


def _loop_of(typed: TypedVerb, here: str) -> str:
    first = typed.words[0] if typed.words else "-"
    return here if first.startswith("-") else first


def _open(cockpit: RunActions, loop: str) -> None:
    app = cockpit.app
    if not isinstance(app.screen, Panes) or app.snapshot.loop != loop:
        app.open_run(cockpit.snapshot.project, loop)
