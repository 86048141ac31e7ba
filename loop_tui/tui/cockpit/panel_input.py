"""The input of the gate panel, and the line above it: what is asked for, and that it is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Input, Static

from loop_tui.model.text import one_line
from loop_tui.tui.widgets.words import MUTED, text_of

from .answer_input import AnswerInput
from .consequence import TEXTS
from .panel_shown import PanelShown

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Question

QUESTION, SECRET = "question:", "secret:"
QUESTIONS = (QUESTION, SECRET)
_NEXT = "next"
"""Stands for the occasion that the next snapshot shows; the key of one has slashes in it."""


def asking_of(question: Question) -> str:
    """What the input asks for: a question whose kind changes is another one, and what was typed is gone."""
    return f"{SECRET if question.is_secret else QUESTION}{question.id}"


class PanelInput(PanelShown):
    """The panel with its input. Whoever inherits says what is done with a text."""

    _asking = ""
    _seen_by_input: Snapshot | None = None
    _refused_at = ""
    """The occasion that the refusal in the line belongs to; nothing where none stands there."""

    @property
    def asks_text(self) -> bool:
        """True while the input is shown."""
        return bool(self._asking)

    def _check_input(self, snapshot: Snapshot) -> None:
        question = snapshot.question if snapshot.attention.kind == "question" else None
        if question is not None and question.form:
            question = None  # Its fields have a dialog of their own.
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
        self._refused_at = ""
        line = self.query_one("#panel-line", Static)
        line.update(content or Content())
        line.display = content is not None
        self.call_later(self.app.renew_foot)

    def _refuse(self, why: str, style: str = "", *, of_next: bool = False) -> None:
        """Say in the line why nothing was done: as long as the panel shows what it was said of, and no text is typed.

        `of_next` where it was said of what the panel is about to show.
        """
        self._line(text_of(("! ", "$status-waiting"), (one_line(why, 300), style)))
        shown = self._snapshot.attention.key if self._snapshot is not None else ""
        self._refused_at = _NEXT if of_next else shown

    def _check_refusal(self, snapshot: Snapshot) -> None:
        """A refusal goes when what it was said of is settled."""
        if self._refused_at == _NEXT:
            self._refused_at = snapshot.attention.key
        elif self._refused_at and self._refused_at != snapshot.attention.key:
            self._line(None)

    def _ask_text(self, answer: str) -> None:
        """Say in the line which text is wanted for an answer."""
        wanted, _ = TEXTS[answer]
        self._line(text_of((f"{wanted[0].upper()}{wanted[1:]}? ", "bold"), ("enter: next, esc: back", MUTED)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Whoever types has read why the text before was refused."""
        event.stop()
        if not self._refused_at or not event.value:
            return
        if self._asking in TEXTS:
            self._ask_text(self._asking)
        else:
            self._line(None)
