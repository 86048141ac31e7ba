"""What driver and control need of storage, processes, the working tree and time: one protocol each (DESIGN "Packages").

`storage`, `services` and `process` implement them, the tests implement those of the driver in memory; both pass the
same contract tests (`tests/ports`). The modules of the driver open no file by themselves.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.binding import Binding
from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.docs.aligned import Alignment, DocEdit
from loop_tui.model.dream.told import ChecklistItem, CompletedRun, DocumentEdit, DreamEdits, ItemsDone, RunningLoop
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Deliverable
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.log import LogLevel
from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState
from loop_tui.model.transaction import Transaction
from loop_tui.model.verbs import CommandOutput, Verb

Proof = dict[str, JsonValue]
"""What shows that a change to the world is there."""


class Loaded(NamedTuple):
    """A state with the text it was read from and the revision of its bytes.

    `written` is what the text says where not all of that is believed.
    """

    state: RunState
    text: str
    revision: str
    written: RunState | None = None


class Committed(Struct, frozen=True):
    """What a transaction left behind: the state, the revision of its text and the events that were journaled."""

    state: RunState
    revision: str
    events: tuple[Event, ...]


class RunPlace(Struct, frozen=True):
    """Where a run lies: for messages, for skills, whose work are the files there, and for what is told a person.

    `home` is the folder of archives and of what is synced to the person (`LOOP_TUI_HOME`, SPEC section 7).
    """

    project: Path
    run_dir: Path
    state_file: Path
    home: Path


class Clock(Protocol):
    """Time that is written down or waited for by rule; time limits of the event loop are not meant."""

    def now(self) -> datetime:
        """This moment, with its zone."""

    def steady_s(self) -> float:
        """Seconds of a clock that nobody puts back or forward: only the difference of two of them means something."""

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass; may be cancelled."""


class RunStore(Protocol):
    """The state and the journal of one run (SPEC section 3)."""

    def exists(self) -> bool:
        """True when there is a state, readable or not."""

    def mark(self) -> Hashable | None:
        """What changes with every write, without reading the state; None when there is none."""

    def load(self) -> Loaded | None:
        """The state as it is, or None without one. Raises Problem when it is damaged."""

    def create(self, state: RunState, change: Change, then: Transaction | None = None) -> Loaded:
        """Start a run and journal the change. Raises Problem when there is a state already.

        What `then` makes of the new state is in that same first write, and in the journal behind the change: whoever
        dies right after it has left a run that knows all of it.
        """

    def ours(self, run: str) -> bool:
        """True when that run is ours to drive (SPEC section 3)."""

    def binding(self, state: RunState, gate: str) -> Binding:
        """What an approval of a gate would bind to now. Raises Problem without a definition."""

    def transact(self, step: Transaction, *, seen: Binding | None = None) -> Committed | Refusal:
        """Bring a change about: read, let `step` decide, write what differs, journal its events.

        With `seen`, what whoever decides about a gate saw, nothing is decided where that is not what is there now.
        `step` may be called more than once: again when somebody wrote in between. A Refusal changes nothing, and
        nothing is written when nothing differs. What others wrote since the last transaction is journaled first, as
        `edited`. Raises Problem when the state is gone, damaged, locked for too long, or cannot be written.
        """

    def remove(self) -> None:
        """Take the state away, once the run is archived. Nothing happens without one. Raises Problem."""

    def events(self) -> list[Event]:
        """The journal, oldest first; what is no event in it is passed over. Raises OSError when it cannot be read."""


class HeldLease(Protocol):
    """The right to drive a run, held. `previous` is the record of a driver that died without giving it back."""

    @property
    def record(self) -> LeaseRecord:
        """Who we are, as others read it."""

    @property
    def previous(self) -> LeaseRecord | None:
        """The record of a dead driver, whose programs are to be ended."""

    def beat(self) -> None:
        """Say that the driver lives; nothing after `release`.

        Raises Problem when somebody else has taken the run over, and when it cannot be written.
        """

    def release(self) -> None:
        """Let the next driver in. May be called again."""


class Lease(Protocol):
    """Who drives a run: at most one driver at a time (SPEC section 3)."""

    def acquire(self, name: str) -> HeldLease | LeaseRecord:
        """The right to drive, under that name, or the record of the driver who has it.

        Never waits for the end of a driver. Raises Problem when the lease cannot be written.
        """

    def current(self) -> LeaseRecord | None:
        """The record of the living driver, or None. Takes nothing over; it is for whoever only watches."""


