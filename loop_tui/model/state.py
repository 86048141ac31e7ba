"""The state of a run as the engine sees it, whatever dialect its file speaks (SPEC section 3)."""

from enum import StrEnum

from .base import Model
from .binding import Binding
from .chosen_move import MoveChoice
from .evidence import Check, Deliverable, Effect, Question
from .owner import Claim
from .status import Autonomy, GateStatus, GateType, PhaseStatus, RunStatus, SkillStatus


class Dialect(StrEnum):
    """How a state file is written."""

    COMMAND_V1 = "command v1"
    COMMAND_V2 = "command v2"
    CONTROLLER = "controller"
    EXECUTION = "execution"

    @property
    def writable(self) -> bool:
        """True when loop-tui may write files of this dialect."""
        return self is not Dialect.EXECUTION


class SkillState(Model):
    """One skill of one phase. `reason` says why it was skipped."""

    id: str
    status: SkillStatus = SkillStatus.PENDING
    required: bool = True
    reason: str = ""
    at: str = ""

    @property
    def settled(self) -> bool:
        """True when the skill is completed, or skipped with a reason."""
        return self.status is SkillStatus.COMPLETE or (self.status is SkillStatus.SKIPPED and bool(self.reason))


class PhaseState(Model):
    """One phase with its skills, in order. `reopened` says why its skills are done again, until it is over."""

    id: str
    status: PhaseStatus = PhaseStatus.PENDING
    skills: tuple[SkillState, ...] = ()
    started_at: str = ""
    completed_at: str = ""
    reopened: str = ""

    @property
    def over(self) -> bool:
        """True when the phase is behind us."""
        return self.status in (PhaseStatus.COMPLETE, PhaseStatus.SKIPPED)

    @property
    def settled_skills(self) -> int:
        """How many of its skills are completed or skipped."""
        if self.status is PhaseStatus.COMPLETE and not self.skills:
            return 0
        return sum(1 for s in self.skills if s.settled)

    def skill(self, skill_id: str) -> SkillState | None:
        """The skill of that id, or None."""
        return next((s for s in self.skills if s.id == skill_id), None)


class GateDecision(Model):
    """One decision on a gate, as `gateHistory` keeps them. `text` is the feedback, or the reason of an approval.

    `decision` is approved, changes, rejected, failed, voided or skipped; `bound` is what an approval was about.
    """

    gate: str
    decision: str = ""
    by: str = ""
    at: str = ""
    text: str = ""
    bound: Binding | None = None


class GateState(Model):
    """One gate. `preapproved_by` is set when a person named the gate for this run beforehand (`--approve`).

    `decision` is the last one: approved, changes or rejected. `reason` says why it was approved, or skipped; `bound` is
    what the approval was about and `mac` shows that it was given here. `stated` marks an approval that was found when
    the run was adopted. `request` says who wrote a decision into the file that only a person can give; no file has it.
    `applies` is why the condition of a conditional gate holds; empty while nobody has judged it in this pass.
    """

    id: str
    status: GateStatus = GateStatus.PENDING
    required: bool = True
    type: GateType = GateType.HUMAN
    by: str = ""
    at: str = ""
    decision: str = ""
    reason: str = ""
    feedback: str = ""
    feedback_at: str = ""
    feedback_by: str = ""
    preapproved_by: str = ""
    applies: str = ""
    checks: tuple[Check, ...] = ()
    bound: Binding | None = None
    mac: str = ""
    stated: bool = False
    request: str = ""

    @property
    def sent_back(self) -> bool:
        """True when changes were asked for, and the phase is to be done again."""
        return self.status is GateStatus.REJECTED and self.decision == CHANGES

    @property
    def open(self) -> bool:
        """True while nobody has let the run through."""
        return self.status in (GateStatus.PENDING, GateStatus.REJECTED)


APPROVED, CHANGES, REJECTED, VOIDED, FAILED, SKIPPED = (
    "approved",
    "changes",
    "rejected",
    "voided",
    "failed",
    "skipped",
)
"""The decisions on gates."""


class Failure(Model):
    """One failure of a phase or skill; `kind` is error, external, security or check."""

    stage: str
    skill: str = ""
    error: str
    fingerprint: str = ""
    kind: str = "error"
    at: str = ""
    resolution: str = ""
    resolved_at: str = ""


class Blocked(Model):
    """Why nothing goes on without a person (SPEC section 4). `question` is the one whose answer lifts it, if any."""

    reason: str
    last_error: str = ""
    attempts: int = 0
    tried: tuple[str, ...] = ()
    action: str = ""
    resume: str = ""
    question: str = ""
    at: str = ""


