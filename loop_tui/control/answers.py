"""Answers that stand though somebody writes over them (SPEC section 3, "Writers without the lock").

A program that writes back what it read before erases what a person said meanwhile. The journal remembers it: where the
state shows it no more, and the question is still the same, it is written again. Every answer in the journal carries a
code of the person's key, so that nobody else can put one there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from msgspec import Struct
from pydantic import JsonValue, ValidationError

from loop_tui.engine import changes
from loop_tui.engine.apply import apply
from loop_tui.engine.elsewhere import only_answers
from loop_tui.model.binding import Binding
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.events import Category, Change, Event, Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus
from loop_tui.model.transaction import Stamp
from loop_tui.storage.state.signing import Signer
from loop_tui.storage.state.store import Store
from loop_tui.storage.user.key import known_key, own_key

_GATE_ANSWERS = ("approved", "rejected")
_UNDOES = ("voided", "unproven", "skipped", "failed")
_TOLD = ("by", "answer", "reason", "feedback", "bound")


class Erased(Struct, frozen=True):
    """An answer that the state shows no more. `why` says why it cannot be written again; empty where it can."""

    event: Event
    why: str = ""

    def __str__(self) -> str:
        """One line for a person."""
        what = "answer" if self.event.category is Category.DECISION else f"`{self.event.action}`"
        line = f"your {what} to {self.event.subject} of {self.event.timestamp} was overwritten by another program"
        return f"{line}: {self.why}" if self.why else line


def with_code(event: Event, env: Mapping[str, str] | None = None) -> Event:
    """The event with the code of the person's key, where it is an answer. Raises Problem when there can be no key."""
    if not _is_answer(event):
        return event
    return event.model_copy(update={"context": {**event.context, "mac": _code(own_key(env), event)}})


def _is_answer(change: Change) -> bool:
    if change.category is Category.DECISION:
        return change.action == "answered"
    return change.category is Category.GATE and change.action in _GATE_ANSWERS


def _code(key: bytes, event: Event) -> str:
    """The code of one answer, said once: copied or moved in the journal it is no second one."""
    told: dict[str, JsonValue] = {name: event.context.get(name) for name in _TOLD}
    told |= {"id": event.id, "timestamp": event.timestamp}
    return Signer(key, event.run, "answers").mac(f"{event.category}/{event.action}/{event.subject}", told)


