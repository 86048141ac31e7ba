"""Calibration and patterns in the `memory` folders of all tiers: reading them, and writing what statistics say.

What somebody else wrote into these files stays as it is, byte for byte; an edit is shown before it is written.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from loop_tui.fs.atomic import replace_if, revision, write_new, write_problem
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.jsonedit.document import diff, edit, parse
from loop_tui.fs.limits import MEMORY
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.stats.memory import calibrated, patterned
from loop_tui.model.stats.values import LoopStats
from loop_tui.model.text import one_line, shown

FOLDER, CALIBRATION, PATTERNS = "memory", "calibration.json", "patterns.json"


class MemoryEdit(Struct, frozen=True):
    """What a file would say: `before` is None where there is none."""

    path: Path
    before: str | None
    after: str


def read_document(path: Path) -> tuple[str | None, Any]:
    """The text of a file and what it says; None and None where there is no file. Raises Problem."""
    try:
        text = read_plain(path, MEMORY, follow=True).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except UnicodeDecodeError:
        raise Problem("is not UTF-8", str(path), "correct it", code=Code.FILE_INVALID) from None
    except OSError as error:
        what = f"cannot be read: {one_line(error.strerror or str(error))}"
        raise Problem(what, str(path), code=Code.FILE_UNREADABLE) from error
    return text, parse(text, str(path))


def memory_edits(folder: Path, loops: Sequence[LoopStats], *, by_system: bool) -> tuple[MemoryEdit, ...]:
    """What the two files in the `memory` folder of a tier's `.claude` would say; those that would change.

    Raises Problem for a file that cannot be read, or that holds something else where this belongs.
    """

    def calibration(document: object) -> object:
        if not isinstance(document, Mapping):
            raise TypeError("the whole")
        return calibrated(document, loops, by_system=by_system)

    edits = (
        document_edit(folder / FOLDER / CALIBRATION, calibration),
        document_edit(folder / FOLDER / PATTERNS, lambda document: patterned(document, loops)),
    )
    return tuple(found for found in edits if found is not None)


def write_memory(found: MemoryEdit, within: Path) -> None:
    """Write an edit, durably, unless the file has changed since; it has to be below `within`. Raises Problem."""
    folder = Path(os.path.realpath(found.path.parent))
    if not folder.is_relative_to(os.path.realpath(within)):
        raise Problem("leads out of its folder", str(found.path), "remove the link", code=Code.PATH_UNSAFE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unlock = lock_folder(folder)
    except OSError as error:
        raise write_problem(error, found.path) from error
    is_written = False
    if unlock is not None:
        try:
            path, data = folder / found.path.name, found.after.encode()
            if found.before is None:
                is_written = write_new(path, data)
            else:
                is_written = replace_if(path, data, revision(found.before.encode()), within=within)
        finally:
            unlock()
    if not is_written:
        raise Problem("changed while it was edited", str(found.path), "try again", code=Code.STATE_BUSY)


def document_edit(path: Path, change: Callable[[object], object]) -> MemoryEdit | None:
    """What a file would say after a change of what it says; None where that is the same.

    Raises Problem for a file that cannot be read, and where `change` raises TypeError, naming the place.
    """
    before, document = read_document(path)
    document = {} if before is None else document
    try:
        new: Any = change(document)
    except TypeError as error:
        what = f"holds something else where statistics belong: {shown(str(error))}"
        raise Problem(what, str(path), "move that elsewhere", code=Code.FILE_INVALID) from None
    edits = diff(document, new)
    if not edits or (before is None and new in ({}, {"patterns": []})):
        return None
    return MemoryEdit(path, before, edit("{\n}\n" if before is None else before, edits))
