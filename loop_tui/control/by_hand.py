"""The skills that a person does by hand: which wait, and what each has to leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.fs.paths import run_folder
from loop_tui.fs.present import is_file

if TYPE_CHECKING:
    from .snapshot import Snapshot


class WantedFile(NamedTuple):
    """A file that a skill has to leave, and its size; None where it is not there."""

    name: str
    size_bytes: int | None

    @property
    def there(self) -> bool:
        """True for a file that holds something."""
        return bool(self.size_bytes)


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
    """The files that a skill has to leave, looked for where they are taken from: the run folder, then the project."""
    state, definition = snapshot.state, snapshot.definition
    defined = definition.skill(state.phase, skill) if state is not None and definition is not None else None
    folders = (run_folder(snapshot.project, snapshot.loop), snapshot.project)
    return tuple(WantedFile(name, _size(folders, name)) for name in (defined.deliverables if defined else ()))


def _size(folders: tuple[Path, ...], name: str) -> int | None:
    for folder in folders:
        path = folder / name
        try:
            if is_file(path):
                return path.stat().st_size
        except (OSError, ValueError):
            continue  # A name that no file can have.
    return None
