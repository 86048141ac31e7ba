"""What a store is asked to bring about: a pure step from the state that is there to the one that is wanted."""

from collections.abc import Callable, Sequence

from .events import Change, Event, Refusal
from .problem_codes import Code
from .state import RunState

Stamp = Callable[[Change], Event]
"""Gives a change its id, run and time."""
Transaction = Callable[[RunState, Stamp], tuple[RunState, Sequence[Event]] | Refusal]
"""The state that is wanted and the events that lead to it, or why not. It may be called again on a newer state."""


def stale(changed: str) -> Refusal:
    """Why a decision about something else than what is there is refused (SPEC section 4)."""
    return Refusal(reason=f"{changed}: nothing was decided", todo="look at it again", code=Code.RUN_CHANGED)
