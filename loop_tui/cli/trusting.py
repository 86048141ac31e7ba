"""Asking a person whether a definition that comes with a repository may run (SPEC section 2)."""

import typer

from loop_tui.control.snapshot import TrustAsk
from loop_tui.control.trust import agree

from .place import ChosenRun
from .screen import interactive
from .show import agreed, say

WAITING = 3


def ensure_trusted(where: ChosenRun, ask: TrustAsk | None, trusted: bool) -> None:
    """A definition from a repository may carry commands: it runs only after the person trusted it (SPEC section 2).

    Asks in a terminal. Raises Exit 3 with the flag that answers when nobody can be asked, and on a no.
    """
    if ask is not None:
        confirm_trust(where.definition.id, ask, trusted)
        agree(where.project, ask)


def confirm_trust(loop: str, ask: TrustAsk, trusted: bool) -> None:
    """Ask whether that file may run, unless `trusted` says so already. Raises Exit 3 where the answer is no."""
    if trusted:
        return
    question = f"{loop} comes from this repository ({ask.path}) and may run commands. Trust it?"
    if not interactive():
        say(f"{question} --trust answers yes.")
        raise typer.Exit(WAITING)
    if not agreed(question):
        raise typer.Exit(WAITING)