class LogSink(Protocol):
    """The output log of a run."""

    def add_texts(self, at_ms: int, skill: str, level: LogLevel, texts: Sequence[str], stream: int = 0) -> None:
        """Add lines, clean and masked already; they may wait for the next `flush`. Raises Problem.

        `at_ms` is milliseconds since 1970; `stream` tells programs that run side by side from each other.
        """

    def flush(self) -> None:
        """Bring everything to where readers see it. Raises Problem; what could not be written then still waits."""


class ArtifactStore(Protocol):
    """What a run leaves behind: documents while it lives, an archive when it is over (SPEC section 7)."""

    def deliver(self, name: str, data: bytes) -> str:
        """Leave a document, whole or not at all, and give its path as `Deliverable.path` has it.

        Raises Problem for a name that is no plain file name, and when it cannot be written.
        """

    def find(self, name: str) -> Deliverable | None:
        """The document of that name: in the run folder, else in the project. None when it is missing or empty."""

    def archive_place(self, system: str, loop: str, moment: datetime) -> str:
        """Where a run that ends at that moment is archived: a path that nothing has yet. Nothing is made."""

    def archive(
        self,
        place: str,
        loaded: Loaded,
        moment: datetime,
        told: Mapping[str, JsonValue],
        checklist: Sequence[ChecklistItem] = (),
    ) -> None:
        """Archive the run at that place: its state and all that it left. May be said again after it was cut short.

        `told` is what packs have to say of it; it stands in the summary beside what is always there. `checklist` is
        what the Dream States ask for, as it is now.

        Raises Problem when the place belongs to another run, and when it cannot be written.
        """

    def check_archive(self, moment: datetime) -> None:
        """Raise Problem when a run that ends at that moment could not be archived; nothing is made.

        Asked before a driver does anything: what is known then is not found out after the world was changed.
        """

    def archived(self, place: str, run: str) -> Proof | None:
        """The proof that the run is archived there whole, as read back; None when it is not."""

    def over(self, run: str, loop: str) -> str:
        """Where that run of a loop is archived already, though a state of it lies here; empty when it is not."""

    def finished(self, run: str, place: str, outcome: Literal["success", "abandoned"], moment: datetime) -> None:
        """Note which run was archived, and where, for whoever comes when its state is gone. Raises Problem."""

    def clear(self) -> None:
        """Remove the documents and the journal of the archived run; the note stays. Raises Problem."""

    def make_room(self) -> None:
        """Make room for a new run: remove what an archived run left, and put aside what was never archived.

        Raises Problem.
        """


class ArchiveQuery(Protocol):
    """Asking the archive (SPEC section 7)."""

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        """The newest runs by completion time, and a Problem for each entry that cannot be read."""


class RunContext(Protocol):
    """What is known before a run begins, as a file in its folder for whoever does a skill (SPEC section 7)."""

    def known(self) -> Path | None:
        """The file, or None while the run has none."""

    async def load(self, module: str) -> str:
        """Load what is known, and write it unless the run has it; what was written, in a few words.

        `module` is the one that the run is about, empty for the whole system. Empty where nothing is known, and then
        nothing is written. Raises Problem when it cannot be written.
        """


class DreamStates(Protocol):
    """The Dream States that tell of the runs of a project (SPEC section 7): nothing is made where there is none."""

    @property
    def asks(self) -> bool:
        """True where a person is asked before one is changed."""

    def completed(
        self, run: CompletedRun, items: ItemsDone | None = None, texts: Mapping[Path, str] | None = None
    ) -> DreamEdits:
        """What a run that is over changes: one row in each tier, items ticked, counts rolled up; none is running.

        Nothing once it is written. `texts` stand in for what the documents of these paths say. Never raises Problem.
        """

    def running(self, loop: RunningLoop) -> DreamEdits:
        """What a run that goes on changes: one row in Active Loops, with its phase. Never raises Problem."""

    def checklist(self, module: str) -> tuple[ChecklistItem, ...]:
        """What counts of a module, or without one of the system, and whether it is operational; nothing deferred.

        Empty where no document lists anything. Never raises Problem.
        """

    def left(self, run: str) -> DreamEdits:
        """What a run changes that ends without having completed anything. Never raises Problem."""

    def write(self, edit: DocumentEdit) -> bool:
        """Write an edit, durably. False, and nothing written, where the document is another by now.

        Raises Problem where it cannot be written.
        """

    def settle(self, paths: Iterable[Path] = ()) -> None:
        """Remove what writers left that were killed, beside the documents of organization and system, and these.

        Paths that are not absolute begin at the top of the project. Raises OSError.
        """


