"""Questions for a secret: a driver asks them while it works, and no answer to them is in a state."""

from collections.abc import Iterable

from loop_tui.model.actions import Action, Wait
from loop_tui.model.events import Category, Event
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus


def asks_secret(state: RunState, action: Action) -> bool:
    """True when what comes next waits for a secret: a driver has to be there, for it alone can take one."""
    if not isinstance(action, Wait) or action.on != "question" or state.status is RunStatus.BLOCKED:
        return False
    question = state.question(action.subject)
    return question is not None and question.is_secret


def disguised(state: RunState, events: Iterable[Event]) -> tuple[Question, ...]:
    """The questions that wait for a secret, and of which the state says otherwise: somebody wrote over it.

    `events` are the journal, which knows how a question was put last.
    """
    open_ones = [q for q in state.pending_questions if not q.is_secret]
    if not open_ones:
        return ()
    asked = {
        event.subject: _is_secret(event)
        for event in events
        if event.category is Category.DECISION and event.action == "asked"
    }
    return tuple(question for question in open_ones if asked.get(question.id))


def _is_secret(event: Event) -> bool:
    question = event.context.get("question")
    return isinstance(question, dict) and question.get("kind") == QuestionKind.SECRET.value
