"""What an answer to a question means: the one place where yes, no and the rest are read."""

import json
import re
import unicodedata
from collections.abc import Mapping

from .evidence import FormField, Question, QuestionKind

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
    """What the fields of a form are answered with, by their names; empty when the answer is none of that form.

    A field that the answer leaves out keeps what it is filled in with.
    """
    try:
        found = json.loads(answer) if answer.strip() else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return {}
    known = {each.name: each.value for each in question.form}
    return {**known, **found} if found.keys() <= known.keys() else {}


def field_complaint(field: FormField, value: str) -> str:
    """Why this cannot be what a field is filled in with; empty when it can."""
    text = value.strip()
    if not text:
        return "an answer is required" if field.required else ""
    if not field.choices:
        return ""
    said = [part.strip() for part in text.split(",")] if field.several else [text]
    wrong = next((each for each in said if each and each not in field.choices), "")
    return f"{wrong[:40]!r} is not one of: {', '.join(field.choices)}" if wrong else ""


def _form_complaint(question: Question, answer: str) -> tuple[str, str] | None:
    found = fields(question, answer)
    if not found:
        names = ", ".join(each.name for each in question.form)
        return f"{answer.strip()[:40]!r} does not match the form", f"use a JSON object with any of these texts: {names}"
    for each in question.form:
        if why := field_complaint(each, found[each.name]):
            return f"{each.name}: {why}", f'for example {{"{each.name}": "{(each.choices or ("TEXT",))[0]}"}}'
    return None


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
    if question.kind is QuestionKind.FORM:
        return _form_complaint(question, answer)
    return None
