"""Whatever happens to a run, in any order, certain things never do (SPEC sections 4 and 6).

Drivers start and die at any call of their ports; people answer, skip, pause, go back and edit the file; checks turn
red and files change; and after every step the rules below hold.
"""

import json
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from loop_tui.driver import Exit
from loop_tui.engine import changes, commands
from loop_tui.engine.apply import replay
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus, PhaseStatus, RunStatus
from loop_tui.runners.context import Context, SkillFailed, SkillResult

from .driven import SHIPPING, Driven
from .reaper import Reaper, drive

FEEDBACK = "once more, please"


class AnyOrder(RuleBasedStateMachine):
    """One project through one run after another."""

    def __init__(self) -> None:
        super().__init__()
        self.driven = Driven()
        self.fails: list[str] = []
        self.passed_by_person: set[tuple[str, int]] = set()
        self._wrap()

    def _wrap(self) -> None:
        work = self.driven.stubs.work
        plan, push = work["plan"], work["push"]

        async def asking(ctx: Context) -> SkillResult:
            await ctx.do.ask(Question(id="version-1", text="Which version?", default="0.8.0"))
            return await plan(ctx)

        async def failing(ctx: Context) -> SkillResult:
            if self.fails:
                raise SkillFailed(
                    self.fails.pop(), kind="external" if len(self.fails) % 2 else "error", code=Code.NETWORK
                )
            return await push(ctx)

        work["plan"], work["push"] = asking, failing

    # --- what happens

    @rule(at=st.integers(1, 120) | st.none())
    def a_driver_works(self, at: int | None) -> None:
        before = set(self.driven.archives)
        with suppress(Problem):
            outcome = drive(self.driven, Reaper(at))
            if outcome is not None and outcome.code is Exit.COMPLETE:
                # The archive may have been written by an earlier driver, which died before it took the state away.
                assert str(outcome.archive) in self.driven.archives
                assert before <= set(self.driven.archives)
                assert not self.driven.run.store.exists()
        self.driven.run.lease.die()

    def _say(self, wish: Wish) -> bool:
        if not self.driven.run.store.exists():
            return False
        outcome = self.driven.run.store.transact(step(SHIPPING, wish))
        return not isinstance(outcome, Refusal)

    @rule(reason=st.sampled_from(["", "it will do"]))
    def a_person_approves(self, reason: str) -> None:
        self._say(lambda state: commands.approve(state, SHIPPING, "ann", reason=reason))

    @rule()
    def a_person_wants_changes(self) -> None:
        self._say(lambda state: commands.request_changes(state, SHIPPING, "ann", FEEDBACK))

    @rule()
    def a_person_rejects(self) -> None:
        self._say(lambda state: commands.reject(state, SHIPPING, "ann"))

    @rule(answer=st.sampled_from(["Y", "n"]))
    def a_person_answers(self, answer: str) -> None:
        self._say(lambda state: commands.answer(state, "version-1", answer, "ann"))

    @rule(skill=st.sampled_from(["plan", "verify", "commit", "push"]), reason=st.sampled_from(["", "not today"]))
    def a_person_skips(self, skill: str, reason: str) -> None:
        took = self._say(lambda state: commands.skip(state, skill, reason, "ann"))
        assert not took or reason, "a skill was skipped without a reason"

    @rule()
    def a_person_pauses_or_resumes(self) -> None:
        self._say(
            lambda state: (
                commands.resume(state, "ann") if state.status is RunStatus.PAUSED else commands.pause(state, "ann")
            )
        )

    @rule(phase=st.sampled_from(["PLAN", "VERIFY", "SHIP"]))
    def a_person_goes_to_a_phase(self, phase: str) -> None:
        self._say(lambda state: commands.jump(state, SHIPPING, phase, "ann", ""))

    @rule(checks=st.sets(st.sampled_from(["build", "test"])))
    def checks_turn_red_or_green(self, checks: set[str]) -> None:
        self.driven.red = checks

    @rule(text=st.sampled_from(["one", "two", "three"]), commit=st.booleans())
    def files_change(self, text: str, commit: bool) -> None:
        self.driven.run.workspace.files = {"a.txt": text}
        if commit:
            self.driven.run.workspace.commit_all()

    @rule(error=st.sampled_from(["no route", "refused", "502"]))
    def the_next_push_fails(self, error: str) -> None:
        self.fails.append(error)

    @precondition(lambda self: self.driven.run.store.exists())
    @rule(key=st.sampled_from(["theirs", "note"]), value=st.integers())
    def somebody_writes_into_the_file(self, key: str, value: int) -> None:
        document = json.loads(self.driven.run.store.text or "")
        document[key] = value
        self.driven.run.store.overwrite(json.dumps(document, indent=2) + "\n")

    @precondition(lambda self: self.driven.run.store.exists())
    @rule()
    def the_file_is_half_written_for_a_moment(self) -> None:
        whole = self.driven.run.store.text or ""
        self.driven.run.store.overwrite(whole[: len(whole) // 2])
        with suppress(Problem):
            drive(self.driven, Reaper())
        self.driven.run.lease.die()
        assert self.driven.run.store.text == whole[: len(whole) // 2], "a damaged file was written over"
        self.driven.run.store.overwrite(whole)

    # --- what never happens

    @property
    def _state(self) -> RunState | None:
        loaded = self.driven.run.store.load()
        return loaded.state if loaded is not None else None

    @invariant()
    def nothing_is_done_twice(self) -> None:
        # The world keeps what was done, whatever becomes of the run: the next one finds it there.
        acted = self.driven.world.acted
        assert len(acted) == len(set(acted)), acted

    @invariant()
    def no_phase_is_left_before_its_skills_are_settled(self) -> None:
        state = self._state
        for phase in state.phases if state else ():
            if phase.status is PhaseStatus.COMPLETE:
                assert all(skill.settled for skill in phase.skills if skill.required), phase

    @invariant()
    def a_persons_gate_is_passed_by_a_person(self) -> None:
        gate = self._state.gate("ship-gate") if self._state else None
        if gate is not None and gate.status is GateStatus.APPROVED:
            assert gate.by == "ann"

    @invariant()
    def an_auto_gate_is_passed_by_green_checks_of_one_tree_or_by_a_person(self) -> None:
        gate = self._state.gate("readiness-gate") if self._state else None
        if gate is not None and gate.status is GateStatus.APPROVED and gate.by == changes.BY_CHECKS:
            assert {check.name for check in gate.checks if check.passed} == {"build", "test"}
            assert len({check.tree for check in gate.checks}) == 1

    @invariant()
    def nothing_ships_before_its_gate(self) -> None:
        """Both effects lie behind the gate: while it is open in a first run, nothing was done."""
        state = self._state
        if state is None or self.driven.archives or self.driven.run.artifacts.put_aside:
            return
        seen = {(e.action, e.subject) for e in self.driven.run.store.events()}
        if not {("approved", "readiness-gate"), ("skipped", "readiness-gate")} & seen:
            assert not self.driven.world.acted

    @invariant()
    def the_journal_rebuilds_the_run(self) -> None:
        state = self._state
        events = self.driven.run.store.events()
        if state is None or not events or self.driven.run.store._known == "":
            return
        blank = fresh_state(SHIPPING, run=state.run, system=state.system, at=state.started_at)
        rebuilt = replay(blank, events, SHIPPING)
        assert [(p.id, p.status) for p in rebuilt.phases] == [(p.id, p.status) for p in state.phases]
        assert [(g.id, g.status, g.by) for g in rebuilt.gates] == [(g.id, g.status, g.by) for g in state.gates]
        assert rebuilt.effects == state.effects

    @invariant()
    def each_run_is_archived_once(self) -> None:
        runs = [str(body["run"]) for body in self.driven.archives.values()]
        assert len(runs) == len(set(runs)), runs


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
