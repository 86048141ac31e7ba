"""The input of the gate panel, and the line above it: what is asked for, and that it is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from loop_tui.model.text import one_line

from .answer_input import AnswerInput
from .consequence import TEXTS
from .panel_shown import PanelShown

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Question

QUESTION, SECRET = "question:", "secret:"
QUESTIONS = (QUESTION, SECRET)


def asking_of(question: Question) -> str:
    """What the input asks for: a question whose kind changes is another one, and what was typed is gone."""
    return f"{SECRET if question.is_secret else QUESTION}{question.id}"


class PanelInput(PanelShown):
    """The panel with its input. Whoever inherits says what is done with a text."""

    _asking = ""
    _seen_by_input: Snapshot | None = None

    @property
    def asks_text(self) -> bool:
        """True while the input is shown."""
        return bool(self._asking)

    def _check_input(self, snapshot: Snapshot) -> None:
        question = snapshot.question if snapshot.attention.kind == "question" else None
        wanted = asking_of(question) if question else ""
        if self._asking in TEXTS or wanted == self._asking:
            return
        had_focus = self.query_one(AnswerInput).has_focus
        if question is None:
            self._hide_input()
            if had_focus:
                self.query_one("#panel-body").focus()
            return
        # A question that comes up while the person reads does not take the keys: they were meant for something else.
        hidden = question.is_secret
        hint = "not shown, not stored" if hidden else one_line(question.default or "", 200) or "your answer"
        self._show_input(wanted, hint, hidden=hidden)
        self.query_one(AnswerInput).start = "" if hidden else question.default or ""
        if had_focus:
            self.query_one("#panel-body").focus()

    def _show_input(self, asking: str, placeholder: str, *, hidden: bool = False) -> None:
        self._asking = asking
        field = self.query_one(AnswerInput)
        field.value = field.start = ""
        field.password = hidden
        field.placeholder = placeholder
        field.display = True

    def _hide_input(self) -> None:
        self._asking = ""
        self._seen_by_input = None
        field = self.query_one(AnswerInput)
        field.display = False
        if field.password:
            field.value = ""

    def _line(self, content: Content | None) -> None:
        line = self.query_one("#panel-line", Static)
        line.update(content or Content())
        line.display = content is not None
        self.call_later(self.app.renew_foot)
