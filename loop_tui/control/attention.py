"""What a run needs from the person who looks at it: one word, one line, and whether it is worth a bell."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.engine.elsewhere import asks
from loop_tui.engine.gates import gate_state
from loop_tui.engine.retry import is_unreachable
from loop_tui.engine.secret_questions import asks_secret
from loop_tui.model.actions import Action, CheckCondition, Retry, Wait
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.going_on import go_word
from loop_tui.model.problem import headline
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus, GateType, RunStatus
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from .snapshot import Snapshot


class AttentionKind(StrEnum):
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
    ELSEWHERE = "elsewhere"
    QUIET = "quiet"
    RUNNING = "running"
    COMPLETE = "complete"
    ENDED = "ended"
    GONE = "gone"
    IDLE = "idle"


_RINGING = frozenset(
    {
        AttentionKind.TROUBLE,
        AttentionKind.QUESTION,
        AttentionKind.GATE,
        AttentionKind.FAILED,
        AttentionKind.BLOCKED,
        AttentionKind.MANUAL,
        AttentionKind.DELIVERABLE,
        AttentionKind.BOUNDARY,
        AttentionKind.UNREADABLE,
        AttentionKind.COMPLETE,
        AttentionKind.ENDED,
    }
)
_SHOWN = _RINGING | {
    AttentionKind.TRUST,
    AttentionKind.RESUME,
    AttentionKind.STOPPED,
    AttentionKind.GONE,
    AttentionKind.QUIET,
}
_GOOD = frozenset(
    {AttentionKind.ELSEWHERE, AttentionKind.RUNNING, AttentionKind.IDLE, AttentionKind.OPENING, AttentionKind.COMPLETE}
)


class Attention(Struct, frozen=True):
    """What is needed. `key` tells one occasion from the next, so that each rings once.

    `todo` is what to press, with the id of an action in braces where its key goes.
    """

    kind: AttentionKind
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


def attention_of(snapshot: Snapshot) -> Attention:
    """What this run needs now."""
    found = _before_the_run(snapshot) or _in_the_run(snapshot)
    if found.key:
        return found
    run = snapshot.state.run if snapshot.state else ""
    return Attention(
        found.kind, found.subject, one_line(found.headline), found.todo, f"{run}/{found.kind}/{found.subject}"
    )


def _before_the_run(snapshot: Snapshot) -> Attention | None:
    if not snapshot.opened:
        return Attention(AttentionKind.OPENING, headline="opening")
    if snapshot.trouble is not None:
        restores = "{pane-gate}, then {restore} restores the last good copy"
        todo = restores if snapshot.has_last_good else "{pane-gate} shows what is wrong"
        what = headline(snapshot.trouble.what, snapshot.trouble.where)
        return Attention(AttentionKind.TROUBLE, snapshot.trouble.where, what, todo)
    if snapshot.trust is not None and not snapshot.elsewhere:
        asked = "this loop comes with the repository: trust it?"
        return Attention(AttentionKind.TRUST, snapshot.trust.path, asked, "press {pane-gate} to decide")
    if snapshot.state is not None:
        return None
    if snapshot.starting or snapshot.lease is not None:
        return Attention(AttentionKind.RUNNING, headline="starting")
    if snapshot.ended is None:
        last = snapshot.last
        if last is not None and last.version:
            return Attention(
                AttentionKind.IDLE,
                headline=f"{last.what} {'is out' if last.stood else 'was shipped'}",
                todo="{go} starts the next run",
            )
        return Attention(AttentionKind.IDLE, headline=f"no run of {snapshot.loop} here", todo="{go} starts one")
    if snapshot.ended.archived:
        word = snapshot.ended.word
        kind = AttentionKind.COMPLETE if word == "done" else AttentionKind.ENDED
        shipped = snapshot.ended.shipped
        said = shipped.headline if word == "done" and shipped is not None and shipped.version else word
        return Attention(kind, snapshot.ended.state.run, said, "{pane-gate} shows the summary")
    return Attention(AttentionKind.GONE, snapshot.ended.state.run, "the state file was removed", "{go} dismisses")


def _in_the_run(snapshot: Snapshot) -> Attention:
    state, definition, action = snapshot.state, snapshot.definition, snapshot.action
    if state is None or definition is None or action is None:
        return Attention(AttentionKind.UNREADABLE, headline="there is no definition of this loop")
    if state.status is RunStatus.BLOCKED and not (isinstance(action, Wait) and action.on == "question"):
        why = state.blocked.reason if state.blocked else "no reason given"
        todo = "{go} tries again" if is_unreachable(state) else "{pause} resumes"
        todo = todo if state.dialect.writable else "the server continues it"
        return Attention(AttentionKind.BLOCKED, state.phase, f"BLOCKED: {why}", todo)
    if snapshot.elsewhere:
        return _elsewhere(snapshot, state, definition, action)
    # A secret is taken by the driver that asks for it: without one it is for a driver to come.
    unheard = not snapshot.driven and asks_secret(state, action)
    if isinstance(action, Wait) and not (action.on == "paused" and snapshot.resumable) and not unheard:
        return _WAITING[action.on](snapshot, state, definition, action)
    if isinstance(action, Retry) and not (action.automatic and snapshot.driven):
        return _failed(state, definition, snapshot.gate)
    if snapshot.driven:
        return Attention(AttentionKind.RUNNING, headline=_at_work(snapshot))
    if snapshot.resumable:
        word = go_word(state.status)
        headline = f"{word.capitalize()} from {state.phase}?"
        return Attention(AttentionKind.RESUME, state.phase, headline, f"{{go}} {word}s")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        word = "done" if state.aborted is None else "aborted"
        return Attention(AttentionKind.STOPPED, state.phase, f"{word}, not archived yet", "{go} archives it")
    return Attention(AttentionKind.STOPPED, state.phase, "not running", "{go} continues")


def _elsewhere(snapshot: Snapshot, state: RunState, definition: LoopDefinition, action: Action) -> Attention:
    """A run that somebody else drives needs an answer, or nothing: what is to be done in it is theirs."""
    presence, gate = snapshot.presence, snapshot.gate
    if not state.dialect.writable and state.status is RunStatus.FAILED:
        return _failed_there(state)
    if isinstance(action, Wait) and action.on == "question":
        return _WAITING[action.on](snapshot, state, definition, action)
    if isinstance(action, Wait) and action.on == "paused":
        todo = "{pause} resumes" if state.dialect.writable else "the server continues it"
        return Attention(AttentionKind.PAUSED, state.phase, "paused, elsewhere", todo)
    if isinstance(action, CheckCondition) and _asks(state, gate):
        # Whether it applies is for its driver to know: it asks until that is decided.
        action = Wait(on="gate", subject=action.gate, reason=f"{action.gate} waits for a person")
    if isinstance(action, Wait) and action.on == "gate" and _asks(state, gate):
        found = _at_gate(snapshot, state, definition, action)
        return found if state.dialect.writable else replace(found, todo="{pane-gate} shows where")
    if state.status is RunStatus.FAILED and state.aborted is None:
        return _failed_there(state)
    if state.status is RunStatus.COMPLETE:
        return Attention(AttentionKind.COMPLETE, state.phase, "done, elsewhere")
    by = f"{presence.by} works on {presence.skill or 'this run'}" if presence and presence.by else ""
    if presence is not None and (presence.working or presence.driver is not None):
        return Attention(AttentionKind.ELSEWHERE, state.phase, by or presence.word)
    word = presence.word if presence is not None else "quiet"
    todo = "{go} takes it over" if state.dialect.writable else ""
    return Attention(AttentionKind.QUIET, state.phase, f"{by}, {word}" if by else word, todo)


def _failed_there(state: RunState) -> Attention:
    last = state.failures[-1] if state.failures else None
    name = (last.skill or last.stage) if last else state.phase
    stamp = f"{state.run}/failed/{name}/{len(state.failures)}"
    return Attention(AttentionKind.FAILED, name, f"{name} FAILED, elsewhere", "{pane-gate} shows why", stamp)


def _asks(state: RunState, gate: GateDefinition | None) -> bool:
    return gate is not None and gate.type is not GateType.AUTO and asks(state, gate)


def _failed(state: RunState, definition: LoopDefinition, gate: GateDefinition | None) -> Attention:
    """A failed gate goes by its name, anything else by the skill or phase that failed."""
    stamp = f"{len(state.failures)}"
    if gate is not None and gate_state(state, gate).status is GateStatus.REJECTED:
        return Attention(
            AttentionKind.FAILED, gate.id, f"{gate.id} FAILED", "{go} retries", f"{state.run}/gate/{gate.id}/{stamp}"
        )
    last = state.failures[-1] if state.failures else None
    name = (last.skill or last.stage) if last else state.phase
    return Attention(AttentionKind.FAILED, name, f"{name} FAILED", "{go} retries", f"{state.run}/failed/{name}/{stamp}")


def _at_work(snapshot: Snapshot) -> str:
    if snapshot.running is not None:
        return f"{snapshot.running.skill} is running"
    if snapshot.state is not None and snapshot.state.status is RunStatus.COMPLETE:
        return "every phase is done"  # Its driver is about to archive it; a replay ends here.
    return "starting" if snapshot.lease is None else "running"


def _at_gate(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Attention:
    gate = definition.gate(wait.subject)
    known = gate_state(state, gate) if gate else None
    if gate is not None and gate.type is GateType.AUTO and known is not None and known.status is GateStatus.REJECTED:
        return _failed(state, definition, gate)
    word = "was rejected and waits" if known is not None and known.status is GateStatus.REJECTED else "waits for you"
    stamp = known.at if known else ""
    key = f"{state.run}/{wait.subject}/{stamp}"
    return Attention(AttentionKind.GATE, wait.subject, f"{wait.subject} {word}", "press {pane-gate} to answer", key)


def _paused(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Attention:
    if snapshot.lease is not None:
        after = one_line(snapshot.running.skill, 40) if snapshot.running is not None else "the current skill"
        return Attention(AttentionKind.PAUSED, state.phase, f"pausing after {after}", "{pause} cancels")
    return Attention(AttentionKind.PAUSED, state.phase, "paused", "{go} or {pause} resumes")


def _manual(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Attention:
    return Attention(AttentionKind.MANUAL, wait.subject, wait.reason, "{complete} when it is done; {skip} skips it")


def _simple(kind: AttentionKind, todo: str) -> _Waiting:
    def need(snapshot: Snapshot, state: RunState, definition: LoopDefinition, wait: Wait) -> Attention:
        return Attention(kind, wait.subject, wait.reason, todo)

    return need


_Waiting = Callable[["Snapshot", RunState, LoopDefinition, Wait], Attention]
_WAITING: dict[str, _Waiting] = {
    "gate": _at_gate,
    "paused": _paused,
    "question": _simple(AttentionKind.QUESTION, "press {pane-gate} to answer"),
    "blocked": _simple(AttentionKind.BLOCKED, "{pause} resumes"),
    "boundary": _simple(AttentionKind.BOUNDARY, "{go} continues"),
    "manual": _manual,
    "deliverable": _simple(AttentionKind.DELIVERABLE, "write it, then press {go}"),
    "claimed": _simple(AttentionKind.ELSEWHERE, ""),
    "unreadable": _simple(AttentionKind.UNREADABLE, "fix the state file"),
}
