"""How long a run worked, and how long it waited: for a person, or for somebody to let it go on (SCREEN "Words").

What a run waited says nothing of it: only working time is compared, charted and learnt from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .clock import ms_between
from .status import SkillStatus

if TYPE_CHECKING:
    from .state import RunState


class Times(NamedTuple):
    """Milliseconds; None where the file does not tell. Together they are the time from the beginning to the end."""

    working_ms: int | None = None
    waiting_ms: int | None = None


def times_of(state: RunState, until: str, running_since: str = "") -> Times:
    """The times of a run up to a moment; `running_since` is when the skill that runs now began, less what it waited."""
    took = [entry.duration_ms for entry in state.skill_log if entry.duration_ms is not None]
    running = ms_between(running_since, until) if running_since else _before_secret(state)
    whole = ms_between(state.started_at, until)
    # A clock that was put back makes no time below zero.
    whole = max(whole, 0) if whole is not None else None
    if running is None and not took:
        return Times(None, whole)
    # Skills are done one after the other, and a question ends the driver: their times are what was worked. Only for a
    # secret does the driver stay: what it waits for one is not in the times of its skill.
    working = sum(took) + max(running or 0, 0)
    return Times(working, max(whole - working, 0) if whole is not None else None)


def waited_for_secrets(state: RunState, since: str, until: str) -> int:
    """Milliseconds between two moments in which a secret was asked for and nobody had typed it yet."""
    waited = 0
    for question in state.questions:
        if question.is_secret and question.asked_at and question.answered_at:
            before = ms_between(since, question.asked_at)
            after = ms_between(question.answered_at, until)
            took = ms_between(question.asked_at, question.answered_at)
            if before is not None and after is not None and took is not None and before >= 0 and after >= 0:
                waited += max(took, 0)
    return waited


def _before_secret(state: RunState) -> int | None:
    """How long the skill that waits for a secret worked before it asked; None where none waits."""
    asked = next((q for q in state.pending_questions if q.is_secret), None)
    begun = next((e for e in reversed(state.skill_log) if e.status is SkillStatus.ACTIVE), None)
    if asked is None or begun is None or asked.skill not in ("", begun.skill):
        return None
    whole = ms_between(begun.started_at, asked.asked_at)
    return None if whole is None else whole - waited_for_secrets(state, begun.started_at, asked.asked_at)
