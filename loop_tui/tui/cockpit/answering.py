"""Who has the keyboard when something is asked: the answer keys from any pane, and the focus after one's own go."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from loop_tui.model.question_ids import first_of
from loop_tui.tui.actions import action
from loop_tui.tui.cockpit.gate_panel import GatePanel

if TYPE_CHECKING:
    from loop_tui.tui.cockpit.run_actions import RunActions

_NO_ROOM = "the window is too small to answer: nothing was done"


def answer_from_anywhere(cockpit: RunActions, answer: str) -> None:
    """Go to the panel and name what an answer would do; enter has to follow there. What cannot be done says why."""
    if cockpit.snapshot.attention.kind == "question" and cockpit.snapshot.trust is None:
        cockpit.action_pane(3)
        return
    wanted = action(answer)
    why = cockpit.app.why_not(wanted) or wanted.blocked(cockpit.snapshot)
    panel = cockpit.query_one(GatePanel)
    if why or cockpit.is_too_small:
        cockpit.app.nothing_done(why or _NO_ROOM)
        return
    cockpit.action_pane(3)
    panel.propose(answer)


class OwnGo:
    """Whether a question follows this person's own go, or repeats what they have just answered, with no key since.

    `typed` counts what they typed.
    """

    def __init__(self) -> None:
        self._at: int | None = None
        self._answered = ""

    def went(self, typed: int) -> None:
        """The person let the run go on."""
        self._at, self._answered = typed, ""

    def answered(self, question: str, typed: int) -> None:
        """The person answered: where that will not do, the question is asked again, and they go on typing."""
        self._at, self._answered = typed, question

    def takes_focus(self, question: str, asked: Container[str], typed: int) -> bool:
        """True once: the question that has come is the one that they wait for. `asked` are the ids of all so far."""
        answered, waits = self._answered, self._at == typed
        self._at, self._answered = None, ""
        first = first_of(question, asked)
        return waits and (not answered or (first != question and first == first_of(answered, asked)))
