"""Changes of files that a command makes: shown as a diff, and made after a yes."""

from difflib import unified_diff

import typer

from .screen import interactive
from .show import agreed, say

WAITING = 3


def say_change(name: str, before: str, after: str) -> None:
    """Print what changes in a file of that name, as a diff."""
    say("\n".join(unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=1)))


def ask_before(question: str) -> None:
    """Ask a person. Raises Exit 3 without a yes, and where nobody can be asked."""
    if not interactive():
        say(f"{question} Use --yes to answer yes.")
        raise typer.Exit(WAITING)
    if not agreed(question):
        raise typer.Exit(WAITING)
