"""Opening the screen: as little as possible is imported before it is painted (PERF "Start")."""

import os
import sys
from pathlib import Path

from loop_tui.model.problem import Problem

SERVED_DRIVER = "loop_tui.tui.browser:BrowserDriver"
"""What `TEXTUAL_DRIVER` says where `loop-tui serve` started us: the terminal is in a browser."""


def interactive() -> bool:
    """True when a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_screen(
    folder: Path | None = None, loop: str | None = None, theme: str | None = None, *, read_only: bool = False
) -> int:
    """Show the screen on a project folder until the person leaves; gives the exit code.

    Raises Problem without a terminal, and for a folder or a loop that is not there.
    """
    project = (folder or Path()).absolute()
    if not project.is_dir():
        raise Problem("no such folder", str(project))
    if not interactive() and os.environ.get("TEXTUAL_DRIVER") != SERVED_DRIVER:
        raise Problem(
            "the screen needs a terminal", todo="`loop-tui run` works without one, `loop-tui status` tells how a run is"
        )
    if loop:
        from loop_tui.storage.definitions.catalog import find

        find(project, loop)
    from loop_tui.tui import run_tui

    return run_tui(project, loop, theme=theme, read_only=read_only)
