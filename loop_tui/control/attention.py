"""What a run needs from the person who looks at it: one word, one line, and whether it is worth a bell."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

from loop_tui.engine.gates import gate_state
from loop_tui.model.actions import Retry, Wait
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus, GateType, RunStatus
from loop_tui.model.text import one_line
from loop_tui.tui.actions import with_keys

from .snapshot import Snapshot


class Kind(StrEnum):
    """The kinds of need, the most pressing first."""

    OPENING = "opening"
    TROUBLE = "trouble"
    TRUST = "trust"
    QUESTION = "question"
    GATE = "gate"
    FAILED = "failed"
    BLOCKED = "blocked"
    MANUAL = "manual"
    DELIVERABLE = "deliverable"
    BOUNDARY = "boundary"
    UNREADABLE = "unreadable"
    RESUME = "resume"
    PAUSED = "paused"
    STOPPED = "stopped"
    RUNNING = "running"
    COMPLETE = "complete"
    ENDED = "ended"
    GONE = "gone"
    IDLE = "idle"


_RINGING = frozenset(
    {
        Kind.TROUBLE,
        Kind.QUESTION,
        Kind.GATE,
        Kind.FAILED,
        Kind.BLOCKED,
        Kind.MANUAL,
        Kind.DELIVERABLE,
        Kind.BOUNDARY,
        Kind.UNREADABLE,
        Kind.COMPLETE,
        Kind.ENDED,
    }
)
_SHOWN = _RINGING | {Kind.TRUST, Kind.RESUME, Kind.STOPPED, Kind.GONE}
_GOOD = frozenset({Kind.RUNNING, Kind.IDLE, Kind.OPENING, Kind.COMPLETE})


@dataclass(frozen=True)
class Need:
    """What is needed. `key` tells one occasion from the next, so that each rings once; `todo` is the key to press."""

    kind: Kind
    subject: str = ""
    headline: str = ""
    todo: str = ""
    key: str = ""

    @property
    def rings(self) -> bool:
        """True when the person should be called to the screen."""
        return self.kind in _RINGING

    @property
    def shown(self) -> bool:
        """True when it is worth the banner row."""
        return self.kind in _SHOWN

    @property
    def calm(self) -> bool:
        """True when nothing is asked of the person."""
        return self.kind in _GOOD


def need_of(snapshot: Snapshot) -> Need:
    """What this run needs now."""
    found = _before_the_run(snapshot) or _in_the_run(snapshot)
    todo = with_keys(found.todo)
    if found.key:
        return replace(found, todo=todo)
    run = snapshot.state.run if snapshot.state else ""
    return Need(found.kind, found.subject, one_line(found.headline), todo, f"{run}/{found.kind}/{found.subject}")


def _before_the_run(snapshot: Snapshot) -> Need | None:
    if not snapshot.opened:
        return Need(Kind.OPENING, headline="opening")
    if snapshot.trouble is not None:
        restores = "{pane-gate}, then {restore} restores the last good copy"
        todo = restores if snapshot.has_last_good else "{pane-gate} shows what is wrong"
        name = PurePath(snapshot.trouble.where).name
        what = f"{name}: {snapshot.trouble.what}" if name else snapshot.trouble.what
        return Need(Kind.TROUBLE, snapshot.trouble.where, what, todo)
    if snapshot.trust is not None:
        asked = "this loop comes with the repository: trust it?"
        return Need(Kind.TRUST, snapshot.trust.path, asked, "{pane-gate} asks")
    if snapshot.state is not None:
        return None
    if snapshot.starting or snapshot.lease is not None:
        return Need(Kind.RUNNING, headline="starting")
    if snapshot.ended is None:
        return Need(Kind.IDLE, headline=f"no run of {snapshot.loop} here", todo="{go} starts one")
    if snapshot.ended.archived:
        word = snapshot.ended.word
        kind = Kind.COMPLETE if word == "complete" else Kind.ENDED
        return Need(kind, snapshot.ended.state.run, word, "{pane-gate} shows the summary")
    return Need(Kind.GONE, snapshot.ended.state.run, "the state file is gone", "{go} starts a new run")


def _in_the_run(snapshot: Snapshot) -> Need:
    state, definition, action = snapshot.state, snapshot.definition, snapshot.action
    if state is None or definition is None or action is None:
        return Need(Kind.UNREADABLE, headline="there is no definition of this loop")
    if state.status is RunStatus.BLOCKED:
        why = state.blocked.reason if state.blocked else "no reason given"
        return Need(Kind.BLOCKED, state.phase, f"BLOCKED: {why}", "{pause} resumes")
    if isinstance(action, Wait) and not (action.on == "paused" and snapshot.resumable):
        return _WAITING[action.on](snapshot, state, definition, action)
    if isinstance(action, Retry) and not (action.automatic and snapshot.driven):
        return _failed(state, definition, snapshot.gate)
    if snapshot.driven:
        return Need(Kind.RUNNING, headline=_at_work(snapshot))
    if snapshot.resumable:
        return Need(Kind.RESUME, state.phase, f"Resume from {state.phase}?", "{go} resumes")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        word = "finished" if state.aborted is None else "aborted"
        return Need(Kind.STOPPED, state.phase, f"{word}, not archived yet", "{go} archives it")
    return Need(Kind.STOPPED, state.phase, "nobody drives this run", "{go} goes on")


def _failed(state: RunState, definition: LoopDefinition, gate: GateDefinition | None) -> Need:
    """A failed gate goes by its name, anything else by the skill or phase that failed."""
    stamp = f"{len(state.failures)}"
    if gate is not None and gate_state(state, gate).status is GateStatus.REJECTED:
        return Need(Kind.FAILED, gate.id, f"{gate.id} FAILED", "{go} retries", f"{state.run}/gate/{gate.id}/{stamp}")
    last = state.failures[-1] if state.failures else None
    name = (last.skill or last.stage) if last else state.phase
    return Need(Kind.FAILED, name, f"{name} FAILED", "{go} retries", f"{state.run}/failed/{name}/{stamp}")


def _at_work(snapshot: Snapshot) -> str:
    if snapshot.running is not None:
        return f"{snapshot.running.skill} is running"
    return "starting" if snapshot.lease is None else "working"


def _at_gate(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Need:
    gate = definition.gate(wait.subject)
    known = gate_state(state, gate) if gate else None
    if gate is not None and gate.type is GateType.AUTO and known is not None and known.status is GateStatus.REJECTED:
        return _failed(state, definition, gate)
    word = "was rejected: it waits" if known is not None and known.status is GateStatus.REJECTED else "waits for you"
    stamp = known.at if known else ""
    key = f"{state.run}/{wait.subject}/{stamp}"
    return Need(Kind.GATE, wait.subject, f"{wait.subject} {word}", "{pane-gate} answers", key)


def _paused(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Need:
    if snapshot.lease is not None:
        after = one_line(snapshot.running.skill, 40) if snapshot.running is not None else "the skill that runs"
        return Need(Kind.PAUSED, state.phase, f"pausing after {after}", "{pause} takes it back")
    return Need(Kind.PAUSED, state.phase, "paused", "{go} or {pause} resumes")


def _manual(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Need:
    skill = one_line(wait.subject, 40)
    return Need(Kind.MANUAL, wait.subject, wait.reason, f"then :complete {skill}; {{skip}} skips it")


def _simple(kind: Kind, todo: str) -> "_Waiting":
    def need(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Need:
        return Need(kind, wait.subject, wait.reason, todo)

    return need


_Waiting = Callable[[Snapshot, RunState, LoopDefinition, Wait], Need]
_WAITING: dict[str, _Waiting] = {
    "gate": _at_gate,
    "paused": _paused,
    "question": _simple(Kind.QUESTION, "{pane-gate} answers"),
    "blocked": _simple(Kind.BLOCKED, "{pause} resumes"),
    "boundary": _simple(Kind.BOUNDARY, "{go} goes on"),
    "manual": _manual,
    "deliverable": _simple(Kind.DELIVERABLE, "write it, then {go}"),
    "unreadable": _simple(Kind.UNREADABLE, "mend the state file"),
}
