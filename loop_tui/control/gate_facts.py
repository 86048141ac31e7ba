"""What a snapshot tells of the gate that waits: whether it may be answered, and which checks speak about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop_tui.engine.gates import gate_state
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.model.transaction import is_stale

from .attention import AttentionKind

if TYPE_CHECKING:
    from .snapshot import Snapshot


def answerable(snapshot: Snapshot) -> str:
    """The id of the gate that may be answered now, or nothing."""
    gate = snapshot.gate
    if gate is None or snapshot.state is None or snapshot.trust is not None or snapshot.trouble is not None:
        return ""
    if snapshot.attention.kind in (AttentionKind.GATE, AttentionKind.BLOCKED) or snapshot.attention.subject == gate.id:
        return gate.id
    return ""


def still_holds(seen: Snapshot, now: Snapshot) -> bool:
    """True while what is being decided about the one snapshot may be said of the other.

    By the rule of the store, which looks again when it is written.
    """
    if (seen.gate, seen.trust, seen.trouble) != (now.gate, now.trust, now.trouble):
        return False
    if seen.state is None or now.state is None:
        return seen.state is now.state
    return not is_stale(seen.state, now.state)


def failing(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that failed."""
    return tuple(check for check in checks if check.status is CheckStatus.FAILED)


def checks_shown(snapshot: Snapshot) -> tuple[Check, ...]:
    """The checks that the panel shows, those that failed first; none when it shows none."""
    state, gate, need = snapshot.state, snapshot.gate, snapshot.attention
    if state is None or need.kind not in (AttentionKind.GATE, AttentionKind.FAILED):
        return ()
    if gate is not None and (need.kind is AttentionKind.GATE or gate.id == need.subject):
        checks = gate_state(state, gate).checks or state.checks_of(gate.after)
    else:
        checks = failed_checks(state)
    return (*failing(checks), *(check for check in checks if check not in failing(checks)))


def failed_checks(state: RunState) -> tuple[Check, ...]:
    """The checks of what failed last."""
    last = state.failures[-1] if state.failures else None
    if last is None:
        return ()
    return tuple(c for c in state.checks_of(last.stage) if not last.skill or _is_of(state, last.skill, c))


def _is_of(state: RunState, skill: str, check: Check) -> bool:
    return any(check in entry.checks for entry in state.skill_log if entry.skill == skill)
