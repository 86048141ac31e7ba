"""A text in the person's own editor, and back."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean

from .foot import nothing_done

if TYPE_CHECKING:
    from textual.app import App


def edited(app: App[int], text: str) -> str | None:
    """The text as the person's editor left it, cleaned; None, and said why, where it is to stay as it is."""
    from loop_tui.fs.temporary import temporary_folder
    from loop_tui.tui.editor import edit, editor_argv, read_back, write_text

    outside = getattr(app, "outside", None)
    try:
        argv = editor_argv(os.environ)
        if outside is None:
            raise SuspendNotSupported("no terminal")
        with temporary_folder("text") as folder:
            file = write_text(folder, text)
            code = outside(partial(edit, argv, file))
            if code == 0:
                return clean(read_back(file)).rstrip("\n")
    except SuspendNotSupported:
        nothing_done(app, "an editor needs a terminal, and there is none here")
    except Problem as problem:
        nothing_done(app, str(problem))
    else:
        nothing_done(app, f"the editor ended with exit code {code}: the text is unchanged")
    return None
