"""Opening the screen: as little as possible is imported before it is painted (PERF "Start")."""

import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from loop_tui.fs.demo import refuse_demo
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

SERVED_DRIVER = "loop_tui.tui.browser:BrowserDriver"
"""What `TEXTUAL_DRIVER` says where `loop-tui serve` started us: the terminal is in a browser."""


def interactive() -> bool:
    """True when a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def forget_told_size(environment: MutableMapping[str, str]) -> None:
    """Drop COLUMNS and LINES where the terminal itself tells its size.

    Shells and wrappers export them and never change them: a wrong size is painted over the edge of the window, or
    fills the memory.
    """
    try:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return
    if columns and rows:
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)


def open_screen(
    folder: Path | None = None, loop: str | None = None, theme: str | None = None, *, read_only: bool = False
) -> int:
    """Show the screen on a project folder until the person leaves; gives the exit code.

    Raises Problem without a terminal, and for a folder or a loop that does not exist.
    """
    project = (folder or Path()).absolute()
    if not project.is_dir():
        raise Problem("no such folder", str(project), code=Code.FOLDER_MISSING)
    refuse_demo(project)
    if not interactive() and os.environ.get("TEXTUAL_DRIVER") != SERVED_DRIVER:
        raise Problem(
            "the screen needs a terminal",
            todo="`loop-tui run` and `loop-tui status` work without one",
            code=Code.USAGE,
        )
    if loop:
        from loop_tui.storage.definitions.catalog import find

        find(project, loop)
    return show_screen(project, loop, theme=theme, read_only=read_only)


def _packs_have_panels() -> bool:
    from .packs import packs

    return any(pack.panel for pack in packs().packs)


def _packs_tell_ready() -> bool:
    from .packs import packs

    return any(pack.ready for pack in packs().packs)


def show_screen(
    project: Path,
    loop: str | None,
    *,
    theme: str | None = None,
    folders: Sequence[Path] = (),
    depth: int | None = None,
    history: bool = False,
    read_only: bool = False,
) -> int:
    """Show a screen until the person leaves, and give the exit code (`loop_tui.tui.running.run_tui`).

    Raises Problem where the terminal can show none.
    """
    if os.environ.get("TERM") == "dumb" and os.environ.get("TEXTUAL_DRIVER") != SERVED_DRIVER:
        raise Problem(
            "the screen needs a terminal with cursor control, and TERM is `dumb`",
            todo="`loop-tui run` and `loop-tui status` work without one",
            code=Code.USAGE,
        )
    forget_told_size(os.environ)
    from loop_tui.control.person import person
    from loop_tui.process.launcher import ProcessLauncher
    from loop_tui.tui import run_tui

    launcher = ProcessLauncher(person(), _packs_have_panels, _packs_tell_ready)
    code = run_tui(
        project,
        loop,
        launcher=launcher,
        theme=theme,
        folders=folders,
        depth=depth,
        history=history,
        read_only=read_only,
    )
    if launcher.demo is not None:
        from loop_tui.process.launch import demo_argv

        argv = demo_argv(launcher.demo)
        os.execv(argv[0], argv)  # noqa: S606  # a program of ours, without a shell
    return code
