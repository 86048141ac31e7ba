"""Which definition a run goes by: its own copy where it is ours, else what the catalog has (SPEC section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.engine.adoption import differences
from loop_tui.fs.paths import project_state_path, run_folder
from loop_tui.model.binding import definition_hash
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.storage.definitions.catalog import FoundLoop, find
from loop_tui.storage.state.owner import Ownership, own_copy, read_owner
from loop_tui.storage.state.reader import read_state
from loop_tui.storage.state.signing import is_signed

from .snapshot import TrustAsk
from .trust import trust_needed


class RunDefinition(Struct, frozen=True):
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

    @property
    def how_to_switch(self) -> str:
        """That the definition or the project's settings changed, and the command that makes the run go by it.

        Nothing where they are alike.
        """
        newer = self.newer
        return f"the definition changed: {newer}; `loop-tui adopt --definition` switches to it" if newer else ""


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
        owner, own = _owner(project, name, env)
        if own is not None:
            return RunDefinition(own, found, owner, ours=True)
    if found is None:
        assert missing is not None
        raise missing
    return RunDefinition(found.definition, found, owner, ours=False, trust=trust_needed(project, found, env))


def _owner(project: Path, loop: str, env: Mapping[str, str] | None) -> tuple[Ownership, LoopDefinition | None]:
    """Whose the run is that is there, and its definition where it is ours; None where it is not, or there is none.

    A state that cannot be read does not make it another's. Where the state says in our own words that another
    definition was adopted, an older record that somebody put back does not undo that.
    """
    try:
        path, run_dir = project_state_path(project, loop), run_folder(project, loop)
    except Problem:
        return Ownership(), None
    owner = read_owner(run_dir, project, loop, env)
    if owner.record is None or owner.signer is None or not path.exists():
        return owner, None
    try:
        state = read_state(path).state
    except Problem:
        return owner, owner.definition
    if not owner.of(state.run):
        return owner, None
    if state.definition != owner.record.definition and is_signed(state, owner.signer):
        return owner, own_copy(run_dir, state.definition) or owner.definition
    return owner, owner.definition
