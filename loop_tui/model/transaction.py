"""What a store is asked to bring about: a pure step from the state that is there to the one that is wanted."""

from collections.abc import Callable, Sequence

from .events import Change, Event, Refusal
from .problem_codes import Code
from .state import RunState, SkillRun

Stamp = Callable[[Change], Event]
"""Gives a change its id, run and time."""
Transaction = Callable[[RunState, Stamp], tuple[RunState, Sequence[Event]] | Refusal]
"""The state that is wanted and the events that lead to it, or why not. It may be called again on a newer state."""

STALE = Refusal(reason="the run changed meanwhile: nothing was decided", code=Code.RUN_CHANGED)
"""Why a decision about another state than the one that is there is refused."""


def is_stale(seen: RunState, now: RunState) -> bool:
    """True when a decision about the one state must not be taken for one about the other (SPEC section 4).

    What is written in passing refuses nobody: the time of the last write, and entries of the skill log but for the
    checks in them, which whoever decides may have gone by.
    """
    return _decided_on(seen) != _decided_on(now)


def _decided_on(state: RunState) -> RunState:
    checked = tuple(SkillRun(skill=e.skill, phase=e.phase, checks=e.checks) for e in state.skill_log if e.checks)
    return state.model_copy(update={"updated_at": "", "skill_log": checked})
