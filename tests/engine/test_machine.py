"""The engine under random loops and random events: what may never happen, never does."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loop_tui.engine import changes, commands
from loop_tui.engine.apply import apply, replay
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.conditions import is_undecided
from loop_tui.engine.decide import decide
from loop_tui.engine.gates import evaluate, gate_state, open_gate
from loop_tui.engine.progress import consequence, fraction, table
from loop_tui.model.actions import (
    CheckCondition,
    CompletePhase,
    Done,
    EnterPhase,
    Escalate,
    EvaluateGate,
    ExecuteSkill,
    Finish,
    PassGate,
    RepeatSkill,
    Retry,
    SkipGate,
    Wait,
)
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, SkillStatus

from .strategies import Stamper, any_change, definitions, states, words


def worked(state: RunState, definition: LoopDefinition, good: bool) -> Change | None:
    """What a driver reports after it did what `decide` said; None where only a person can go on."""
    action = decide(state, definition)
    match action:
        case ExecuteSkill():
            if not good:
                return changes.skill_failed(action.phase, action.skill, "boom", "error", "", code=Code.CHECK_FAILED)
            known = definition.skill(action.phase, action.skill)
            found = tuple(Check(name=n, status=CheckStatus.PASSED, tree="t") for n in ("build", "test", "lint"))
            left = tuple(Deliverable(name=n, size_bytes=3) for n in (known.deliverables if known else ()))
            return changes.skill_completed(action.phase, action.skill, checks=found, deliverables=left)
        case RepeatSkill():
            return changes.skill_reopened(action.phase, action.skill, action.reason)
        case EnterPhase():
            return changes.phase_entered(action.phase)
        case CompletePhase():
            return changes.phase_completed(action.phase)
        case EvaluateGate():
            gate = definition.gate(action.gate)
            assert gate is not None
            verdict = evaluate(state, gate)
            if verdict.passed:
                return changes.gate_approved(gate.id, changes.BY_CHECKS, verdict.checks)
            return changes.gate_failed(gate.id, "; ".join(verdict.reasons), "", verdict.checks)
        case CheckCondition():
            found = changes.gate_applies if good else changes.gate_not_applicable
            return found(action.gate, "looked")
        case SkipGate():
            return changes.gate_skipped(action.gate, action.reason)
        case PassGate():
            return changes.gate_approved(action.gate, action.by)
        case Retry():
            return changes.phase_retried(action.phase, "ann")
        case Escalate():
            return changes.blocked(action.blocked)
        case Finish():
            return changes.completed() if action.outcome == "success" else None
        case Wait() | Done():
            return None


class Machine(RuleBasedStateMachine):
    """A run that a driver works on while people and strangers say sensible and senseless things."""

    @initialize(definition=definitions())
    def begin(self, definition: LoopDefinition) -> None:
        self.definition = definition
        self.first = fresh_state(definition, run="run-1", system="s", at="2026-01-01T00:00:00.000Z")
        self.state = self.first
        self.stamp = Stamper()
        self.accepted: list[Event] = []

    def happen(self, change: Change) -> RunState | Refusal:
        event = self.stamp(change)
        after = apply(self.state, event, self.definition)
        if isinstance(after, RunState):
            self.check_step(self.state, event, after)
            self.state = after
            self.accepted.append(event)
        return after

    def check_step(self, before: RunState, event: Event, after: RunState) -> None:
        if event.action == "edited":
            return
        for old, new in zip(before.phases, after.phases, strict=True):
            if new.over and not old.over:
                assert not [s for s in new.skills if s.required and not s.settled], "left with unfinished skills"
            for was, now in zip(old.skills, new.skills, strict=True):
                if now.status is SkillStatus.SKIPPED and was.status is not SkillStatus.SKIPPED:
                    assert now.reason.strip(), "skipped without a reason"
        for gate in self.definition.gates:
            was_gate, now_gate = gate_state(before, gate), gate_state(after, gate)
            if now_gate.status is GateStatus.APPROVED and was_gate.status is not GateStatus.APPROVED:
                assert now_gate.by.strip(), "needs the name of who passes it"
                if now_gate.by == changes.BY_CHECKS:
                    assert gate.type is GateType.AUTO
                    assert evaluate(before, gate).passed, "passed without evidence"
                elif gate.type is GateType.AUTO and not evaluate(before, gate).passed:
                    assert now_gate.reason.strip(), "passed against the evidence without a reason"
            if now_gate.status is GateStatus.SKIPPED and was_gate.status is not GateStatus.SKIPPED:
                assert now_gate.reason.strip(), "skipped without a reason"
                assert not gate.required or is_undecided(gate, was_gate), "a required gate was skipped unjudged"
            if now_gate.applies and not was_gate.applies:
                assert is_undecided(gate, was_gate), "judged though there was nothing to judge"
            phase = after.phase_state(gate.after)
            if phase is not None and not phase.over and now_gate.status is GateStatus.PENDING:
                assert not now_gate.applies, "a judgement outlived the pass of its phase"
        if event.action == "entered":
            index = [p.id for p in after.phases].index(event.subject)
            for earlier in after.phases[:index]:
                assert earlier.over
                assert open_gate(after, self.definition, earlier.id) is None

    @rule(change=any_change())
    def anybody_says_anything(self, change: Change) -> None:
        self.happen(change)

    @rule(good=st.booleans() | st.just(True))
    def the_driver_works(self, good: bool) -> None:
        before = self.state
        change = worked(self.state, self.definition, good)
        if change is None:
            return
        after = self.happen(change)
        assert isinstance(after, RunState), f"{decide(before, self.definition)} -> {after}"
        assert after != before, "no progress"

    @rule(skill=st.sampled_from(("alpha", "beta", "nobody")), reason=words)
    def a_person_skips(self, skill: str, reason: str) -> None:
        self.say(commands.skip(self.state, skill, reason, "ann"))

    @rule(phase=st.sampled_from(("INIT", "SHIP", "NOWHERE")), reason=words)
    def a_person_jumps(self, phase: str, reason: str) -> None:
        self.say(commands.jump(self.state, self.definition, phase, "ann", reason))

    @rule(what=st.sampled_from(("go", "pause", "resume", "approve", "reject", "answer")))
    def a_person_speaks(self, what: str) -> None:
        self.say(
            {
                "go": lambda: commands.go(self.state, self.definition, "ann"),
                "pause": lambda: commands.pause(self.state, "ann"),
                "resume": lambda: commands.resume(self.state, "ann"),
                "approve": lambda: commands.approve(self.state, self.definition, "ann"),
                "reject": lambda: commands.reject(self.state, self.definition, "ann"),
                "answer": lambda: commands.answer(self.state, "", "yes", "ann"),
            }[what]()
        )

    def say(self, wanted: object) -> None:
        if isinstance(wanted, Refusal):
            assert wanted.reason
            return
        for change in wanted:  # type: ignore[attr-defined]
            if isinstance(self.happen(change), Refusal):
                break

    @invariant()
    def the_journal_rebuilds_the_state(self) -> None:
        if hasattr(self, "state") and len(self.accepted) % 7 == 0:
            assert replay(self.first, self.accepted, self.definition) == self.state

    @invariant()
    def everything_can_be_asked(self) -> None:
        if not hasattr(self, "state"):
            return
        decide(self.state, self.definition)
        assert 0 <= fraction(self.state) <= 1
        assert len(table(self.state)) == len(self.state.phases)
        for gate in self.definition.gates:
            for answer in ("approve", "changes", "reject"):
                assert consequence(self.state, self.definition, gate, answer)

    def teardown(self) -> None:
        if hasattr(self, "state"):
            assert replay(self.first, self.stamp.events, self.definition) == self.state


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@given(definition=definitions())
@settings(deadline=None, max_examples=150)
def test_a_run_left_alone_ends_or_waits(definition: LoopDefinition) -> None:
    """Deciding and doing always gets somewhere: within a bounded number of steps the run is done or waits."""
    state = fresh_state(definition, run="r", system="s", at="2026-01-01T00:00:00.000Z")
    stamp = Stamper()
    for _ in range(200):
        change = worked(state, definition, good=True)
        if change is None:
            break
        after = apply(state, stamp(change), definition)
        assert isinstance(after, RunState)
        assert after != state
        state = after
    assert isinstance(decide(state, definition), Wait | Done)


@given(state=states(), definition=definitions())
@settings(deadline=None, max_examples=150)
def test_any_state_at_all_gives_an_action(state: RunState, definition: LoopDefinition) -> None:
    """Also for states that no run of ours can reach."""
    assert decide(state, definition).kind
    for what in (commands.go(state, definition, "ann"), commands.approve(state, definition, "ann")):
        assert isinstance(what, Refusal) or all(isinstance(c, Change) for c in what)


@given(state=states(), definition=definitions(), change=any_change())
@settings(deadline=None, max_examples=200)
def test_any_event_on_any_state_is_applied_or_refused(
    state: RunState, definition: LoopDefinition, change: Change
) -> None:
    """Never an exception."""
    assert isinstance(apply(state, Stamper()(change), definition), RunState | Refusal)
