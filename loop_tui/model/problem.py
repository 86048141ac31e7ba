"""The one error type that a person reads."""

from .problem_codes import Code


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
        """One line: where, what, what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} ({self.todo})" if self.todo else head
