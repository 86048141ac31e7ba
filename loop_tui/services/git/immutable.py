"""Answers of git that stay: what an object holds follows from its id, so nobody has to be asked twice.

Half of what a release asks of git is of this kind, and each question starts a program. Only what succeeded is kept: an
object that is missing may be fetched.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from loop_tui.model.regex import regex
from loop_tui.process.shell import Captured

_OBJECT = r"(?:[0-9a-f]{64}|[0-9a-f]{40})"
_OPTIONS_OVER = "--end-of-options"
_QUESTIONS: dict[tuple[str, ...], re.Pattern[str]] = {
    ("cat-file", "blob"): regex(rf"{_OBJECT}:.+", re.DOTALL),
    ("ls-tree", "-r"): regex(rf"{_OBJECT}(?:\^\{{tree\}})?"),
    ("rev-parse", "--verify"): regex(rf"{_OBJECT}\^\{{(?:tree|commit)\}}"),
    ("merge-base", "--is-ancestor"): regex(_OBJECT),
    ("diff-tree", "-r"): regex(_OBJECT),
}
"""The questions whose answer follows from ids alone, by their first words, with what each of their objects looks like.

(gitrevisions(7): an id is exact only when it is whole.)
"""
_BY_ITS_WORDS = ("check-ref-format",)
_MOST, _LONGEST = 512, 256 * 1024


def is_object_id(text: str) -> bool:
    """True for the whole id of an object (SHA-1 or SHA-256)."""
    return re.fullmatch(_OBJECT, text) is not None


class Answers:
    """What git answered so far, as long as this process lives."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, tuple[str, ...]], Captured] = {}

    def find(self, root: Path, args: Sequence[str]) -> Captured | None:
        """The answer to a question that was asked before; None where it has to be asked."""
        return self._known.get((root, tuple(args)))

    def keep(self, root: Path, args: Sequence[str], answer: Captured) -> None:
        """Remember an answer, where it stays what it is."""
        if not (answer.ok and len(answer.raw) <= _LONGEST and stays(args)):
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[root, tuple(args)] = answer


def stays(args: Sequence[str]) -> bool:
    """True for a question to git whose answer follows from whole object ids, or from its words alone."""
    if tuple(args[:1]) == _BY_ITS_WORDS:
        return True
    objects = _QUESTIONS.get(tuple(args[:2]))
    if objects is None or _OPTIONS_OVER not in args:
        return False
    named = args[args.index(_OPTIONS_OVER) + 1 :]
    named = named[: named.index("--")] if "--" in named else named
    return bool(named) and all(objects.fullmatch(each) for each in named)
