"""Which definition a run goes by: its own copy where it is ours, else what the catalog has (SPEC section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loop_tui.engine.adoption import differences
from loop_tui.fs.paths import project_state_path, run_folder
from loop_tui.model.binding import definition_hash
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.storage.definitions.catalog import FoundLoop, find
from loop_tui.storage.state.owner import Ownership, read_owner
from loop_tui.storage.state.reader import read_state

from .snapshot import TrustAsk
from .trust import trust_needed


@dataclass(frozen=True)
class RunDefinition:
    """The definition that a run goes by. `found` is what the catalog has, None where that cannot be used.

    `owner` says whose the run is that is there; `ours` is True for a run of ours, with its own copy.
    """

    definition: LoopDefinition
    found: FoundLoop | None
    owner: Ownership
    ours: bool
    trust: TrustAsk | None = None
    """What a person has to agree to before the loop may run; a run of ours has its yes."""

    @property
    def newer(self) -> str:
        """What the definition of the catalog has more and fewer than that of the run; nothing where they are alike."""
        if not self.ours or self.found is None:
            return ""
        if definition_hash(self.found.definition) == definition_hash(self.definition):
            return ""
        return differences(self.definition, self.found.definition)


def definition_of(project: Path, loop: str, env: Mapping[str, str] | None = None) -> RunDefinition:
    """The definition that a run of that loop goes by, or would.

    Raises Problem when there is no run of ours and the catalog has no definition that can be used.
    """
    found: FoundLoop | None = None
    missing: Problem | None = None
    try:
        found = find(project, loop, env)
    except Problem as problem:
        missing = problem
    for name in (found.definition.id,) if found else (loop, f"{loop}-loop"):
        owner, ours = _owner(project, name, env)
        if ours and owner.definition is not None:
            return RunDefinition(owner.definition, found, owner, ours=True)
    if found is None:
        assert missing is not None
        raise missing
    return RunDefinition(found.definition, found, owner, ours=False, trust=trust_needed(project, found, env))


def _owner(project: Path, loop: str, env: Mapping[str, str] | None) -> tuple[Ownership, bool]:
    """Whose the run is that is there, and whether it is ours; a state that cannot be read does not make it another."""
    try:
        path, run_dir = project_state_path(project, loop), run_folder(project, loop)
    except Problem:
        return Ownership(), False
    owner = read_owner(run_dir, project, loop, env)
    if owner.record is None or not path.exists():
        return owner, False
    try:
        return owner, owner.of(read_state(path).state.run)
    except Problem:
        return owner, True
