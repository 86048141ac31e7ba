"""The skills that a person does by hand: which wait, and what each has to leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loop_tui.fs.paths import run_folder
from loop_tui.storage.state.deliverables import find_deliverable

if TYPE_CHECKING:
    from .snapshot import Snapshot


class WantedFile(NamedTuple):
    """A file that a skill has to leave, and its size; 0 where it is missing or empty."""

    name: str
    size_bytes: int


def waiting_by_hand(snapshot: Snapshot) -> tuple[str, ...]:
    """The open skills of the phase that is on, in order, which nobody but a person or an agent brings to an end."""
    state, definition = snapshot.state, snapshot.definition
    phase = state.phase_state(state.phase) if state is not None else None
    if state is None or definition is None or phase is None or snapshot.elsewhere:
        return ()
    known = ((skill.id, definition.skill(phase.id, skill.id)) for skill in phase.skills if not skill.settled)
    return tuple(
        name
        for name, defined in known
        if (defined is not None and not defined.unattended) or state.claim_on(phase.id, name) is not None
    )


def wanted_of(snapshot: Snapshot, skill: str) -> tuple[WantedFile, ...]:
    """The files that a skill has to leave, looked for as the run does when the skill is completed."""
    state, definition = snapshot.state, snapshot.definition
    defined = definition.skill(state.phase, skill) if state is not None and definition is not None else None
    folder, project = run_folder(snapshot.project, snapshot.loop), snapshot.project
    names = defined.deliverables if defined else ()
    found = ((name, find_deliverable(folder, project, name)) for name in names)
    return tuple(WantedFile(name, file.size_bytes if file is not None else 0) for name, file in found)
