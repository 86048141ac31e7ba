"""How a run that stopped goes on, in words: one phrase, whoever says it.

`go` is the same word everywhere: a command of the shell, a typed command and a key of the screen.
"""

GO = "loop-tui go"
THEN_GO = f"then run {GO}"
RESUMES = "`loop-tui run --resume` continues it"
"""What is said to whoever typed `run`: it stays in the foreground."""
ENDS = "`loop-tui abort --reason TEXT` ends it"
