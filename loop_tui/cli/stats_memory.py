"""`loop-tui stats --write-memory`: what usually happens, for the memory of a project or of the organization."""

from difflib import unified_diff
from pathlib import Path

import typer

from loop_tui.control.stats import MemoryEdit, edits_of, memory_place, write_edit
from loop_tui.fs.paths import project_name
from loop_tui.model.text import count_of

from .dream_text import path_text
from .screen import interactive
from .show import agreed, say
from .stats_reading import read

WAITING = 3


def remember(
    project: Path, loop: str | None, system: str | None, since: str | None, *, organization: bool, yes: bool
) -> None:
    """Show what would change in the memory, and write it after a yes. Raises Problem, and Exit 3 without a yes.

    Unless a system is named it is that of the project, or all of them for the organization.
    """
    place = memory_place(project, organization=organization)
    found = read(loop, system or (None if organization else project_name(project)), since)
    if not found.loops:
        say("no archived runs")
        return
    edits = edits_of(place, found)
    for edit in edits:
        _show(edit, project)
    if not edits:
        say("nothing to change")
        return
    _ask(f"Write {count_of(len(edits), 'file')}?", yes=yes)
    for edit in edits:
        write_edit(place, edit)
        say(f"wrote {path_text(edit.path, project)}")


def _show(edit: MemoryEdit, project: Path) -> None:
    name = path_text(edit.path, project)
    say(
        "\n".join(unified_diff((edit.before or "").splitlines(), edit.after.splitlines(), name, name, lineterm="", n=1))
    )


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not interactive():
        say(f"{question} Use --yes to answer yes.")
        raise typer.Exit(WAITING)
    if not agreed(question):
        raise typer.Exit(WAITING)
