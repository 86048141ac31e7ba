"""A jump that is tried before anything of it is recorded (SPEC section 4).

A jump skips no auto gate. So it is brought about on a copy of the state first: what has no auto gate is skipped there,
the skills that bring what the auto gates in between want are done, and these gates are decided, all as `decide` says.
What came of it is then written in one go. Where a skill fails or a gate does not pass, it is said, and nothing is.

A skill that is about to change the world is not done on a copy: what it is about to do has to be recorded first. There
the trial ends well, as it does where only a person can go on, and the rest is done on the run itself.
"""

from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from msgspec import Struct

from loop_tui.engine import changes, commands
from loop_tui.engine.decide import decide
from loop_tui.engine.gates import evaluate, gates_of
from loop_tui.engine.transaction import Wish, always, step
from loop_tui.fs.os_problem import os_problem
from loop_tui.model.actions import (
    Action,
    CheckCondition,
    CompletePhase,
    EnterPhase,
    EvaluateGate,
    ExecuteSkill,
    PassGate,
    RepeatSkill,
    Retry,
    SkipGate,
    Wait,
)
from loop_tui.model.answers import complaint
from loop_tui.model.clock import stamp
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Check, Deliverable, Question
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import GateType, SkillStatus
from loop_tui.runners.context import Act, Asked, EvidenceVoid, Observe, Proof

from .conditions import judged
from .conductor import MOST_VOIDS, Conductor, Refused
from .evidence import evidence_still_holds
from .options import DriveResult, Exit, answer_flag, asked_in
from .output import say_result
from .services import DriverServices


class Jump(Struct, frozen=True):
    """What a jump comes to: the changes that bring it about, to be written together."""

    changes: tuple[Change, ...]


async def look_ahead(conductor: Conductor, state: RunState) -> Jump | DriveResult:
    """What the jump of the conductor's options comes to on that state, or why it leads nowhere; records neither."""
    trial = _Trial(conductor, state)
    try:
        return await trial.result()
    finally:
        await conductor.end_asides()


class _OnlyOnTheRun(Exception):
    """What comes next is not done on a copy: a skill is about to change the world, or others only report of a check."""


class _OnACopy(DriverServices):
    """The services of a skill that is tried on a copy of the state."""

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        """The proof of what this run did before. Raises _OnlyOnTheRun for everything else."""
        known = self._read().effect(effect_id)
        if known is not None and known.intent == intent and known.proof is not None:
            return known.proof
        raise _OnlyOnTheRun

    async def _secret(self, question: Question) -> str:
        """Never: nobody would see that it is asked, and one that is typed counts once."""
        raise _OnlyOnTheRun


