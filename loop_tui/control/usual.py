"""What is usual for a run here: what the archive tells, else the memory of the project or of the organization."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loop_tui.fs.paths import claude_home
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunSummary
from loop_tui.model.stats.memory import usual_in
from loop_tui.model.stats.usual import Usual, usual_of
from loop_tui.storage.dream.places import FOLDER, top_of
from loop_tui.storage.memory import CALIBRATION, read_document
from loop_tui.storage.memory import FOLDER as MEMORY


def usual_here(
    runs: Sequence[RunSummary], project: Path, loop: str, system: str, env: Mapping[str, str] | None = None
) -> Usual:
    """What these runs tell. Where there are none, as on a new machine, what was written into the memory before."""
    found = usual_of(runs)
    if found.skills or found.whole is not None:
        return found
    for folder in (top_of(project) / FOLDER, claude_home(env)):
        try:
            _, document = read_document(folder / MEMORY / CALIBRATION)
        except Problem:
            continue  # `loop-tui context` names it.
        if (told := usual_in(document, loop, system)) is not None:
            return told
    return found
