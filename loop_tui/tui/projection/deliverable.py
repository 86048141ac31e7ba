"""Deliverables as text to be shown: which is the newest, what stands in it, and what an earlier run left."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from loop_tui.fs.paths import run_folder
from loop_tui.fs.plain import read_start
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask
from loop_tui.model.state import RunState
from loop_tui.model.text import clean, one_line

MOST_BYTES = 5_000_000


def folders_of(project: Path, loop: str, archive: str = "") -> tuple[Path, ...]:
    """Where the deliverables of a run may lie: run folder, project, and the archive of a run that is over."""
    archived = (Path(archive).with_suffix(""),) if archive else ()
    return (run_folder(project, loop), project, *archived)


def newest_first(state: RunState) -> tuple[Deliverable, ...]:
    """The deliverables of a run, those of the skill that was done last first."""
    order: dict[str, int] = {}
    for place, entry in enumerate(state.skill_log):
        order |= dict.fromkeys(entry.deliverables, place)
    # Of one skill the first is its report; what comes after it are its artifacts.
    return tuple(sorted(state.deliverables, key=lambda d: order.get(d.name, -1), reverse=True))


def file_of(folders: Sequence[Path], entry: Deliverable) -> Path:
    """The file of a deliverable.

    Raises Problem when it is missing, or does not lie in one of the folders (SPEC section 5).
    """
    name = entry.path or entry.name
    for folder in folders:
        # A deliverable of the project itself lies under its name in an archive.
        for inner in dict.fromkeys((name, f"deliverables/{entry.name}")):
            if (found := _inside(folder, inner)) is not None:
                return found
    if any(_exists(folder / name) for folder in folders):
        raise Problem("is not shown: it is outside the project", one_line(name, 200), code=Code.PATH_UNSAFE)
    raise Problem("does not exist", one_line(name, 200), "it may have been removed", code=Code.FILE_UNREADABLE)


def _inside(folder: Path, name: str) -> Path | None:
    try:
        root = folder.resolve()
        path = (folder / name).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None  # A name that no file can have, or links in a circle.


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_deliverable(folders: Sequence[Path], entry: Deliverable) -> str:
    """The text of a deliverable, cleaned and masked.

    Raises Problem when it is missing, too large, no text, or does not lie in one of the folders (SPEC section 5).
    """
    path = file_of(folders, entry)
    return text_in(bytes_of(path), path)


def bytes_of(path: Path) -> bytes:
    """What stands in a file. Raises Problem when it cannot be read, or is too large to be shown."""
    try:
        data = read_start(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            size = f"{path.stat().st_size / 1_000_000:.0f} MB"
            what = f"is too large to show: {size}, at most {MOST_BYTES // 1_000_000} MB are shown"
            raise Problem(what, str(path), "open it in an editor", code=Code.FILE_INVALID)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
    return data


def text_in(data: bytes, path: Path) -> str:
    """The bytes of a file as text, cleaned and masked. Raises Problem when they are no text."""
    if b"\0" in data:
        raise Problem("is not text", str(path), code=Code.FILE_INVALID)
    return mask(clean(data.decode("utf-8", "replace")))


def changed_since(data: bytes, entry: Deliverable) -> bool:
    """True when a deliverable was recorded with a hash, and its file holds something else now."""
    return bool(entry.sha256) and hashlib.sha256(data).hexdigest() != entry.sha256
