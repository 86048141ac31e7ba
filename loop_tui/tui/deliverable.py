"""Deliverables as text to be shown: which is the newest, and what stands in it."""

from collections.abc import Sequence
from pathlib import Path

from loop_tui.files.paths import run_folder
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.text import clean, mask, one_line

MOST_BYTES = 2_000_000


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


def read_deliverable(folders: Sequence[Path], entry: Deliverable) -> str:
    """The text of a deliverable, cleaned and masked.

    Raises Problem when it is missing, no text, or does not lie in one of the folders (SPEC section 5).
    """
    name = entry.path or entry.name
    for folder in folders:
        root = folder.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(root):
            continue
        if path.is_file():
            return _read(path)
    if any((folder / name).exists() for folder in folders):
        raise Problem("is not shown: it lies outside of the project", one_line(name, 200))
    raise Problem("is not there", one_line(name, 200), "it may have been removed")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path)) from error
    if b"\0" in data[:4096]:
        raise Problem("is no text", str(path))
    text = mask(clean(data[:MOST_BYTES].decode("utf-8", "replace"))).replace("\r", "")
    return text + ("\n… cut here: the file is larger than what is shown" if len(data) > MOST_BYTES else "")
