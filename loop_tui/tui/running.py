"""From a command to a screen: which one opens, and the exit code when the person leaves."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.control.folder import foreign_run, loop_of, nothing_in, runs_here
from loop_tui.model.problem import Problem

from .app import LoopApp

if TYPE_CHECKING:
    from loop_tui.ports import Launcher


def run_tui(
    project: Path,
    loop: str | None,
    *,
    launcher: Launcher,
    theme: str | None = None,
    folders: Sequence[Path] = (),
    depth: int | None = None,
    history: bool = False,
    read_only: bool = False,
) -> int:
    """Show a screen until the person leaves, and give the exit code.

    It is the cockpit of a run, all runs below `folders`, or with `history` the runs that are over. A folder with
    several state files opens as the list of its runs. 70 means that the program failed: one line on stderr names the
    crash file (SCREEN, SPEC section 8). With `read_only` nothing can be changed from it.
    Raises Problem for a wrong theme, and for an own command in the settings that cannot be used.
    """
    gc.disable()
    app: LoopApp | None = None
    error: Exception | None = None
    code: int | None = None
    execution: Path | None = None
    if not (folders or history or loop) and (runs_here(project) > 1 or foreign_run(project)):
        from loop_tui.control.execution import execution_in

        execution = execution_in(project)
        folders = (project,) if execution is None else ()
    try:
        app = LoopApp(
            project,
            loop or ("" if folders or history or execution else loop_of(project)),
            launcher=launcher,
            theme=theme,
            folders=folders,
            depth=depth,
            history=history,
            read_only=read_only,
            welcome=not loop and nothing_in(project),
            execution=execution,
        )
        code = app.run_guarded()
        error = app.crashed
    except Problem:
        raise
    except Exception as raised:
        error = raised
    finally:
        gc.enable()
    if error is not None:
        from loop_tui.fs.crash import EXIT_CODE, crash_line, write_crash

        print(crash_line(error, write_crash(error)), file=sys.stderr)
        return EXIT_CODE
    if app is not None and app.left is not None:
        from .farewell import say_farewell

        say_farewell(app.left)
    if code is None and app is not None:
        return app.return_code or 0
    return code or 0