class ProjectDocs(Protocol):
    """The documents of a project (SPEC section 7): what in them is stale, and their indexes. None is ever removed."""

    @property
    def top(self) -> Path:
        """The folder that the paths of documents begin at."""

    def prepare(self) -> None:
        """Import what reads them, while a program is waited for anyway."""

    async def stale(self, today: date) -> Alignment:
        """What is stale on that day. Bounded whatever lies there. Never raises Problem."""

    async def behind(self) -> tuple[DocEdit, ...]:
        """What becomes of the indexes that are behind; nothing of documents without one. Never raises Problem."""

    def write(self, edit: DocEdit) -> None:
        """Write an edit, durably. Raises Problem where it cannot be written, or the document is another by now."""


class Workspace(Protocol):
    """The files of the project as version control sees them; what belongs to the run itself never counts.

    Snapshots and worktrees come with whoever needs them.
    """

    async def tree(self) -> str | None:
        """The id of the tracked content in the working folder; None outside a repository. Raises Problem."""

    async def committed_tree(self) -> str | None:
        """The id of the same content as it is committed; None without a commit. Raises Problem."""

    async def commit(self) -> str | None:
        """The id of the commit that is checked out; None without one. Raises Problem."""

    async def tracked(self, paths: Sequence[Path]) -> frozenset[Path]:
        """Those of these files that are tracked: a change in them is one of the repository. Raises Problem."""

    async def changed_files(self, tree: str) -> tuple[str, ...]:
        """The tracked files that differ from that tree now, by path from the top; none outside a repository.

        Raises Problem for a tree that nobody made.
        """

    async def changed_since_base(self) -> ChangedFiles:
        """The files below the project folder that differ now from where the work left the base branch.

        All that is not committed counts, and so do files that are not tracked and not ignored. Raises Problem where
        that is not known: outside a repository, before the first commit, without a base branch to compare with.
        """


class Launcher(Protocol):
    """Starting commands of ours as processes: what the screen shows and asks for, it does not do itself."""

    def start(self, project: Path, loop: str, begins: Sequence[str] = ()) -> int:
        """Start a driver that outlives us, and give its process id. Raises Problem when it cannot be started.

        `begins` are options for the run that it begins: `--module=NAME`, `--move=JSON`.
        """

    async def plan(self, project: Path, loop: str) -> str:
        """What a run of a loop would do, as text for people. Raises Problem when that cannot be told."""

    async def diff(self, project: Path, loop: str, skill: str, phase: str = "", run: str = "") -> str:
        """What a skill of a run changed, as text; `run` is the path of an archived run. Raises Problem."""

    async def changed(self, project: Path, since: str) -> tuple[str, ...]:
        """What changed in the tree of a project since a moment (a timestamp), a line each. Raises Problem."""

    async def panel(self, project: Path, loop: str) -> tuple[str, ...]:
        """What packs have to say of the run of a loop, a line each. Raises Problem."""

    async def ready(self, project: Path, loop: str) -> tuple[PanelLine, ...]:
        """What packs say that starting a run of a loop would do. Raises Problem."""

    async def moves(self, project: Path, most: int) -> CommandOutput:
        """What is worth doing next, at most so many moves, as `loop-tui next --json` prints it. Raises Problem."""

    async def sample(self, folder: Path, say: Callable[[str], None]) -> Path:
        """Make a sample project below a folder, or find the one that is there, and give it. Raises Problem."""

    async def verbs(self, project: Path) -> tuple[Verb, ...]:
        """The commands that the command line takes, those of packs among them. Raises Problem."""

    async def command(
        self, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        """Run one of them; what only `looks` ends with whoever waits for it. Raises Problem when it cannot start.

        What it prints in columns fits a page of so many cells, where a number is given.
        """

    async def own_command(self, argv: Sequence[str], folder: Path) -> CommandOutput:
        """Run a command of the person's own in a folder, through no shell. Raises Problem when it cannot start."""


class RunPorts(Struct, frozen=True):
    """Everything that a driver needs of one run; whoever starts the driver puts it together."""

    place: RunPlace
    store: RunStore
    lease: Lease
    log: LogSink
    artifacts: ArtifactStore
    archive: ArchiveQuery
    context: RunContext
    workspace: Workspace
    clock: Clock
    dreams: DreamStates
    docs: ProjectDocs
