"""Random loops and random things that happen to them."""

from collections.abc import Sequence

from hypothesis import strategies as st

from loop_tui.engine import changes
from loop_tui.model.definition import (
    BUILTIN,
    COMMANDS,
    MANUAL,
    GateDefinition,
    LoopDefinition,
    PhaseDefinition,
    SkillDefinition,
)
from loop_tui.model.events import Change, Event
from loop_tui.model.evidence import Check, Deliverable, Effect, Question
from loop_tui.model.state import Blocked, Failure, GateState, PhaseState, RunState, SkillState
from loop_tui.model.status import (
    Autonomy,
    CheckStatus,
    GateStatus,
    GateType,
    PhaseStatus,
    RunStatus,
    SkillStatus,
)

SKILLS = ("alpha", "beta", "gamma", "delta", "hostile \x1b]52;c;eA==\x07 [/red]")
PHASES = ("INIT", "BUILD", "TEST", "SHIP", "COMPLETE")
GATES = ("first-gate", "security-gate", "third-gate", "deploy-gate")
CHECKS = ("build", "test", "lint")
TREES = ("", "tree-1", "tree-2")

skills = st.builds(
    SkillDefinition,
    id=st.sampled_from(SKILLS),
    runner=st.sampled_from((BUILTIN, COMMANDS, MANUAL)),
    required=st.booleans() | st.just(True),
    deliverables=st.sampled_from(((), ("report.md",), ("report.md", "scope.md"))),
)


@st.composite
def definitions(draw: st.DrawFn) -> LoopDefinition:
    """Loops with phases, skills and gates of every kind, some with gates after phases that do not exist."""
    names = draw(st.lists(st.sampled_from(PHASES), min_size=1, max_size=4, unique=True))
    phases = tuple(
        PhaseDefinition(id=name, skills=tuple(draw(st.lists(skills, max_size=3, unique_by=lambda s: s.id))))
        for name in names
    )
    gates = tuple(
        GateDefinition(
            id=gate,
            after=draw(st.sampled_from((*names, "NOWHERE"))),
            type=draw(st.sampled_from(GateType)),
            required=draw(st.booleans()),
            checks=draw(st.sampled_from(((), ("*",), ("build",), CHECKS))),
            when=draw(st.sampled_from(((), ("deploy-target",), ("changed:src/**", "from a later version")))),
        )
        for gate in draw(st.lists(st.sampled_from(GATES), max_size=3, unique=True))
    )
    return LoopDefinition(id="random-loop", phases=phases, gates=gates, autonomy=draw(st.sampled_from(Autonomy)))


checks = st.lists(
    st.builds(
        Check,
        name=st.sampled_from(CHECKS),
        status=st.sampled_from(CheckStatus),
        tree=st.sampled_from(TREES),
        summary=st.just("seen"),
    ),
    max_size=3,
)
deliverable = st.builds(Deliverable, name=st.sampled_from(("report.md", "scope.md")), size_bytes=st.integers(0, 5))
deliverables = st.lists(deliverable, max_size=2)
words = st.sampled_from(("", " ", "because", "\x1b[31mred", "\u202eabc"))
people = st.sampled_from(("ann", "bob", changes.BY_CHECKS, ""))
errors = st.sampled_from(("boom 1", "boom 2", "other", ""))
kinds = st.sampled_from(("error", "external", "security", "check", "nonsense"))


