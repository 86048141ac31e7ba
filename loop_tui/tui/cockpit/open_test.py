"""Opening a failed test in the person's editor, at its line. What the file is called was said by a program."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.tui.actions import action
from loop_tui.tui.editor import edit, editor_argv, place_in

if TYPE_CHECKING:
    from loop_tui.model.failed_tests import FailedTest

    from .run_answers import AnswersRun


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
