"""What a store is asked to bring about: a pure step from the state that is there to the one that is wanted."""

from collections.abc import Callable, Sequence

from .events import Change, Event, Refusal
from .problem_codes import Code
from .state import RunState

Stamp = Callable[[Change], Event]
"""Gives a change its id, run and time."""
Transaction = Callable[[RunState, Stamp], tuple[RunState, Sequence[Event]] | Refusal]
"""The state that is wanted and the events that lead to it, or why not. It may be called again on a newer state."""

STALE = Refusal(reason="the run changed meanwhile: nothing was decided", code=Code.RUN_CHANGED)
"""Why a decision about another state than the one that is there is refused."""
