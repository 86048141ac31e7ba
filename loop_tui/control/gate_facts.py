"""What a snapshot tells of the gate that waits: whether it may be answered, and which checks speak about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop_tui.engine.gates import gate_state
from loop_tui.engine.progress import consequence
from loop_tui.model.binding import difference
from loop_tui.model.definition import GateDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus

from .attention import AttentionKind

if TYPE_CHECKING:
    from .snapshot import Snapshot


def answerable(snapshot: Snapshot) -> str:
    """The id of the gate that may be answered now, or nothing."""
    gate = snapshot.gate
    if gate is None or snapshot.state is None or snapshot.trust is not None or snapshot.trouble is not None:
        return ""
    if not snapshot.state.dialect.writable:
        return ""  # It is answered where it runs.
    if snapshot.attention.kind in (AttentionKind.GATE, AttentionKind.BLOCKED) or snapshot.attention.subject == gate.id:
        return gate.id
    return ""


def consequence_here(snapshot: Snapshot, gate: GateDefinition, answer: str) -> str:
    """What an answer at a gate brings about: in a run that somebody else drives it is written, and nothing more."""
    if snapshot.state is None or snapshot.definition is None:
        return ""
    line = consequence(snapshot.state, snapshot.definition, gate, answer, missing_of(snapshot))
    if snapshot.presence is None or snapshot.presence.ours:
        return line
    what = {"approve": "continues", "changes": f"runs {gate.after} again"}.get(answer, "waits here")
    return f"{line.partition(': ')[0]}: the answer is recorded, and its own driver {what}"


def still_holds(seen: Snapshot, now: Snapshot) -> bool:
    """True while what is being decided about the one snapshot may be said of the other.

    By the rule of the store, which looks again when it is written: what else is written to the file refuses nobody.
    """
    if (seen.gate, seen.trust, seen.trouble, seen.binding) != (now.gate, now.trust, now.trouble, now.binding):
        return False
    return (seen.state is None) == (now.state is None)


def change_between(seen: Snapshot, now: Snapshot) -> str:
    """What is not as it was when the person saw it, in words; nothing where nobody can say."""
    if seen.binding is None or now.binding is None:
        return ""
    return difference(seen.binding, now.binding)


def missing_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The documents of the gate that waits that are not there, or are empty."""
    if snapshot.gate is None or snapshot.binding is None:
        return ()
    return tuple(name for name in snapshot.gate.deliverables if not snapshot.binding.deliverables.get(name))


def failing(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that failed."""
    return tuple(check for check in checks if check.status is CheckStatus.FAILED)


def checks_shown(snapshot: Snapshot) -> tuple[Check, ...]:
    """The checks that the panel shows, those that failed first; none when it shows none."""
    state, gate, need = snapshot.state, snapshot.gate, snapshot.attention
    if state is None or need.kind not in (AttentionKind.GATE, AttentionKind.FAILED):
        listed = listed_checks(snapshot)
        return (*listed, *(check for check in _of_last_gate(snapshot) if check not in listed))
    if gate is not None and (need.kind is AttentionKind.GATE or gate.id == need.subject):
        checks = gate_state(state, gate).checks or state.checks_of(gate.after)
    else:
        checks = failed_checks(state)
    return (*failing(checks), *(check for check in checks if check not in failing(checks)))


def moved_on(snapshot: Snapshot) -> tuple[str, str]:
    """The commit that the checks of a failure ran on, and the one that is checked out now, both short.

    Empty texts where these are the same, nothing failed, or one of them is not known: what was not committed is not
    looked at, and no git is asked.
    """
    if snapshot.attention.kind is not AttentionKind.FAILED:
        return "", ""
    on = next((check.commit for check in checks_shown(snapshot) if check.status is CheckStatus.FAILED), "")
    now = snapshot.head.rpartition(" ")[2]
    return ("", "") if not on or not now or on.startswith(now) else (on[: len(now)], now)


def _of_last_gate(snapshot: Snapshot) -> tuple[Check, ...]:
    """What the last gate of a run that is over went by; nothing while it goes on."""
    gates = snapshot.ended.state.gates if snapshot.ended is not None else ()
    return next((gate.checks for gate in reversed(gates) if gate.checks), ())


def shipped(snapshot: Snapshot) -> bool:
    """True when a run that is over has something to show for it."""
    if snapshot.state is not None:
        return False
    told = snapshot.ended.shipped if snapshot.ended is not None else snapshot.last
    has_list = snapshot.ended is not None and bool(listed_checks(snapshot))
    return has_list or (told is not None and bool(told.version))


def listed_checks(snapshot: Snapshot) -> tuple[Check, ...]:
    """The checks of which the panel lists what they found, each as it was made last in the run that is shown."""
    state = snapshot.state or (snapshot.ended.state if snapshot.ended is not None else None)
    newest: dict[str, Check] = {}
    for entry in reversed(state.skill_log if state is not None else ()):
        for check in entry.checks:
            newest.setdefault(check.name, check)
    return tuple(check for check in newest.values() if check.shows and check.excerpt)


def failed_checks(state: RunState) -> tuple[Check, ...]:
    """The checks of what failed last."""
    last = state.failures[-1] if state.failures else None
    if last is None:
        return ()
    return tuple(c for c in state.checks_of(last.stage) if not last.skill or _is_of(state, last.skill, c))


def _is_of(state: RunState, skill: str, check: Check) -> bool:
    return any(check in entry.checks for entry in state.skill_log if entry.skill == skill)