class AnswerKeeper:
    """Watches over the answers of one run. Blocking; for one thread at a time."""

    def __init__(self, store: Store, env: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._env = env
        self._place = 0
        self._answers: dict[tuple[Category, str], Event] = {}
        self._latest: dict[tuple[Category, str], str] = {}
        """When something was said of each, or done to it, last: what is older counts no more."""
        self._checked: tuple[str, int] | None = None

    def erased(self) -> tuple[Erased, ...]:
        """The answers that the state shows no more. Raises Problem when the state cannot be read."""
        loaded = self._store.load_whole()
        definition = self._store.definition
        if loaded is None or definition is None:
            return ()
        self._read_journal(loaded.state.run, definition)
        for gate in definition.gates:
            if _is_open_again(loaded.state, gate):
                self._answers.pop((Category.GATE, gate.id), None)
        here = (loaded.revision, self._place)
        if here == self._checked:
            return ()
        found = tuple(
            e for event in self._answers.values() if (e := self._look(loaded.state, event, definition)) is not None
        )
        if not found:
            self._checked = here
        return found

    def keep(self, but: str = "") -> tuple[Erased, ...]:
        """Write again what was erased, and give it; what somebody is answering anew, `but`, is left to them.

        Raises Problem when that cannot be done.
        """
        found = self.erased()
        definition = self._store.definition
        for lost in found:
            if not lost.why and definition is not None and lost.event.subject != but:
                self._write_again(lost.event, definition)
        return found

    def _read_journal(self, run: str, definition: LoopDefinition) -> None:
        try:
            events, place = self._store.journal.read_from(self._place)
        except OSError:
            return
        if place < self._place:
            self._answers.clear()
        self._place = place
        key = known_key(self._env)
        for event in events:
            self._note(event, run, key, definition)

    def _note(self, event: Event, run: str, key: bytes | None, definition: LoopDefinition) -> None:
        here = (event.category, event.subject)
        if event.run == run and _is_answer(event):
            ours = event.context.get("by") != changes.BY_CHECKS and key is not None and _has_code(event, key)
            if ours and event.timestamp > self._latest.get(here, ""):
                self._answers[here] = event
                self._latest[here] = event.timestamp
        elif (event.category is Category.GATE and event.action in _UNDOES) or (
            event.category is Category.DECISION and event.action == "withdrawn"
        ):
            self._forget(here, event.timestamp)
        elif event.category is Category.PHASE and event.action in ("reopened", "retried"):
            names = [phase.id for phase in definition.phases]
            later = set(names[names.index(event.subject) :]) if event.subject in names else set(names)
            for gate in definition.gates:
                if gate.after in later:
                    self._forget((Category.GATE, gate.id), event.timestamp)
        elif event.category is Category.PHASE and event.action == "completed":
            # Done anew since: whatever was said before is no answer to that.
            for gate in definition.gates_after(event.subject):
                self._forget((Category.GATE, gate.id), event.timestamp)
        elif event.category is Category.SYSTEM and event.action == "edited":
            for gate_id in _asked_anew(event, definition):
                self._forget((Category.GATE, gate_id), event.timestamp)
        if event.category is Category.GATE and event.action == "rejected" and event.context.get("feedback"):
            self._reopened_by(event, definition)

    def _forget(self, here: tuple[Category, str], moment: str) -> None:
        self._answers.pop(here, None)
        self._latest[here] = max(moment, self._latest.get(here, ""))

    def _reopened_by(self, event: Event, definition: LoopDefinition) -> None:
        """Changes that were asked for at a gate open the phases after it again: what was said there is moot."""
        names = [phase.id for phase in definition.phases]
        gate = definition.gate(event.subject)
        if gate is None or gate.after not in names:
            return
        later = set(names[names.index(gate.after) :])
        for other in definition.gates:
            if other.after in later and other.id != event.subject:
                self._forget((Category.GATE, other.id), event.timestamp)

    def _look(self, state: RunState, event: Event, definition: LoopDefinition) -> Erased | None:
        began, answered = parse_stamp(state.started_at), parse_stamp(event.timestamp)
        if began is not None and answered is not None and began > answered:
            return None  # It was said to an earlier run; not every file gives its run an id.
        if event.category is Category.DECISION:
            question = state.question(event.subject)
            return Erased(event) if question is not None and question.answer is None else None
        gate, known = definition.gate(event.subject), state.gate(event.subject)
        if gate is None or known is None or known.status is not GateStatus.PENDING:
            return None
        phase = state.phase_state(gate.after)
        made, said = parse_stamp(phase.completed_at) if phase else None, parse_stamp(event.timestamp)
        if phase is None or not phase.over or (made is not None and said is not None and made > said):
            return None  # Opened again since: that is a new question.
        return Erased(event, self._changed(state, event))

    def _changed(self, state: RunState, event: Event) -> str:
        """Why an approval cannot be given once more for the person: it was about something else."""
        if event.action != "approved":
            return ""
        try:
            bound = Binding.model_validate(event.context.get("bound"))
        except ValidationError:
            return "its subject is unknown; answer again"
        now = self._store.binding(state, event.subject)
        if bound.definition != now.definition:
            return "the definition of the loop has changed since; answer again"
        other = [name for name, sha in now.deliverables.items() if bound.deliverables.get(name, "") != sha]
        return f"{other[0]} has changed since; answer again" if other else ""

    def _write_again(self, event: Event, definition: LoopDefinition) -> None:
        context = {**event.context, "again": True}
        change = Change(
            category=event.category, action=event.action, subject=event.subject, context=context, outcome=event.outcome
        )

        def step(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
            # Under the lock: between a write and its line in the journal the state alone looks as if it was erased.
            self._read_journal(state.run, definition)
            known = self._answers.get((event.category, event.subject))
            lost = self._look(state, event, definition)
            if lost is None or lost.why or known is None or known.id != event.id:
                return state, ()
            made = with_code(stamp(change), self._env)
            after = apply(state, made, definition)
            if isinstance(after, Refusal):
                return after
            ours = self._store.owner().of(state.run)
            return (after if ours else only_answers(state, after)), (made,)

        with contextlib.suppress(Problem):
            self._store.transact(step)


def _is_open_again(state: RunState, gate: GateDefinition) -> bool:
    """True when somebody works on the phase before a gate that nobody decided: that is a new question.

    A gate that was sent back is none: there the phase is open because of the answer.
    """
    known, phase = state.gate(gate.id), state.phase_state(gate.after)
    pending = known is None or known.status is GateStatus.PENDING
    return pending and phase is not None and not phase.over


def _asked_anew(event: Event, definition: LoopDefinition) -> tuple[str, ...]:
    """The gates whose phase was open in what somebody else wrote, before it was complete again."""
    try:
        state = RunState.model_validate(event.context.get("state"))
    except ValidationError:
        return ()
    return tuple(gate.id for gate in definition.gates if _is_open_again(state, gate))


def _has_code(event: Event, key: bytes) -> bool:
    return event.context.get("mac") == _code(key, event)