class _Trial:
    """A jump on a copy of the state, and what it changed there."""

    def __init__(self, conductor: Conductor, state: RunState) -> None:
        self._conductor = conductor
        self._definition = conductor.definition
        self._options = conductor.options
        self._state = state
        self._changes: list[Change] = []
        self._voids = 0

    async def result(self) -> Jump | DriveResult:
        options, definition = self._options, self._definition
        try:
            # What else was said with the start holds for the jump; the driver records it by itself.
            if options.autonomy is not None:
                self._write(partial(commands.set_autonomy, by=options.by, autonomy=options.autonomy))
            for gate in options.approve:
                self._write(always(changes.preapproved(gate, options.by)))
            self._changes.clear()
            self._write(lambda s: commands.jump(s, definition, options.phase, options.by, options.reason))
            return await self._go() or Jump(tuple(self._changes))
        except _OnlyOnTheRun:
            return Jump(tuple(self._changes))
        except Refused as refused:
            said = refused.refusal
            return DriveResult(Exit.USAGE, said.reason, todo=said.todo, error=said.code)

    # --- the copy

    def _read(self) -> RunState:
        return self._state

    def _write(self, wish: Wish) -> RunState:
        """As the conductor's: raises Refused when the state does not allow the changes."""
        wanted = wish(self._state)
        outcome = step(self._definition, lambda _: wanted)(self._state, self._stamped)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        self._state, _ = outcome
        self._changes += wanted if not isinstance(wanted, Refusal) else ()
        return self._state

    def _stamped(self, change: Change) -> Event:
        at = stamp(self._conductor.ports.clock.now())
        return Event(**change.model_dump(), id=str(uuid4()), run=self._state.run, timestamp=at)

    # --- going on

    async def _go(self) -> DriveResult | None:
        """Do what comes before the phase that is meant. Gives why it cannot be reached, or None."""
        while True:
            action = decide(self._state, self._definition)
            if isinstance(action, ExecuteSkill | RepeatSkill | EnterPhase | CompletePhase) and self._is_there(
                action.phase
            ):
                return None
            ending = None
            if isinstance(action, ExecuteSkill):
                ending = await self._execute(action)
            elif isinstance(action, EvaluateGate):
                ending = await self._evaluate(action.gate)
            elif isinstance(action, CheckCondition):
                await self._check_condition(action.gate)
            elif isinstance(action, Wait) and action.on == "question":
                ending = self._answer(action.subject)
            elif wanted := self._wanted(action):
                self._write(always(*wanted))
            else:
                return None  # A person, or the end: that is met when the run itself comes to it.
            if ending is not None:
                return ending

    def _wanted(self, action: Action) -> Sequence[Change]:
        """What an action changes by itself; nothing where a person has to go on."""
        match action:
            case EnterPhase():
                return (changes.phase_entered(action.phase),)
            case CompletePhase():
                return (changes.phase_completed(action.phase),)
            case RepeatSkill():
                return (changes.skill_reopened(action.phase, action.skill, action.reason),)
            case SkipGate():
                return (changes.gate_skipped(action.gate, action.reason),)
            case PassGate():
                return self._passed(action)
            case Retry() | Wait(on="boundary" | "paused") if self._options.go:
                return self._said_go()
        return ()

    def _passed(self, action: PassGate) -> Sequence[Change]:
        """A gate that was named beforehand; nothing while a document is missing on which it would be passed."""
        gate, bound = self._definition.gate(action.gate), self._conductor.store.binding(self._state, action.gate)
        if gate is None or any(not bound.deliverables.get(name) for name in gate.deliverables):
            return ()
        wanted = commands.approve(self._state, self._definition, action.by, action.gate, bound=bound)
        return () if isinstance(wanted, Refusal) else wanted

    def _answer(self, question_id: str) -> DriveResult | None:
        """Take the answer that was given with the start to a question that waits; without one it is waited for."""
        question = self._state.question(question_id)
        assert question is not None
        if self._conductor.gets_secret(question, self._state):
            self._write(always(changes.withdrawn(question.id, "the driver")))
            return None
        text = self._options.answer_to(question, asked_in(self._state))
        if text is None or complaint(question, text) is not None:
            return _waiting(question)
        self._options.note_taken(question, asked_in(self._state))
        self._write(lambda s: commands.answer(s, question.id, text, self._options.by))
        return None

    def _said_go(self) -> Sequence[Change]:
        """What the go changes that a start says; nothing where it leads on to the phase that is meant."""
        wanted = commands.go(self._state, self._definition, self._options.by)
        if isinstance(wanted, Refusal) or any(c.action == "entered" and self._is_there(c.subject) for c in wanted):
            return ()
        return wanted

    def _is_there(self, phase: str) -> bool:
        names = [p.id for p in self._state.phases]
        return names.index(phase) >= names.index(self._options.phase)

    # --- skills

    async def _execute(self, action: ExecuteSkill) -> DriveResult | None:
        """Do a skill on the copy. Gives why it failed, or None; raises _OnlyOnTheRun."""
        if await self._is_reused(action):
            return None
        conductor, output = self._conductor, self._conductor.output
        known = self._definition.skill(action.phase, action.skill)
        if known is None or not conductor.runners.can_run(known):
            return self._failed(action, Problem(f"{action.skill} cannot run here", code=Code.SKILL_UNRUNNABLE))
        output.say(action.skill, f"{action.skill}, before {self._options.phase}", LogLevel.HEAD)
        before = self._state, len(self._changes)
        services = conductor.services(action.skill, made=_OnACopy, read=self._read, write=self._write)
        started_s = conductor.ports.clock.steady_s()
        try:
            result = await conductor.runners.of(known).run(conductor.context(action, self._state, services))
        except _OnlyOnTheRun:
            output.say(
                action.skill, f"{action.skill} has effects outside, so it is run in the run itself", LogLevel.INFO
            )
            self._state, count = before
            del self._changes[count:]
            raise
        except Asked as asked:
            return _waiting(asked.question)
        except EvidenceVoid as void:
            return self._void(void.gate, void.reason)
        except Problem as problem:
            return self._failed(action, problem)
        except OSError as error:
            return self._failed(action, os_problem(error))
        duration_ms = services.worked_ms(started_s)
        deliverables = {d.name: d for d in result.deliverables} | services.delivered
        say_result(output, action.skill, result, tuple(deliverables.values()), duration_ms)
        self._completed(action, result.summary, result.checks, duration_ms, tuple(deliverables.values()))
        return None

    def _completed(
        self,
        action: ExecuteSkill,
        summary: str,
        checks: tuple[Check, ...],
        duration_ms: int | None = None,
        deliverables: tuple[Deliverable, ...] = (),
    ) -> None:
        self._write(
            always(
                changes.skill_completed(
                    action.phase,
                    action.skill,
                    summary=summary,
                    checks=checks,
                    deliverables=deliverables,
                    duration_ms=duration_ms,
                )
            )
        )

    async def _is_reused(self, action: ExecuteSkill) -> bool:
        """Settle a skill by the checks that it left earlier, where they still let the gates pass on this very tree."""
        entries = (e for e in reversed(self._state.skill_log) if (e.skill, e.phase) == (action.skill, action.phase))
        last = next((e for e in entries if e.status is SkillStatus.COMPLETE and e.checks), None)
        if last is None or any(check.reported_by for check in last.checks):
            return False  # What others report decides nothing.
        gates = [g for g in gates_of(self._state, self._definition, action.phase) if g.type is GateType.AUTO]
        if not gates:
            return False
        now = await self._conductor.ports.workspace.tree()
        for gate in gates:
            verdict = evaluate(self._state, gate)
            holds = verdict.passed and now and all(c.tree == now for c in verdict.checks if c.passed)
            if not holds or await self._why_void(gate.id):
                return False
        self._conductor.output.say(
            action.skill, f"{action.skill}: its checks passed for the current files", LogLevel.OK
        )
        self._completed(action, last.summary, last.checks)
        return True

    def _failed(self, action: ExecuteSkill, problem: Problem) -> DriveResult:
        self._conductor.output.say(action.skill, f"{action.skill} failed: {problem}", LogLevel.ERROR)
        return self._nowhere(f"{action.skill} failed: {problem}", problem.code)

    # --- gates

    async def _check_condition(self, gate_id: str) -> None:
        gate = self._definition.gate(gate_id)
        assert gate is not None
        found = await judged(gate, self._definition, self._conductor.ports.workspace)
        change = changes.gate_applies if found.applies else changes.gate_not_applicable
        self._write(always(change(gate_id, found.reason)))

    async def _why_void(self, gate_id: str) -> str:
        gate, workspace = self._definition.gate(gate_id), self._conductor.ports.workspace
        assert gate is not None
        void = await evidence_still_holds(self._state, gate, workspace)
        return void or await self._conductor.packs.evidence_void(self._state, gate, workspace)

    async def _evaluate(self, gate_id: str) -> DriveResult | None:
        gate = self._definition.gate(gate_id)
        assert gate is not None
        void = await self._why_void(gate_id)
        if void:
            return self._void(gate_id, void)
        verdict = evaluate(self._state, gate)
        if verdict.reported and not verdict.passed:
            raise _OnlyOnTheRun  # What others report of is run here when the run itself comes to it.
        if not verdict.passed:
            return self._nowhere(f"{gate_id} would not pass: {'; '.join(verdict.reasons)}", Code.CHECK_FAILED)
        self._write(always(changes.gate_approved(gate_id, changes.BY_CHECKS, verdict.checks)))
        self._conductor.output.say("", f"{gate_id} passes", LogLevel.OK)
        return None

    def _void(self, gate: str, reason: str) -> DriveResult | None:
        """Do the phase before that gate anew; after some times of it, why not."""
        self._voids += 1
        if self._voids > MOST_VOIDS:
            return self._nowhere(f"the files keep changing while they are checked ({reason})", Code.TREE_CHANGED)
        self._conductor.output.say("", f"{gate} is no longer valid: {reason}", LogLevel.WARN)
        self._write(always(changes.gate_voided(gate, reason)))
        return None

    def _nowhere(self, why: str, code: Code) -> DriveResult:
        phase = self._options.phase
        todo = f"fix it, then run --phase {phase} again: the jump was not recorded"
        return DriveResult(Exit.FAILED, f"{phase} cannot be reached: {why}", todo=todo, error=code)


def _waiting(question: Question) -> DriveResult:
    return DriveResult(Exit.WAITING, question.text, todo=answer_flag(question), question=question)
