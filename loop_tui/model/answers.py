"""What an answer to a question means: the one place where yes, no and the rest are read."""

import json
import re
import unicodedata
from collections.abc import Mapping

from .evidence import Question, QuestionKind

MOST_SECRET_BYTES = 4096
"""How long a secret may be, in UTF-8."""

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


def answer_word(question: Question) -> str:
    """What stands for the answer in a command: a secret is no argument of it, and read from standard input."""
    return "-" if question.kind is QuestionKind.SECRET else "TEXT"


def secret_complaint(text: str) -> str:
    """Why a text cannot be a secret, without a letter of it; empty when it can."""
    if not text.strip():
        return "a secret cannot be empty"
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "it is not text"
    if size > MOST_SECRET_BYTES:
        return f"a secret may have at most {MOST_SECRET_BYTES:,} bytes"
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in text):
        return "a secret must be one line without control characters"
    return ""


def complaint(question: Question, answer: str) -> tuple[str, str] | None:
    """Why this cannot be the answer, and which answers there are; None when it can.

    An answer to a `secret` is never written down (SPEC section 8): a driver takes it from whoever types it.
    """
    if question.kind is QuestionKind.SECRET:
        return "a secret must not be written into the state file", f"`loop-tui answer {question.id} -` asks for it"
    if not answer.strip() and question.default is not None:
        return None
    shown = answer.strip()[:40]
    if question.kind is QuestionKind.CONFIRM and yes_or_no(answer) is None:
        return f"{shown!r} is not yes or no", "answer y or n"
    if question.kind is QuestionKind.CHOICE and not chosen(question, answer):
        return f"{shown!r} is not an allowed answer", f"one of: {', '.join(question.options)}"
    if question.kind is QuestionKind.FORM and not fields(question, answer):
        return (
            f"{shown!r} does not match the form",
            f"use a JSON object with these texts: {', '.join(question.options)}",
        )
    return None
