"""What a built-in skill is given, and what it gives back."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from loop_tui.model.definition import LoopDefinition, SkillDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Deliverable, Question
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.ports import ArchiveQuery, DreamStates, ProjectDocs, Proof, Workspace
from loop_tui.process.shell import Result

from .background import Asides

if TYPE_CHECKING:
    from .pack_api import TargetSpec
    from .targets import Confirm

__all__ = [
    "Act",
    "Asked",
    "Context",
    "EvidenceVoid",
    "Observe",
    "PhaseOutdated",
    "Proof",
    "Services",
    "SkillFailed",
    "SkillResult",
]

Observe = Callable[[], Awaitable[Proof | None]]
Act = Callable[[], Awaitable[None]]


class SkillFailed(Problem):
    """A skill could not do its work. `kind` is error, external (worth a retry by itself), security or check."""

    def __init__(self, what: str, where: str = "", todo: str = "", kind: str = "error", *, code: Code) -> None:
        super().__init__(what, where, todo, code=code)
        self.kind = kind


class PhaseOutdated(SkillFailed):
    """What an earlier phase left is not there any more, so the run goes back to it; without a way back it failed."""

    def __init__(self, phase: str, what: str, where: str = "", todo: str = "", *, code: Code) -> None:
        super().__init__(what, where, todo, code=code)
        self.phase = phase


class Asked(Exception):
    """A question was put and nobody has answered it yet: the driver records it and ends."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class EvidenceVoid(Exception):
    """What a gate passed on no longer holds: the gate is voided and the phase before it runs again."""

    def __init__(self, gate: str, reason: str) -> None:
        super().__init__(reason)
        self.gate = gate
        self.reason = reason


class SkillResult(Struct, frozen=True):
    """What a skill yields when it is done. Deliverables come from `Context.deliver`."""

    summary: str = ""
    checks: tuple[Check, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()


class Services(Protocol):
    """What the driver does on behalf of a skill."""

    def say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Write lines to the output log (cleaned and masked there)."""

    async def ask(self, question: Question) -> str:
        """The answer to this question; raises `Asked` when there is none yet."""

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        """Bring a change to the world about exactly once, and give its proof.

        Proven before: the recorded proof. Otherwise the intent is recorded, the world is observed, and only when the
        change is not there yet `act` runs; then it is observed again. Raises SkillFailed when it still is not there.
        """

    def remember(self, kind: str, facts: Mapping[str, Proof]) -> None:
        """Keep facts of that kind by key in the state file, so that a later driver knows them; new ones replace old.

        One write, and none when nothing changed. Each stands there as an effect with an empty intent.
        """

    def recall(self, key: str) -> Proof | None:
        """The facts remembered (or proven) under that key in this run, or None."""

    async def command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float = 1800,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        quiet: bool = False,
        colourful: bool = False,
        name: str = "",
    ) -> Result:
        """Run a program in the project and stream its output into the log (unless `quiet`).

        `env` is put on top of the clean environment. `name` is what its verdict calls it ("test: 11/11 passing"): the
        log takes the two together. Commands that run side by side are told apart there.

        Colours that it prints are kept for the log pane, never in the result. `colourful` asks for them: not for tests,
        which may compare what a program prints.
        """

    def program(self, command: str, name: str) -> AbstractContextManager[Callable[[str], None]]:
        """Say in the log that a program begins that the skill runs itself: a server.

        Inside, what is given says its lines, apart from those of commands that run beside it. `name` as for `command`.
        """

    @property
    def asides(self) -> Asides:
        """What goes on beside the skills of this run; ended when the driver stops working on it."""

    def deliver(self, name: str, text: str, summary: str = "") -> Deliverable:
        """Leave a deliverable in the run folder, written whole or not at all."""

    def now(self) -> str:
        """The time, as the files write it."""


class TargetKinds(Protocol):
    """The kinds of targets of all packs (`runners.packs.Packs`)."""

    @property
    def targets(self) -> "Mapping[str, TargetSpec]":
        """All kinds by name."""

    def is_configured(self, target: TargetDefinition) -> bool:
        """False while nothing says where a target is, and for a kind that no pack has."""

    def confirm_of(self, kind: str) -> "Confirm | None":
        """The function that confirms targets of a kind, or None when no pack has it. Raises Problem."""


class Context(Struct, frozen=True):
    """Everything a skill may know. `state` is the run as it was when the skill started.

    `loaded` is the file with what was known before the run began (docs/context.md); None where that was nothing, and
    for a built-in skill also while it is being loaded.
    """

    project: Path
    run_dir: Path
    home: Path
    state_file: Path
    archive: ArchiveQuery
    workspace: Workspace
    dreams: DreamStates
    docs: ProjectDocs
    definition: LoopDefinition
    skill: SkillDefinition
    phase: str
    state: RunState
    do: Services
    kinds: "TargetKinds"
    environment: Mapping[str, str] = field(default_factory=dict)
    loaded: Path | None = None


SkillFunction = Callable[[Context], Coroutine[None, None, SkillResult]]