INTERRUPTED = "interrupted"
"""The summary of an entry of the skill log whose driver died."""


class SkillRun(Model):
    """One entry of the skill log: an invocation, with what it found.

    `reason` says why it was invoked, `references` what whoever did it went by.
    """

    skill: str
    phase: str = ""
    status: SkillStatus = SkillStatus.COMPLETE
    reason: str = ""
    started_at: str = ""
    completed_at: str = ""
    duration_ms: int | None = None
    summary: str = ""
    deliverables: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()


class RunState(Model):
    """One run. Phases stand in their order; nothing here is specific to a dialect.

    `definition` is the hash of the definition that it goes by, where its file says so; `mac` shows that we wrote that,
    and the autonomy. `claims` are in no state file: the store fills them in. `awaited` says that the file itself says,
    of the run, a phase or a gate, that it waits for an approval; it is never written. `leverage_decision` is
    the move that a person chose, where the run began with one.
    """

    dialect: Dialect = Dialect.COMMAND_V2
    run: str = ""
    loop: str
    version: str = ""
    system: str = ""
    module: str | None = None
    phase: str = ""
    status: RunStatus = RunStatus.ACTIVE
    autonomy: Autonomy | None = None
    phases: tuple[PhaseState, ...] = ()
    gates: tuple[GateState, ...] = ()
    gate_history: tuple[GateDecision, ...] = ()
    questions: tuple[Question, ...] = ()
    effects: tuple[Effect, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    skill_log: tuple[SkillRun, ...] = ()
    leverage_decision: MoveChoice | None = None
    failures: tuple[Failure, ...] = ()
    failure_count: int = 0
    max_retries: int = 3
    blocked: Blocked | None = None
    aborted: str | None = None
    started_at: str = ""
    updated_at: str = ""
    definition: str = ""
    mac: str = ""
    claims: tuple[Claim, ...] = ()
    awaited: bool = False

    def decisions_on(self, gate_id: str) -> tuple[GateDecision, ...]:
        """The decisions on one gate, oldest first."""
        return tuple(d for d in self.gate_history if d.gate == gate_id)

    @property
    def run_claim(self) -> Claim | None:
        """The claim of the whole run, or None."""
        return next((c for c in self.claims if c.of_run), None)

    def claim_on(self, phase_id: str, skill_id: str) -> Claim | None:
        """Who has a skill: by itself, or with the whole run; None when nobody has."""
        own = (c for c in self.claims if c.skill == skill_id and c.phase in ("", phase_id))
        return next(own, self.run_claim)

    def phase_state(self, phase_id: str) -> PhaseState | None:
        """The phase of that id, or None."""
        return next((p for p in self.phases if p.id == phase_id), None)

    def gate(self, gate_id: str) -> GateState | None:
        """The gate of that id, or None."""
        return next((g for g in self.gates if g.id == gate_id), None)

    def effect(self, effect_id: str) -> Effect | None:
        """The effect of that id, or None."""
        return next((e for e in self.effects if e.id == effect_id), None)

    def question(self, question_id: str) -> Question | None:
        """The question of that id, or None."""
        return next((q for q in self.questions if q.id == question_id), None)

    @property
    def pending_questions(self) -> tuple[Question, ...]:
        """Questions that nobody answered yet."""
        return tuple(q for q in self.questions if q.answer is None)

    @property
    def undone_skills(self) -> tuple[str, ...]:
        """The skills that are neither done nor skipped, of phases that are not over."""
        return tuple(s.id for p in self.phases if not p.over for s in p.skills if not s.settled)

    @property
    def index(self) -> int:
        """The position of the current phase, or -1 when the file names none of its phases."""
        return next((i for i, p in enumerate(self.phases) if p.id == self.phase), -1)

    def checks_of(self, phase_id: str) -> tuple[Check, ...]:
        """The newest check of each name that the phase's skills yielded."""
        found: dict[str, Check] = {}
        for entry in self.skill_log:
            if entry.phase == phase_id:
                found |= {c.name: c for c in entry.checks}
        return tuple(found.values())

    def own_checks_of(self, phase_id: str) -> tuple[Check, ...]:
        """As `checks_of`, of those that ran here: what others report takes the place of none."""
        found: dict[str, Check] = {}
        for entry in self.skill_log:
            if entry.phase == phase_id:
                found |= {c.name: c for c in entry.checks if c.ran_here}
        return tuple(found.values())
