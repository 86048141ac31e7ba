"""The one error type that a person reads."""

from .problem_codes import Code
from .regex import regex

_PREDICATE = regex(
    r"(is|is,|was|has|does|did|exists|holds|keeps|leads|looks|belongs|ends|should|printed"
    r"|changed (since|while)|cannot be|could not be|would become)\b"
)
"""How a `what` begins that needs a subject: the thing at `where`."""

_POSITION = regex(r"(:\d+)+$")


class Problem(Exception):
    """Something a person has to know: what happened, where, and what to do about it.

    Everything that can go wrong because of input, files or outside programs is raised as a Problem;
    any other exception that reaches the top is a bug and becomes a crash file. `code` is what a script may act on:
    the words may change, it does not.
    """

    def __init__(self, what: str, where: str = "", todo: str = "", *, code: Code) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo
        self.code = code

    def __str__(self) -> str:
        """One line: what, where, what to do."""
        return told(self.what, self.where, self.todo)


def told(what: str, where: str = "", todo: str = "") -> str:
    """An error in a line, the same wherever it is printed: what happened, where, what to do (docs/words.md).

    Where it names its subject, `where` is not said twice: `plan.md is empty (write it first)`. What a program printed,
    from the second line of `what` on, comes last.
    """
    what, line_end, printed = what.partition("\n")
    sentence = whole(what, where)
    place = f": {where}" if where and sentence != f"{where} {what}" else ""
    return f"{sentence}{place}{f' ({todo})' if todo else ''}{line_end}{printed}"


def whole(what: str, where: str) -> str:
    """What happened, as a sentence: `is not JSON` gets the thing at `where` as its subject, a file by its name."""
    if not where or not _PREDICATE.match(what):
        return what
    return f"{_name(where)} {what}"


def headline(what: str, where: str) -> str:
    """What happened and the name of the file, for a row that has no room for its path."""
    sentence, name = whole(what, where), _name(where)
    return sentence if not name or name in sentence else f"{sentence}: {name}"


def _name(where: str) -> str:
    """What is at a place: a file by its name without the line, everything else as it is given."""
    name = _POSITION.sub("", where)
    return name.rstrip("/").rpartition("/")[2] or where if name.startswith(("/", "~")) else name
