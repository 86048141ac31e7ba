"""A driver in process: the real conductor over ports in memory, with skills that do what a test says."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from loop_tui.driver import DriveResult, Options, drive
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.definition import (
    BUILTIN,
    GateDefinition,
    LoopDefinition,
    PhaseDefinition,
    SkillDefinition,
)
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus, GateType
from loop_tui.ports import Proof
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.manual import ManualRunner
from loop_tui.runners.packs import Packs
from loop_tui.runners.protocol import Runners
from tests.memory import MemoryRun
from tests.memory.clock import in_no_time

Work = Callable[[Context], Awaitable[SkillResult]]


def skill(name: str, *deliverables: str, runner: str = BUILTIN, required: bool = True) -> SkillDefinition:
    return SkillDefinition(id=name, runner=runner, deliverables=deliverables, required=required)


SHIPPING = LoopDefinition(
    id="shipping-loop",
    phases=(
        PhaseDefinition(id="PLAN", skills=(skill("plan", "plan.md"),)),
        PhaseDefinition(id="VERIFY", skills=(skill("verify"),)),
        PhaseDefinition(id="SHIP", skills=(skill("commit"), skill("push"))),
    ),
    gates=(
        GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=("build", "test")),
        GateDefinition(id="ship-gate", after="SHIP", type=GateType.HUMAN),
    ),
)
"""A loop with each kind of thing in it: a deliverable, checks, two effects, a gate of each kind."""


class World:
    """What skills change, told by effect. `acted` is what was done, in order; `holds` what is there."""

    def __init__(self) -> None:
        self.acted: list[str] = []
        self.holds: dict[str, Proof] = {}
        self.between: Callable[[str], None] = lambda instant: None

    async def effect(self, ctx: Context, name: str, **intent: str) -> Proof:
        """Bring one effect about through the services of the driver."""

        async def observe() -> Proof | None:
            self.between(f"look at {name}")
            return self.holds.get(name)

        async def act() -> None:
            self.between(f"before {name}")
            self.acted.append(name)
            self.holds[name] = {"what": name, **intent}
            self.between(f"after {name}")

        return await ctx.do.effect(name, name.partition("-")[0], {"what": name, **intent}, observe, act)


@dataclass
class Stubs:
    """The skills of a test by id; those that are not named complete at once. Implements `Runner`."""

    work: dict[str, Work] = field(default_factory=dict)
    stoppable: frozenset[str] = frozenset()
    started: list[str] = field(default_factory=list)
    id: str = BUILTIN

    def check(self, known: SkillDefinition) -> Problem | None:
        return None

    def can_run(self, known: SkillDefinition) -> bool:
        return True

    def unattended(self, known: SkillDefinition) -> bool:
        return True

    def interruptible(self, known: SkillDefinition) -> bool:
        return known.id in self.stoppable

    def preview(self, ctx: Context) -> tuple[str, ...]:
        return ()

    def preload(self, definition: LoopDefinition) -> None:
        """Nothing is imported."""

    async def run(self, ctx: Context) -> SkillResult:
        self.started.append(ctx.skill.id)
        return await self.work.get(ctx.skill.id, _complete)(ctx)

    @property
    def runners(self) -> Runners:
        """These, and the ones that do nothing here."""
        return Runners((self, ManualRunner()))


async def _complete(ctx: Context) -> SkillResult:
    return SkillResult("done")


class Driven:
    """One run, the world that it works on, and the person who talks to it."""

    def __init__(self, definition: LoopDefinition = SHIPPING, **work: Work) -> None:
        self.definition = definition
        self.run = MemoryRun.of(definition)
        self.run.workspace.files = {"a.txt": "one"}
        self.run.workspace.commit_all()
        self.world = World()
        self.red: set[str] = set()
        self.environment: dict[str, str] = {}
        self.events: list[Event] = []
        self.packs = Packs(())
        self.stubs = Stubs({**self._shipping(), **{name.replace("_", "-"): does for name, does in work.items()}})

    def _shipping(self) -> dict[str, Work]:
        async def plan(ctx: Context) -> SkillResult:
            ctx.do.deliver("plan.md", "the plan")
            return SkillResult("planned")

        async def verify(ctx: Context) -> SkillResult:
            return SkillResult("checked", await self.checks())

        async def commit(ctx: Context) -> SkillResult:
            await self.world.effect(ctx, "commit-1")
            return SkillResult("committed")

        async def push(ctx: Context) -> SkillResult:
            await self.world.effect(ctx, "push-1", sha="abc")
            return SkillResult("pushed")

        return {"plan": plan, "verify": verify, "commit": commit, "push": push}

    async def checks(self, *names: str) -> tuple[Check, ...]:
        """Checks of what lies there now: red where the test says so."""
        tree = await self.run.workspace.tree() or ""
        return tuple(
            Check(name=n, tree=tree, status=CheckStatus.FAILED if n in self.red else CheckStatus.PASSED, summary=n)
            for n in names or ("build", "test")
        )

    # --- driving

    async def drive(self, options: Options | None = None, **ports: object) -> DriveResult:
        """Drive until the driver ends by itself."""
        return await drive(
            self.definition,
            options or Options(by="ann"),
            self.run.ports(**ports),
            environment=self.environment,
            runners=self.stubs.runners,
            packs=self.packs,
            on_event=self.events.append,
        )

    def go(self, **options: object) -> DriveResult:
        """As `drive`, with all the time that it waits for there at once."""
        return in_no_time(self.drive(Options(by="ann", **options)))  # type: ignore[arg-type]

    # --- what others say and see

    def tell(self, wish: Wish) -> RunState:
        """Say something to the run, as a command of another process does; it must be allowed."""
        outcome = self.run.store.transact(step(self.definition, wish))
        assert not isinstance(outcome, Refusal), outcome
        return outcome.state

    @property
    def state(self) -> RunState:
        """The state of the run that goes on."""
        loaded = self.run.store.load()
        assert loaded is not None, "there is no run"
        return loaded.state

    @property
    def archives(self) -> Mapping[str, Mapping[str, object]]:
        """The archived runs by place."""
        return self.run.archive.bodies

    @property
    def said(self) -> str:
        """The output log."""
        return "\n".join(f"{line.skill}: {line.text}" for line in self.run.log.lines)

    def actions(self) -> list[str]:
        """What drivers reported, as `category/action subject`."""
        return [f"{e.category}/{e.action} {e.subject}".strip() for e in self.events]
