"""A small loop for tests that want a known one, and a run of it that can be told what happens."""

from loop_tui.engine.apply import apply
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.decide import decide
from loop_tui.model.actions import Action
from loop_tui.model.definition import BUILTIN, GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Change, Refusal
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.state import RunState
from loop_tui.model.status import Autonomy, CheckStatus, GateType

from .strategies import Stamper


def builtin(name: str, *deliverables: str) -> SkillDefinition:
    """A skill that the driver does."""
    return SkillDefinition(id=name, runner=BUILTIN, deliverables=deliverables)


SHIPPING = LoopDefinition(
    id="shipping-loop",
    phases=(
        PhaseDefinition(id="INIT", skills=(builtin("plan"),)),
        PhaseDefinition(id="VERIFY", skills=(builtin("verify"),)),
        PhaseDefinition(id="SHIP", skills=(builtin("push"), builtin("deploy", "deploy.md"))),
        PhaseDefinition(id="COMPLETE", skills=(builtin("look-back"),)),
    ),
    gates=(
        GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=("build", "test", "lint")),
        GateDefinition(id="ship-gate", after="SHIP", type=GateType.HUMAN),
    ),
)


def check(name: str, status: CheckStatus = CheckStatus.PASSED, tree: str = "t1") -> Check:
    """A check with a tree."""
    return Check(name=name, status=status, tree=tree, summary=f"{name} {status}")


GREEN = (check("build"), check("test"), check("lint"))
RED = (check("build"), check("test", CheckStatus.FAILED), check("lint"))
REPORT = Deliverable(name="deploy.md", size_bytes=10)


class Told:
    """A run that is told what happens; refusals fail the test unless they are asked for."""

    def __init__(self, definition: LoopDefinition = SHIPPING, autonomy: Autonomy | None = None) -> None:
        self.definition = definition
        self.state = fresh_state(definition, run="r1", system="s", at="2026-01-01T00:00:00.000Z", autonomy=autonomy)
        self.first = self.state
        self.stamp = Stamper()

    def tell(self, *changes: Change) -> RunState:
        for change in changes:
            after = apply(self.state, self.stamp(change), self.definition)
            assert isinstance(after, RunState), after
            self.state = after
        return self.state

    def refused(self, change: Change) -> Refusal:
        after = apply(self.state, self.stamp(change), self.definition)
        assert isinstance(after, Refusal), "was not refused"
        return after

    @property
    def next(self) -> Action:
        return decide(self.state, self.definition)
