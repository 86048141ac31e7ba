"""Waiting for what a person says of a gate or a question, without asking again and again (SPEC section 5).

Whoever waits watches the files of the run. While it does, it is a sign of life of what its caller has claimed, and it
writes again what a program erased that knows no lock (section 3).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import aclosing
from enum import StrEnum

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.engine.changes import BY_CHECKS
from loop_tui.engine.elsewhere import asks, waits_now
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import APPROVED, CHANGES, FAILED, REJECTED, GateDecision, GateState, RunState
from loop_tui.model.status import GateStatus, RunStatus
from loop_tui.model.text import one_line
from loop_tui.storage.log.output_log import OUTPUT_NAME
from loop_tui.storage.watch import watch

from .answers import AnswerKeeper, Erased
from .archived import ended_of
from .client import RunClient
from .run_definition import definition_of

BEAT_S = 30.0
"""How often whoever waits says that it lives."""
GRACE_S = 1.0
"""How long a state file may be gone, or half written, before that counts."""
_AGAIN_S = 0.1
_SAID = (APPROVED, CHANGES, REJECTED)


class Outcome(StrEnum):
    """What came of waiting. `over` is a run that ended, or a question that was taken back, without an answer."""

    APPROVED = "approved"
    SKIPPED = "skipped"
    ANSWERED = "answered"
    CHANGES = "changes"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    OVER = "over"


class Awaited(Struct, frozen=True):
    """What was waited for. `text` is the feedback, the reason of an approval, the answer, or why nothing came.

    `decisions` is how many decisions there were on the gate by then.
    """

    subject: str
    outcome: Outcome
    text: str = ""
    by: str = ""
    at: str = ""
    decisions: int = 0
    question: bool = False

    def told(self) -> dict[str, JsonValue]:
        """All of it, for a script."""
        said: dict[str, JsonValue] = {"subject": self.subject, "outcome": self.outcome.value}
        if self.outcome in (Outcome.TIMEOUT, Outcome.OVER):
            return {**said, "why": self.text}
        said |= {"by": self.by, "at": self.at}
        if self.question:
            return {**said, "answer": self.text}
        passed = self.outcome in (Outcome.APPROVED, Outcome.SKIPPED)
        return {
            **said,
            "feedback": "" if passed else self.text,
            "approvalReason": self.text if passed else "",
            "decisions": self.decisions,
        }


_Mark = tuple[str, str, str, str]


class Waiting:
    """One wait on one run; blocking, for one thread at a time.

    Without a name it is for whatever waits for a person, now or next. A gate that was decided before is an answer,
    unless its phase is open again; with `after`, the time of the last decision that is known, any later one is, and no
    other. Raises Problem for a name that is unknown, and without a run.
    """

    def __init__(self, client: RunClient, name: str = "", after: str = "") -> None:
        self.client = client
        self.subject = name
        self._store = client.store
        self._keeper = AnswerKeeper(client.store)
        loaded = self._store.load_whole()
        definition = self._store.definition
        if loaded is None or definition is None:
            raise Problem("no run here to wait for", str(self._store.path), code=Code.RUN_UNKNOWN)
        self._state = loaded.state
        self._definition: LoopDefinition = definition
        self._decided = len(loaded.state.gate_history)
        self._answered = {q.id for q in loaded.state.questions if q.answer is not None}
        self._known = 0
        self._passed_over: _Mark | None = None
        self._missed_at: float | None = None
        if name:
            self._begin(loaded.state, name, after)

    @property
    def unsettled(self) -> bool:
        """True while the state file cannot be read: then it is looked at again soon."""
        return self._missed_at is not None

    def keep(self) -> tuple[Erased, ...]:
        """Write again what another program erased, and give it."""
        with contextlib.suppress(Problem):
            return self._keeper.keep()
        return ()

    def look(self) -> Awaited | None:
        """What came of it, or None while it is to wait on. Raises Problem when the state stays unreadable."""
        self.keep()
        try:
            loaded = self._store.load()
        except Problem:
            if self._is_early():
                return None
            raise
        if loaded is None:
            return None if self._is_early() else self._gone()
        self._missed_at = None
        state, run = loaded.state, self._state.run
        if run and state.run and state.run != run:
            return self._over("another run has replaced it")
        changed, self._state = state.definition != self._state.definition, state
        if changed and (gone := self._without_its_gate()):
            return self._over(gone)
        found = self._judged(state)
        if found is not None:
            return found
        if state.aborted is not None:
            return self._over(f"the run was aborted: {state.aborted}")
        return self._over("the run is done") if state.status is RunStatus.COMPLETE else None

    def _without_its_gate(self) -> str:
        """Go by the definition that was adopted meanwhile; gives why there is nothing to wait for now, or nothing."""
        had = self._definition.gate(self.subject)
        with contextlib.suppress(Problem):
            self._definition = definition_of(self._store.project, self._store.loop).definition
        if had is None or self._definition.gate(self.subject) is not None:
            return ""
        names = ", ".join(gate.id for gate in self._definition.gates) or "none"
        return f"the run now uses another definition, which has no gate of that name; it has: {names}"

    def _is_early(self) -> bool:
        now = time.monotonic()
        self._missed_at = self._missed_at or now
        return now - self._missed_at < GRACE_S

    def _gone(self) -> Awaited:
        """The last answer may have ended the run, faster than anybody looks: then the archive has it."""
        ended = ended_of(self._state, self._definition)
        if ended.archive and (found := self._judged(ended.state)) is not None:
            return found
        return self._over("the run has ended" if ended.archive else "the state file was removed")

    def _over(self, why: str) -> Awaited:
        return Awaited(self.subject, Outcome.OVER, one_line(why, 300))

    # --- what it is about

    def _begin(self, state: RunState, name: str, after: str = "") -> None:
        self.subject = name
        if state.question(name) is not None:
            return
        gate = self._definition.gate(name)
        known = state.gate(name)
        if gate is None and known is None:
            names = [*(q.id for q in state.pending_questions), *(g.id for g in state.gates)]
            raise Problem(
                f"this run has no gate or question {one_line(name, 60)}",
                self._definition.id,
                f"it has {one_line(', '.join(names), 300) or 'none'}",
                code=Code.NAME_UNKNOWN,
            )
        past = state.decisions_on(name)
        self._known = sum(1 for made in past if not (after and _is_later(made.at, after)))
        phase = state.phase_state(gate.after) if gate is not None else None
        opened = phase is not None and not phase.over
        anew = gate is not None and known is not None and known.sent_back and asks(state, gate)
        # By its time and not by a count: whoever writes over the file may lose some of the decisions in it.
        if known is not None and (not _is_later(known.at, after) if after and known.at else opened or anew):
            self._passed_over = _mark(known)

    def _judged(self, state: RunState) -> Awaited | None:
        if not self.subject:
            found = self._said_meanwhile(state)
            waits = "" if found is not None else waits_now(state, self._definition, ours=self._store.ours(state.run))
            if not waits:
                return found
            self._begin(state, waits)
        question = state.question(self.subject)
        if question is not None:
            return _of_question(question)
        if self._definition.gate(self.subject) is None and state.gate(self.subject) is None:
            return self._over("the question was withdrawn")
        return self._of_gate(state)

    def _said_meanwhile(self, state: RunState) -> Awaited | None:
        """What was asked and answered between two looks."""
        said = [d for d in state.gate_history[self._decided :] if d.decision in _SAID and d.by != BY_CHECKS]
        if said:
            return _of_decision(said[-1], len(state.decisions_on(said[-1].gate)))
        new = [q for q in state.questions if q.answer is not None and q.id not in self._answered]
        return _of_question(new[-1]) if new else None

    def _of_gate(self, state: RunState) -> Awaited | None:
        gate = state.gate(self.subject) or GateState(id=self.subject)
        past = state.decisions_on(self.subject)
        self._known = min(self._known, len(past))
        if gate.status is GateStatus.PENDING:
            self._passed_over = None
            last = past[-1] if len(past) > self._known else None
            # What was sent back may be complete again by now: whoever waited has to hear of the changes all the same.
            return _of_decision(last, len(past)) if last and last.decision in (CHANGES, REJECTED) else None
        return None if _mark(gate) == self._passed_over else _of_state(gate, past)


def _is_later(at: str, known: str) -> bool:
    """True for a time after the one that is known; of what is no time, only that it is another one can be told."""
    moment, before = parse_stamp(at), parse_stamp(known)
    return moment > before if moment is not None and before is not None else at != known


def _mark(gate: GateState) -> _Mark:
    return gate.status.value, gate.decision, gate.at, gate.feedback_at


def _of_question(question: Question) -> Awaited | None:
    if question.answer is None:
        return None
    by, at = question.answered_by, question.answered_at
    return Awaited(question.id, Outcome.ANSWERED, question.answer, by, at, question=True)


def _of_decision(made: GateDecision, decisions: int) -> Awaited:
    outcome = {APPROVED: Outcome.APPROVED, CHANGES: Outcome.CHANGES}.get(made.decision, Outcome.REJECTED)
    return Awaited(made.gate, outcome, made.text, made.by, made.at, decisions)


def _of_state(gate: GateState, past: tuple[GateDecision, ...]) -> Awaited:
    count = len(past)
    if gate.status in (GateStatus.APPROVED, GateStatus.SKIPPED):
        outcome = Outcome.APPROVED if gate.status is GateStatus.APPROVED else Outcome.SKIPPED
        return Awaited(gate.id, outcome, gate.reason, gate.by, gate.at, count)
    if gate.decision == FAILED:
        return Awaited(gate.id, Outcome.REJECTED, past[-1].text if past else "", gate.by, gate.at, count)
    if gate.decision != REJECTED and gate.feedback:
        by, at = gate.feedback_by or gate.by, gate.feedback_at or gate.at
        return Awaited(gate.id, Outcome.CHANGES, gate.feedback, by, at, count)
    return Awaited(gate.id, Outcome.REJECTED, "", gate.by, gate.at, count)


async def awaited(waiting: Waiting, timeout_s: float | None = None) -> Awaited:
    """Wait until there is an answer, the run ends, or the time is over. Raises Problem as `Waiting.look`."""
    found = await asyncio.to_thread(waiting.look)
    if found is not None:
        return found
    try:
        async with asyncio.timeout(timeout_s):
            return await _watched(waiting)
    except TimeoutError:
        return Awaited(waiting.subject, Outcome.TIMEOUT, f"no answer within {timeout_s:g} s")


async def _watched(waiting: Waiting) -> Awaited:
    wake, stop = asyncio.Event(), asyncio.Event()
    store = waiting.client.store

    async def watching() -> None:
        async with aclosing(watch((store.path.parent, store.run_dir), stop)) as news:  # type: ignore[type-var]
            async for paths in news:
                if any(p == store.path or (p.parent == store.run_dir and p.name != OUTPUT_NAME) for p in paths):
                    wake.set()

    async def beating() -> None:
        while True:
            with contextlib.suppress(Problem):
                await asyncio.to_thread(waiting.client.heartbeat)
            await asyncio.sleep(BEAT_S)

    tasks = [asyncio.create_task(work()) for work in (watching, beating)]
    try:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), _AGAIN_S if waiting.unsettled else None)
            wake.clear()
            found = await asyncio.to_thread(waiting.look)
            if found is not None:
                return found
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
