"""From what somebody wants to what is written: changes are stamped, applied in order, and either all hold or none."""

from collections.abc import Callable, Sequence

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.state import RunState

from .apply import apply

Wish = Callable[[RunState], Sequence[Change] | Refusal]
Stamp = Callable[[Change], Event]
Step = Callable[[RunState, Stamp], tuple[RunState, Sequence[Event]] | Refusal]


def step(definition: LoopDefinition, wish: Wish) -> Step:
    """A step for a store: it asks the wish for changes, and applies them all or refuses them all.

    The step is pure, so that a store may run it again on a newer state.
    """

    def run(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
        wanted = wish(state)
        if isinstance(wanted, Refusal):
            return wanted
        events: list[Event] = []
        for change in wanted:
            event = stamp(change)
            after = apply(state, event, definition)
            if isinstance(after, Refusal):
                return after
            state = after
            events.append(event)
        return state, events

    return run


def always(*changes: Change) -> Wish:
    """A wish for the same changes whatever the state is."""
    return lambda state: changes
