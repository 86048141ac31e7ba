"""What a store is asked to bring about: a pure step from the state that is there to the one that is wanted."""

from collections.abc import Callable, Sequence

from .events import Change, Event, Refusal
from .problem import Problem
from .problem_codes import Code
from .state import RunState

Stamp = Callable[[Change], Event]
"""Gives a change its id, run and time."""
Transaction = Callable[[RunState, Stamp], tuple[RunState, Sequence[Event]] | Refusal]
"""The state that is wanted and the events that lead to it, or why not. It may be called again on a newer state."""


def begun(state: RunState, change: Change, then: Transaction | None, stamped: Stamp) -> tuple[RunState, list[Event]]:
    """The state of a run that begins, with what `then` makes of it, and all its events. Raises Problem on a refusal."""
    started = stamped(change)
    if then is None:
        return state, [started]
    outcome = then(state, stamped)
    if isinstance(outcome, Refusal):
        raise Problem(outcome.reason, state.loop, outcome.todo, code=outcome.code)
    return outcome[0], [started, *outcome[1]]


def stale(changed: str) -> Refusal:
    """Why a decision about something else than what is there is refused (SPEC section 4)."""
    return Refusal(reason=f"{changed}: nothing was decided", todo="check it again", code=Code.RUN_CHANGED)
