"""Answering a question for a secret: what is typed goes to the driver that asks, and is written nowhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from loop_tui.engine.secret_questions import disguised
from loop_tui.fs.os_problem import os_problem
from loop_tui.fs.secret_pipe import NobodyReads, hand_over, is_asked
from loop_tui.model.answers import secret_complaint
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import typed
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from loop_tui.model.state import RunState
    from loop_tui.storage.state.store import Store

_PATIENCE_S = 10.0
"""How long a driver may take to note that it was given a secret."""


def is_secret(store: Store, state: RunState, question: Question) -> bool:
    """True for a question that asks for a secret, whatever somebody made of it in the state file."""
    if question.is_secret or is_asked(store.run_dir, question.id):
        return True
    with contextlib.suppress(OSError):
        return any(q.id == question.id for q in disguised(state, store.events()))
    return True


def give(store: Store, question: str, text: str, by: str) -> None:
    """Give a secret to the driver that asks for it. Nothing is written here, whatever happens.

    Raises Problem when it cannot be one, when no driver waits for it, and when that ended before it had it.
    """
    typed(text)
    name = one_line(question, 60)
    if wrong := secret_complaint(text):
        raise Problem(wrong, name, "type it again", code=Code.DECLINED)
    nobody = Problem("no driver is waiting for it", name, "`loop-tui go`, then answer again", code=Code.NOT_ALLOWED)
    before = _answered_at(store, question)
    try:
        hand_over(store.run_dir, question, by, text, _PATIENCE_S)
    except NobodyReads:
        raise nobody from None
    except OSError as error:
        raise os_problem(error) from None
    if _answered_at(store, question) == before:
        if is_asked(store.run_dir, question):
            raise Problem("the driver did not accept it", name, "answer again", code=Code.NOT_ALLOWED)
        raise nobody


def _answered_at(store: Store, question: str) -> str:
    """When the last answer to a question was noted, by its line in the journal."""
    try:
        events = store.events()
    except OSError:
        return ""
    found = (e.id for e in reversed(events) if (e.subject, e.category, e.action) == (question, "decision", "answered"))
    return next(found, "")
