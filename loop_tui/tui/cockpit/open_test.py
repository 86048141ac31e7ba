"""Opening a failed test in the person's editor, at its line. What the file is called was said by a program."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.tui.actions import action
from loop_tui.tui.editor import edit, editor_argv

if TYPE_CHECKING:
    from loop_tui.model.failed_tests import FailedTest

    from .run_answers import AnswersRun


def place_in(project: Path, name: str) -> Path:
    """The file of that name. Raises Problem unless it is a plain file that lies in the project."""
    shown = one_line(name, 200)
    try:
        root = project.resolve()
        file = (root / name).resolve()
        # A link is another file than the one that was named; a pipe would make the editor wait for ever.
        is_plain = stat.S_ISREG((root / name).lstat().st_mode)
    except (OSError, ValueError, RuntimeError):
        raise Problem("the file of this test is missing", shown, code=Code.FILE_UNREADABLE) from None
    if not file.is_relative_to(root):
        raise Problem("is not opened: it is outside the project", shown, code=Code.PATH_UNSAFE)
    if not is_plain:
        raise Problem("is not opened: it is not a regular file", shown, code=Code.PATH_UNSAFE)
    return file


def open_test(cockpit: AnswersRun, test: FailedTest) -> None:
    """Open the file of a test at its line; what is in the way is said."""
    app, project = cockpit.app, cockpit.snapshot.project
    why = app.why_not(action("viewer-edit"))
    if not why and not test.file:
        why = f"the file of {one_line(test.name, 100)} is unknown"
    if why:
        cockpit.refuse(why)
        return
    try:
        file, argv = place_in(project, test.file), editor_argv(os.environ)
        code = app.outside(partial(edit, argv, file, line=test.line))
    except SuspendNotSupported:
        cockpit.refuse("an editor needs a terminal, and there is none here")
        return
    except Problem as problem:
        cockpit.refuse(str(problem))
        return
    if code:
        cockpit.refuse(f"the editor ended with exit code {code}")
