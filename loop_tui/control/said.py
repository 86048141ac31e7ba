"""How long what somebody says may be: it is kept in the state file and the journal, and shown to a person."""

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean

MOST_TEXT = 20_000
"""Characters of a feedback, an answer, a reason, a summary, or a line for the log."""
MOST_QUESTION = 2_000
"""Characters of a question."""
MOST_CHOICE = 200
MOST_CHOICES = 50


def said(text: str, what: str, most: int = MOST_TEXT) -> str:
    """The text without what could steer a terminal. Raises Problem for one that is too long, which `what` names."""
    if len(text) > most:
        todo = "use a shorter text, and put the rest into a file"
        raise Problem(f"{what} has {len(text):,} characters, at most {most:,} are allowed", todo=todo, code=Code.USAGE)
    return clean(text)
