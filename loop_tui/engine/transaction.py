"""From what somebody wants to what is written: changes are stamped, applied in order, and either all hold or none."""

from collections.abc import Callable, Sequence

from loop_tui.model.actions import CompletePhase, EnterPhase, ExecuteSkill
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.model.transaction import Stamp, Transaction

from . import changes
from .apply import apply
from .decide import decide

Wish = Callable[[RunState], Sequence[Change] | Refusal]


def step(definition: LoopDefinition, wish: Wish) -> Transaction:
    """A step for a store: it asks the wish for changes, and applies them all or refuses them all.

    The step is pure, so that a store may run it again on a newer state.
    """

    def run(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
        return _applied(state, wish(state), stamp, definition)

    return run


def onward(definition: LoopDefinition, wish: Wish, may_start: Callable[[ExecuteSkill], bool]) -> Transaction:
    """As `step`, and with it the phases that end and begin through it, and the skill that starts then.

    That is one write: nothing else is decided in between. A skill that was started and never got to work, because
    somebody stopped the run in that moment, counts as interrupted. `may_start` says whether a skill can be done here.
    """

    def run(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
        outcome = _applied(state, wish(state), stamp, definition)
        while not isinstance(outcome, Refusal):
            state, events = outcome
            moved = _applied(state, next_move(state, definition, may_start), stamp, definition)
            if isinstance(moved, Refusal) or not moved[1]:
                break
            outcome = moved[0], (*events, *moved[1])
        return outcome

    return run


def next_move(
    state: RunState, definition: LoopDefinition, may_start: Callable[[ExecuteSkill], bool]
) -> Sequence[Change]:
    """What `decide` wants next where that is the end or beginning of a phase, or of a skill's work; else nothing."""
    match decide(state, definition):
        case CompletePhase(phase=phase):
            return (changes.phase_completed(phase),)
        case EnterPhase(phase=phase):
            return (changes.phase_entered(phase),)
        case ExecuteSkill() as action:
            phase_state = state.phase_state(action.phase)
            skill = phase_state.skill(action.skill) if phase_state else None
            # One that is at work already is, or was, done by somebody: whoever does it anew says so himself.
            if skill is not None and skill.status is not SkillStatus.ACTIVE and may_start(action):
                return (changes.skill_started(action.phase, action.skill),)
    return ()


def _applied(
    state: RunState, wanted: Sequence[Change] | Refusal, stamp: Stamp, definition: LoopDefinition
) -> tuple[RunState, Sequence[Event]] | Refusal:
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


def always(*changes: Change) -> Wish:
    """A wish for the same changes whatever the state is."""
    return lambda state: changes
