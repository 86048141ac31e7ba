"""`loop-tui stats --write-memory`: what usually happens, for the memory of a project or of the organization."""

from pathlib import Path

from loop_tui.control.stats import edits_of, memory_place, write_edit
from loop_tui.fs.paths import project_name
from loop_tui.model.text import count_of, one_line

from .dream_text import path_text
from .show import say
from .stats_reading import read
from .written_changes import ask_before, say_change


def remember(
    project: Path, loop: str | None, system: str | None, since: str | None, *, organization: bool, yes: bool
) -> None:
    """Show what would change in the memory, and write it after a yes. Raises Problem, and Exit 3 without a yes.

    Unless a system is named it is that of the project, or all of them for the organization.
    """
    place = memory_place(project, organization=organization)
    whose = system or (None if organization else project_name(project))
    found = read(loop, whose, since)
    if not found.loops:
        say(f"no archived runs of {one_line(whose, 60)}" if whose else "no archived runs")
        return
    edits = edits_of(place, found)
    for edit in edits:
        say_change(path_text(edit.path, project), edit.before or "", edit.after)
    if not edits:
        say("nothing to change")
        return
    if not yes:
        ask_before(f"Write {count_of(len(edits), 'file')}?")
    for edit in edits:
        write_edit(place, edit)
        say(f"wrote {path_text(edit.path, project)}")
