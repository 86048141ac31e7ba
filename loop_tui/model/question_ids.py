"""The ids of questions: which of them repeats another, and what a person may call one."""

from collections.abc import Container

from .regex import regex

ONLY_A_PERSON = "which-"
"""How the id of a question begins that repeats one which was answered in vain time and again."""
_REPEATED = regex(rf"(?:{ONLY_A_PERSON})?(.+?)-\d{{1,3}}")


def first_of(question_id: str, asked: Container[str]) -> str:
    """The question that this one asks again, else itself: `which-version-3f2a-6` and `version-3f2a-2` repeat one."""
    found = _REPEATED.fullmatch(question_id)
    return found[1] if found is not None and found[1] in asked else question_id


def names_question(key: str, question_id: str) -> bool:
    """True when a name means that question: its id, or the part of the id before its facts."""
    return question_id == key or question_id.startswith((f"{key}-", f"{ONLY_A_PERSON}{key}-"))
