"""Asking a person whether a definition that comes with a repository may run (SPEC section 2)."""

import typer

from loop_tui.control.snapshot import TrustAsk
from loop_tui.control.trust import agree
from loop_tui.model.text import one_line

from .place import ChosenRun
from .screen import interactive
from .show import agreed, say, say_whole

WAITING = 3


def told(loop: str, ask: TrustAsk) -> list[str]:
    """What a person reads before the question: all that would be run and asked, and what changed since the last yes."""
    lines = [ask.trouble] if ask.trouble else []
    lines += [f"What {loop} would run:", *(f"  {line}" for line in ask.does)]
    if ask.changed:
        lines += ["It differs from the one that you trusted:", *(f"  {line}" for line in ask.changed)]
    return lines


def ensure_trusted(where: ChosenRun, ask: TrustAsk | None, trusted: bool) -> None:
    """A definition from a repository may carry commands: it runs only after the person trusted it (SPEC section 2).

    Asks in a terminal. Raises Exit 3 with the flag that answers when nobody can be asked, and on a no.
    """
    if ask is not None:
        confirm_trust(where.definition.id, ask, trusted)
        agree(where.project, ask)


def confirm_trust(loop: str, ask: TrustAsk, trusted: bool) -> None:
    """Ask whether that may run, all of it shown, unless `trusted` says already so. Raises Exit 3 on a no."""
    if trusted:
        return
    say_whole("\n".join(told(loop, ask)))
    question = f"{loop}: {ask.words} ({one_line(ask.path)}). Trust it?"
    if not interactive():
        say(f"{question} Use --trust to answer yes.")
        raise typer.Exit(WAITING)
    if not agreed(question):
        raise typer.Exit(WAITING)