def any_change() -> st.SearchStrategy[Change]:
    """Every change there is, with sensible and with senseless content."""
    phase, skill, gate = st.sampled_from(PHASES), st.sampled_from(SKILLS), st.sampled_from(GATES)
    return st.one_of(
        st.builds(changes.started, st.just("random-loop"), people, st.lists(gate, max_size=2)),
        st.builds(changes.preapproved, gate, people),
        st.builds(changes.adopted, st.sampled_from(("", "run-2")), people),
        st.builds(changes.paused, people),
        st.builds(changes.resumed, people),
        st.builds(changes.blocked, st.builds(Blocked, reason=words)),
        st.builds(changes.aborted, words, people),
        st.builds(changes.completed),
        st.builds(changes.delivered, deliverable),
        st.builds(changes.phase_entered, phase, people),
        st.builds(changes.phase_completed, phase),
        st.builds(changes.phase_reopened, phase, people),
        st.builds(changes.phase_skipped, phase, people, words),
        st.builds(changes.phase_retried, phase, people),
        st.builds(changes.skill_started, phase, skill),
        st.builds(changes.skill_completed, phase, skill, checks=checks, deliverables=deliverables),
        st.builds(changes.skill_failed, phase, skill, errors, kinds, words),
        st.builds(changes.skill_reopened, phase, skill, words),
        st.builds(changes.skill_skipped, phase, skill, words, people),
        st.builds(changes.gate_approved, gate, people, checks, words),
        st.builds(changes.gate_failed, gate, errors, words, checks),
        st.builds(changes.gate_rejected, gate, people, words),
        st.builds(changes.gate_voided, gate, words),
        st.builds(changes.gate_skipped, gate, words),
        st.builds(changes.gate_not_applicable, gate, words),
        st.builds(changes.gate_applies, gate, words),
        st.builds(changes.asked, st.builds(Question, id=st.sampled_from("pq"), skill=skill, text=words)),
        st.builds(changes.answered, st.sampled_from("pqr"), words, people),
        st.builds(changes.effect_intended, st.builds(Effect, id=st.sampled_from("xy"), kind=st.just("push"))),
        st.builds(changes.effect_proven, st.sampled_from("xyz"), st.just({"sha": "1"})),
        st.builds(
            Change,
            category=st.sampled_from(("phase", "skill", "gate", "decision", "system")),
            action=st.sampled_from(("started", "approved", "asked", "edited", "blocked", "unheard-of", "delivered")),
            subject=st.text(max_size=3),
            context=st.dictionaries(
                st.sampled_from(("phase", "by", "checks", "question", "state", "deliverable", "blocked")),
                st.none() | st.text(max_size=3) | st.integers() | st.lists(st.integers(), max_size=2),
                max_size=3,
            ),
        ),
    )


class Stamper:
    """Gives changes an id and a time, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, change: Change) -> Event:
        number = len(self.events)
        at = f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
        event = Event(**change.model_dump(), id=f"e{number}", run="run-1", timestamp=at)
        self.events.append(event)
        return event


def all_stamped(all_changes: Sequence[Change]) -> list[Event]:
    """The changes as events."""
    stamp = Stamper()
    return [stamp(change) for change in all_changes]


failures = st.builds(
    Failure,
    stage=st.sampled_from((*PHASES, "")),
    skill=st.sampled_from((*SKILLS, "")),
    error=errors,
    kind=kinds,
    fingerprint=words,
    resolution=words,
    resolved_at=st.sampled_from(("", "2026-01-01T00:00:00Z")),
)
phase_states = st.builds(
    PhaseState,
    id=st.sampled_from(PHASES),
    status=st.sampled_from(PhaseStatus),
    skills=st.lists(
        st.builds(
            SkillState,
            id=st.sampled_from(SKILLS),
            status=st.sampled_from(SkillStatus),
            required=st.booleans(),
            reason=words,
        ),
        max_size=3,
    ).map(tuple),
)
gate_states = st.builds(
    GateState,
    id=st.sampled_from(GATES),
    status=st.sampled_from(GateStatus),
    by=people,
    preapproved_by=people,
    applies=words,
)


def states() -> st.SearchStrategy[RunState]:
    """States of every kind, most of which no run of ours can reach: doubled phases, lost pointers, contradictions."""
    return st.builds(
        RunState,
        loop=st.just("random-loop"),
        phase=st.sampled_from((*PHASES, "", "NOWHERE")),
        status=st.sampled_from(RunStatus),
        autonomy=st.none() | st.sampled_from(Autonomy),
        phases=st.lists(phase_states, max_size=4).map(tuple),
        gates=st.lists(gate_states, max_size=3).map(tuple),
        questions=st.lists(
            st.builds(Question, id=st.sampled_from("pq"), text=words, answer=st.none() | words), max_size=2
        ).map(tuple),
        failures=st.lists(failures, max_size=4).map(tuple),
        blocked=st.none() | st.builds(Blocked, reason=words),
        aborted=st.none() | words,
        max_retries=st.integers(-1, 4),
    )
