"""The conductor: decide, perform, record, until only a person can go on (DESIGN "Crash-only")."""

from collections.abc import Callable, Mapping
from typing import Literal

from loop_tui.engine import changes, commands
from loop_tui.engine.decide import decide
from loop_tui.engine.retry import fingerprint
from loop_tui.engine.transaction import Wish, always, next_move, onward, step
from loop_tui.fs.os_problem import os_problem
from loop_tui.model.actions import (
    Action,
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
from loop_tui.model.answers import complaint, secret_name
from loop_tui.model.definition import BUILTIN, LoopDefinition
from loop_tui.model.events import Category, Event, Refusal
from loop_tui.model.evidence import Deliverable, Question
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.ports import RunPorts
from loop_tui.runners.background import Asides
from loop_tui.runners.context import Asked, Context, EvidenceVoid, PhaseOutdated, SkillFailed, SkillResult
from loop_tui.runners.packs import Packs
from loop_tui.runners.protocol import Runner, Runners

from .context_file import ContextAside
from .dream_states import ActiveLoops
from .evidence import delivered_by_hand, gone_again
from .finish import finish
from .gates import check_condition, evaluate_gate, pass_gate, void_changed
from .notifying import tell_end
from .options import DriveResult, Exit, Options, asked_in, flag_for
from .output import Output, say_failure, say_result
from .services import DriverServices
from .skill_watch import Overtaken, watched
from .slow_skill import SlowSkill

MOST_VOIDS = 3
MOST_REFUSED = 50
MOST_REPEATED = 100
_CODES = {"check": Code.CHECK_FAILED, "security": Code.SECRETS_FOUND, "external": Code.NETWORK}

EventListener = Callable[[Event], None]


class Conductor:
    """Drives one run. Everything it knows is in the files; it may be killed at any instant."""

    def __init__(
        self,
        ports: RunPorts,
        definition: LoopDefinition,
        options: Options,
        output: Output,
        *,
        environment: Mapping[str, str],
        secrets: tuple[str, ...],
        runners: Runners,
        packs: Packs,
        on_event: EventListener | None,
    ) -> None:
        self.ports = ports
        self.store = ports.store
        self.definition = definition
        self.options = options
        self.output = output
        self.environment = environment
        self.secrets = secrets
        self.runners = runners
        self.packs = packs
        self._on_event = on_event
        self._voids = 0
        self._own_failure = False
        self._at_work = False
        self._entered: list[str] = []
        self._started = ""
        self._asides = Asides()
        self._context = ContextAside(self)
        self._active_loops = ActiveLoops()
        self._codes: dict[str, Code] = {}
        """What this driver saw fail, by the fingerprint of the failure."""

    @property
    def _where(self) -> str:
        return str(self.ports.place.state_file)

    # --- reading and writing the state

    def read(self) -> RunState:
        """The state as it is on disk. Raises Problem when it is gone or damaged."""
        loaded = self.store.load()
        if loaded is None:
            raise Problem(
                "the state file was removed", self._where, "`loop-tui go` starts a new run", code=Code.STATE_GONE
            )
        if not self.store.ours(loaded.state.run):
            todo = "`loop-tui adopt` takes it over"
            raise Problem("this run is driven elsewhere", self._where, todo, code=Code.ELSEWHERE)
        return loaded.state

    def write(self, wish: Wish) -> RunState:
        """Bring changes about. Raises Refused when the state does not allow them any more."""
        wanted = onward(self.definition, wish, self._may_start) if self._at_work else step(self.definition, wish)
        outcome = self.store.transact(wanted)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        for event in outcome.events:
            match event.category, event.action:
                case Category.PHASE, "entered":
                    self._entered.append(event.subject)
                case Category.SKILL, "started":
                    self._started = event.subject
            self._announce(event)
        return outcome.state

    def _may_start(self, action: ExecuteSkill) -> bool:
        known = self.definition.skill(action.phase, action.skill)
        return known is not None and self.runners.can_run(known)

    def _announce(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)

    # --- the loop

    async def run(self) -> DriveResult:
        """Work until the run is complete, has failed, or waits for a person."""
        self._at_work = True
        try:
            self._context.begin(self.read())
            return await self._work()
        finally:
            self._at_work = False
            await self.end_asides()

    async def end_asides(self) -> None:
        """Stop what goes on beside the skills; the context of the run is written first."""
        await self._context.written()
        await self._asides.end()

    async def _work(self) -> DriveResult:
        refused = repeated = 0
        last: Action | None = None
        while True:
            void_changed(self)
            state = self._note_deliverables(self.read())
            self._head(state)
            action = decide(state, self.definition)
            if not isinstance(action, Finish | Done):
                await self._active_loops.tell(self, state)
            repeated, last = (repeated + 1 if action == last else 0), action
            if repeated > MOST_REPEATED:
                what = f"{action.kind} is repeated without any progress"
                raise Problem(what, self._where, "check what else writes this file", code=Code.STATE_BUSY)
            try:
                ending = await self._perform(action, state)
            except Refused as change:
                # Somebody else changed the state between deciding and writing: decide again on what is there now.
                refused += 1
                if refused > MOST_REFUSED:
                    raise Problem(
                        str(change), self._where, "check what else writes this file", code=Code.STATE_BUSY
                    ) from change
                continue
            refused = 0
            if ending is not None:
                return ending

    async def _perform(self, action: Action, state: RunState) -> DriveResult | None:
        match action:
            case ExecuteSkill():
                await self._execute(action, state)
            case RepeatSkill():
                self.output.say(action.skill, f"{action.skill} is run again: {action.reason}", LogLevel.WARN)
                self.write(always(changes.skill_reopened(action.phase, action.skill, action.reason)))
            case EnterPhase() | CompletePhase():
                self.write(always(*next_move(state, self.definition, self._may_start)))
            case EvaluateGate():
                await evaluate_gate(self, action.gate)
            case CheckCondition():
                await check_condition(self, action.gate)
            case SkipGate():
                self.write(always(changes.gate_skipped(action.gate, action.reason)))
            case PassGate():
                return pass_gate(self, action, state)
            case Retry():
                return await self._retry(action, state)
            case Escalate():
                self.output.say("", f"BLOCKED: {action.blocked.reason}", LogLevel.ERROR)
                self.write(always(changes.blocked(action.blocked)))
            case Finish():
                return await self._finish(action.outcome, action.outcome, state)
            case Done():
                return await self._finish("success", "complete", state)
            case Wait():
                return await self._wait(action, state)
        return None

    async def _finish(self, outcome: Literal["success", "abandoned"], word: str, state: RunState) -> DriveResult | None:
        await self.end_asides()
        try:
            archive = await finish(self, outcome)
        except Asked as asked:
            self.write(always(changes.asked(asked.question)))
            return None
        code = Exit.COMPLETE if outcome == "success" else Exit.FAILED
        return DriveResult(code, word, state=state, archive=archive)

    def _head(self, state: RunState) -> None:
        """Say which phases were entered, after all that was said about the ones before."""
        names = [p.id for p in state.phases]
        for phase in self._entered:
            if phase in names:
                self.output.say("", f"{phase} [{names.index(phase) + 1}/{len(names)}]", LogLevel.HEAD)
        self._entered.clear()

    async def _wait(self, action: Wait, state: RunState) -> DriveResult | None:
        if action.on == "question":
            question = state.question(action.subject)
            if question is not None and self.gets_secret(question, state):
                # Asked by a driver before this one: who asks takes the answer, so the skill has to ask again.
                self.write(always(changes.withdrawn(question.id, "the driver")))
                return None
            text = self.options.answer_to(question, asked_in(state)) if question is not None else None
            if question is not None and text is not None and (wrong := complaint(question, text)):
                self.output.say(question.skill, f"{question.text} {wrong[0]}: {wrong[1]}", LogLevel.WARN)
            elif question is not None and text is not None:
                self.options.note_taken(question, asked_in(state))
                self.write(lambda s: commands.answer(s, action.subject, text, self.options.by))
                return None
        code = Exit.FAILED if action.on == "blocked" else Exit.WAITING
        error = self._error_of(state) if action.on == "blocked" else None
        return DriveResult(code, action.reason, todo=flag_for(action, state), state=state, error=error)

    def gets_secret(self, question: Question, state: RunState) -> bool:
        """True when that asks for a secret which this driver has, or waits for."""
        if not question.is_secret:
            return False
        held = self.options.waits_for_secrets or bool(self.environment.get(secret_name(question)))
        return held or self.options.secrets.has(question, asked_in(state))

    async def _retry(self, action: Retry, state: RunState) -> DriveResult | None:
        if not action.automatic:
            error = next((f.error for f in reversed(state.failures) if not f.resolved_at), "failed")
            todo, code = f"fix it, {THEN_GO}", self._error_of(state)
            return DriveResult(Exit.FAILED, error, todo=todo, state=state, error=code)
        self.output.say("", f"trying {action.phase} again in {action.delay_s:.0f} s", LogLevel.WARN)
        self.output.flush()
        await self.ports.clock.sleep(action.delay_s)
        self.write(always(changes.phase_retried(action.phase, "the driver")))
        return None

    def _error_of(self, state: RunState) -> Code:
        """The code of the newest failure. Of one that another driver wrote down, the state tells the kind alone."""
        failure = next((f for f in reversed(state.failures) if not f.resolved_at), None)
        if failure is None:
            return Code.SKILL_FAILED
        return self._codes.get(failure.fingerprint) or _CODES.get(failure.kind, Code.SKILL_FAILED)

    def _note_deliverables(self, state: RunState) -> RunState:
        """Record deliverables that people or agents left where they belong, and those that are there no more."""
        for name in gone_again(state, self.definition, self.ports.artifacts):
            state = self.write(always(changes.delivered(Deliverable(name=name))))
        found = delivered_by_hand(state, self.definition, self.ports.artifacts)
        for deliverable in found:
            state = self.write(always(changes.delivered(deliverable)))
        return state

    # --- skills

    async def _execute(self, action: ExecuteSkill, state: RunState) -> None:
        runner = self.runner_of(action)
        self.output.say(action.skill, f"{action.skill}", LogLevel.HEAD)
        phase = state.phase_state(action.phase)
        skill = phase.skill(action.skill) if phase else None
        if self._started != action.skill or skill is None or skill.status is not SkillStatus.ACTIVE:
            state = self.write(always(changes.skill_started(action.phase, action.skill)))
        self._started = ""
        if runner.id != BUILTIN:
            await self._context.written()
        services, started_s = self.services(action.skill), self.ports.clock.steady_s()
        try:
            slow = SlowSkill(self, state, action.skill, lambda: services.worked_ms(started_s))
            result = await watched(self, runner.run(self.context(action, state, services)), action, slow)
        except Asked as asked:
            self.output.say(action.skill, f"? {asked.question.text}", LogLevel.WARN)
            self.write(always(changes.asked(asked.question)))
        except EvidenceVoid as void:
            self.void(void.gate, void.reason)
        except PhaseOutdated as outdated:
            self.count_void(outdated.what)
            self.output.say("", f"back to {outdated.phase}: {outdated.what}", LogLevel.WARN)
            self.write(always(changes.phase_reopened(outdated.phase, changes.BY_CHECKS, outdated.what)))
        except Overtaken as overtaken:
            self.output.say(action.skill, f"{action.skill} was stopped: {overtaken}", LogLevel.WARN)
        except SkillFailed as failed:
            self._failed(action, failed, failed.kind)
        except Problem as problem:
            self._failed(action, problem, "error")
        except OSError as error:
            # The disk is full, the file system has become read-only, a folder was taken away: no fault of the program.
            self._failed(action, os_problem(error), "error")
        else:
            await self._context.written()
            self._completed(action, result, services.delivered, services.worked_ms(started_s))
        self.output.flush()

    def runner_of(self, action: ExecuteSkill) -> Runner:
        """Who does that skill. Raises Problem when nobody can."""
        known = self.definition.skill(action.phase, action.skill)
        if known is None:
            raise Problem(f"{action.skill} cannot run here", self.definition.id, code=Code.SKILL_UNRUNNABLE)
        return self.runners.of(known)

    def services(
        self,
        skill: str,
        *,
        check_only: bool = False,
        made: type[DriverServices] = DriverServices,
        read: Callable[[], RunState] | None = None,
        write: Callable[[Wish], RunState] | None = None,
    ) -> DriverServices:
        """What a skill is given; `read` and `write` say of which state, that of the run unless they are given."""
        return made(
            skill=skill,
            check_only=check_only,
            still_approved=lambda: not void_changed(self),
            ports=self.ports,
            definition=self.definition,
            options=self.options,
            output=self.output,
            secrets=self.secrets,
            environment=self.environment,
            asides=self._asides,
            read=read or self.read,
            write=write or self.write,
            told=lambda state: tell_end(self, DriveResult(Exit.WAITING, state=state)),
            titles=self.packs.title_of,
        )

    def context(self, action: ExecuteSkill, state: RunState, services: DriverServices) -> Context:
        """Everything that a skill may know. It must be one of the definition."""
        known = self.definition.skill(action.phase, action.skill)
        assert known is not None
        place = self.ports.place
        return Context(
            project=place.project,
            run_dir=place.run_dir,
            home=place.home,
            state_file=place.state_file,
            archive=self.ports.archive,
            workspace=self.ports.workspace,
            dreams=self.ports.dreams,
            docs=self.ports.docs,
            definition=self.definition,
            skill=known,
            phase=action.phase,
            state=state,
            do=services,
            kinds=self.packs,
            environment=self.environment,
            loaded=self.ports.context.known(),
        )

    def _completed(
        self, action: ExecuteSkill, result: SkillResult, delivered: Mapping[str, Deliverable], duration_ms: int
    ) -> None:
        if void_changed(self):
            return
        deliverables = {d.name: d for d in result.deliverables} | dict(delivered)
        say_result(self.output, action.skill, result, tuple(deliverables.values()), duration_ms)
        self.write(
            always(
                changes.skill_completed(
                    action.phase,
                    action.skill,
                    summary=result.summary,
                    checks=result.checks,
                    deliverables=tuple(deliverables.values()),
                    duration_ms=duration_ms,
                )
            )
        )

    def _failed(self, action: ExecuteSkill, problem: Problem, kind: str) -> None:
        say_failure(self.output, action.skill, problem)
        self._own_failure = True
        error, code = str(problem), problem.code
        self._codes[fingerprint(error)] = code
        self.write(always(changes.skill_failed(action.phase, action.skill, error, kind, fingerprint(error), code=code)))

    # --- gates

    def void(self, gate: str, reason: str) -> None:
        """What a gate was to be passed on holds no more: its phase is open again. Raises Problem after too many."""
        self.count_void(reason)
        self.output.say("", f"{gate} is no longer valid: {reason}", LogLevel.WARN)
        self.write(always(changes.gate_voided(gate, reason)))

    def count_void(self, reason: str) -> None:
        """Note that evidence has to be brought again. Raises Problem when that never ends."""
        self._voids += 1
        if self._voids > MOST_VOIDS:
            raise Problem(
                f"the files keep changing while they are checked ({reason})",
                str(self.ports.place.project),
                f"stop the program that changes them, {THEN_GO}",
                code=Code.TREE_CHANGED,
            )


class Refused(Exception):
    """The state did not allow a change."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal
