"""The driver's ports in memory: one run without a file, a process or a repository (`loop_tui.ports`).

They pass the same contract tests as the real ones (`tests/ports`), and what a transaction writes is made by the same
functions. A `MemoryRun` is what a disk would keep: ports made anew over it are those of the next driver.
"""

from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import short_name
from loop_tui.ports import RunPlace, RunPorts

from .artifacts import MemoryArchive, MemoryArtifacts
from .clock import MemoryClock
from .context import MemoryContext
from .docs import MemoryDocs
from .dreams import MemoryDreams
from .lease import MemoryLease
from .log import MemoryLog
from .store import MemoryStore
from .workspace import MemoryWorkspace

__all__ = [
    "MemoryArchive",
    "MemoryArtifacts",
    "MemoryClock",
    "MemoryContext",
    "MemoryDocs",
    "MemoryDreams",
    "MemoryLease",
    "MemoryLog",
    "MemoryRun",
    "MemoryStore",
    "MemoryWorkspace",
]


@dataclass
class MemoryRun:
    """Everything that survives the death of a driver."""

    definition: LoopDefinition
    place: RunPlace
    clock: MemoryClock
    store: MemoryStore
    lease: MemoryLease
    log: MemoryLog
    artifacts: MemoryArtifacts
    archive: MemoryArchive
    dreams: MemoryDreams
    workspace: MemoryWorkspace = field(default_factory=MemoryWorkspace)
    context: MemoryContext = field(default_factory=MemoryContext)
    docs: MemoryDocs = field(default_factory=MemoryDocs)

    @classmethod
    def of(cls, definition: LoopDefinition, place: RunPlace | None = None, token: str = "") -> "MemoryRun":
        """A run that has not begun, in a project that is nowhere unless a place is given (`token`: see MemoryLease)."""
        place = place or nowhere(definition.id)
        clock, archive = MemoryClock(), MemoryArchive()
        store = MemoryStore(definition, str(place.state_file), clock)
        log = MemoryLog()
        artifacts = MemoryArtifacts(place, store, log, archive)
        store.find = artifacts.find
        return cls(
            definition, place, clock, store, MemoryLease(clock, token), log, artifacts, archive, MemoryDreams(place)
        )

    def reopened(self) -> "MemoryRun":
        """What the next process finds: lines that a dead driver had not flushed are gone with it."""
        self.log.forget()
        return self

    def ports(self, **others: object) -> RunPorts:
        """The ports for one driver; `others` stand in for some of them."""
        made = RunPorts(
            place=self.place,
            store=self.store,
            lease=self.lease,
            log=self.log,
            artifacts=self.artifacts,
            archive=self.archive,
            context=self.context,
            workspace=self.workspace,
            clock=self.clock,
            dreams=self.dreams,
            docs=self.docs,
        )
        return replace(made, **others)


def nowhere(loop: str) -> RunPlace:
    """A place that does not exist: whoever opens something there fails."""
    project = Path("/nowhere/project")
    state_file = project / f"{short_name(loop)}-state.json"
    return RunPlace(project, project / ".loop" / loop, state_file, Path("/nowhere/home"))
