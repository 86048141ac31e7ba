"""How a run that stopped goes on, in words: one phrase, whoever says it.

`go` is the same word everywhere: a command of the shell, a typed command and a key of the screen.
"""

from .status import RunStatus

GO = "loop-tui go"
THEN_GO = f"then run {GO}"
RESUMES = "`loop-tui run --resume` continues it"
"""What is said to whoever typed `run`: it stays in the foreground."""
CONTINUE, RESUME = "continue", "resume"
ENDS = "`loop-tui abort --reason TEXT` ends it"


def go_word(status: RunStatus) -> str:
    """What starting a driver for an existing run is called: a pause is resumed, any other run is continued."""
    return RESUME if status is RunStatus.PAUSED else CONTINUE
