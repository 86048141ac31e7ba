"""A command of the person's own: its arguments filled in, run, and what it printed shown as they want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from loop_tui.fs.paths import run_folder
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.actions import READ_ONLY

from .typed_verb import show_output

if TYPE_CHECKING:
    from loop_tui.control.preferences import OwnCommand

    from .run_actions import RunActions

_HEX = frozenset("0123456789abcdef")


def do_own(cockpit: RunActions, name: str) -> None:
    """Do the command of that id; what is in the way is said."""
    command = next((each for each in cockpit.app.settings.commands if each.id == name), None)
    if command is None:
        return
    if cockpit.app.read_only:
        cockpit.refuse(READ_ONLY)
        return
    try:
        argv = command.filled(values_of(cockpit))
        folder = _folder(cockpit, command)
    except Problem as problem:
        cockpit.refuse(f"{command.title}: {problem}")
        return
    if command.output == "terminal":
        _in_terminal(cockpit, command, argv, folder)
    else:
        if any(each.group == "own" and each.name == name and each.is_running for each in cockpit.app.workers):
            cockpit.refuse(f"{one_line(command.title, 60)}: it is still running")
            return
        cockpit.run_worker(_run(cockpit, command, argv, folder), name=name, group="own")


def _folder(cockpit: RunActions, command: OwnCommand) -> Path:
    """Where it runs. Raises Problem where there is no such folder yet."""
    project, loop = cockpit.snapshot.project, cockpit.snapshot.loop
    return project if command.folder == "project" else run_folder(project, loop)


def values_of(cockpit: RunActions) -> dict[str, str]:
    """What the placeholders stand for now; what there is none of is empty."""
    snapshot = cockpit.snapshot
    state = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    row = cockpit.selected_row()
    name = row.id.removeprefix(f"file:{row.parent}/") if row is not None and row.kind == "file" else ""
    return {
        "project": str(snapshot.project),
        "loop": snapshot.loop,
        "run": state.run if state is not None else "",
        "phase": (row.phase if row is not None else "") or (state.phase if state is not None else ""),
        "file": _file(cockpit, name),
        "sha": _commit(cockpit),
    }


def _file(cockpit: RunActions, name: str) -> str:
    """The file of a deliverable: one that lies in the folders of the run, whatever its state says."""
    from loop_tui.tui.projection.deliverable import file_of

    from .view_items import seen_by

    seen = seen_by(cockpit)
    entry = next((each for each in cockpit.snapshot.deliverables if each.name == name), None)
    if not name or seen is None or entry is None:
        return ""
    try:
        return str(file_of(seen.folders, entry))
    except Problem:
        return ""


def _commit(cockpit: RunActions) -> str:
    """The commit of the selected skill's checks, else the one that is checked out; only what looks like one."""
    snapshot = cockpit.snapshot
    state = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    selected = cockpit.selected_skill()
    entries = state.skill_log if state is not None and selected is not None else ()
    found = [c.commit for e in entries if selected and (e.phase, e.skill) == selected for c in e.checks]
    known = [*reversed(found), *reversed(snapshot.head.split())]
    return next((each for each in known if 7 <= len(each) <= 64 and set(each) <= _HEX), "")


async def _run(cockpit: RunActions, command: OwnCommand, argv: list[str], folder: Path) -> None:
    try:
        told = await cockpit.app.launcher.own_command(argv, folder)
    except Problem as problem:
        cockpit.say(f"{command.title}: {problem}", "warning")
        return
    cockpit.source.refresh()
    if command.output == "background":
        # Only its end is said: whoever wants to read it has it on a page.
        told = CommandOutput(told.code, "", "")
    show_output(cockpit, command.title, told)


def _in_terminal(cockpit: RunActions, command: OwnCommand, argv: list[str], folder: Path) -> None:
    from loop_tui.tui.editor import in_terminal

    try:
        code = cockpit.app.outside(lambda started: in_terminal(argv, folder, started))
    except SuspendNotSupported:
        cockpit.refuse(f"{one_line(command.title, 60)}: it needs a terminal")
        return
    except Problem as problem:
        cockpit.say(f"{command.title}: {problem}", "warning")
        return
    cockpit.source.refresh()
    if code:
        cockpit.say(f"{one_line(command.title, 60)}: exit code {code}", "warning")
