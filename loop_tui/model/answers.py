"""What an answer to a question means: the one place where yes, no and the rest are read."""

import json
import re
from collections.abc import Mapping

from .evidence import Question, QuestionKind

_YES, _NO = ("y", "yes"), ("n", "no")


def yes_or_no(text: str) -> bool | None:
    """What a text says, in either case; None for anything that is neither, and for nothing."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def confirmed(question: Question, answer: str) -> bool:
    """True when the answer to a confirmation is yes; an empty one is the default. What is neither is no yes."""
    return bool(yes_or_no(answer.strip() or question.default or ""))


def chosen(question: Question, answer: str) -> str:
    """The option that an answer chooses: its word, or yes and no for the first and the last of two; empty for none.

    An empty answer is the default.
    """
    text = answer.strip() or question.default or ""
    for option in question.options:
        if text.lower() == option.lower():
            return option
    said = yes_or_no(text)
    if said is None or len(question.options) != 2:
        return ""
    words = {yes_or_no(option): option for option in question.options}
    return words.get(said) or (question.options[0] if said else question.options[1])


def fields(question: Question, answer: str) -> Mapping[str, str]:
    """The fields of a form, a JSON object of texts whose names are the options; empty when the answer is none."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or set(found) != set(question.options):
        return {}
    return found if all(isinstance(value, str) for value in found.values()) else {}


def secret_name(question: Question) -> str:
    """The variable of the environment that answers a question for a secret. Its value is masked wherever it is said."""
    return f"LOOP_TUI_{re.sub('[^A-Z0-9]+', '_', question.id.upper())}_SECRET"


def complaint(question: Question, answer: str) -> tuple[str, str] | None:
    """Why this cannot be the answer, and which answers there are; None when it can.

    An answer to a `secret` is never written down (SPEC section 8): it comes from the environment (`secret_name`).
    """
    if question.kind is QuestionKind.SECRET:
        return "a secret is not written into the state file", f"put it into the environment as {secret_name(question)}"
    if not answer.strip() and question.default is not None:
        return None
    shown = answer.strip()[:40]
    if question.kind is QuestionKind.CONFIRM and yes_or_no(answer) is None:
        return f"{shown!r} is neither yes nor no", "y or n"
    if question.kind is QuestionKind.CHOICE and not chosen(question, answer):
        return f"{shown!r} is none of the answers", f"one of: {', '.join(question.options)}"
    if question.kind is QuestionKind.FORM and not fields(question, answer):
        return f"{shown!r} does not fill in the form", f"a JSON object of texts with: {', '.join(question.options)}"
    return None
