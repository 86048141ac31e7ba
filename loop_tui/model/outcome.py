"""How a run ended, in one word (SPEC section 7). Nothing heavy is imported here: lists of runs need it first."""

from enum import StrEnum


class RunOutcome(StrEnum):
    """How a run ended. `partial` is a run that ended with phases left undone, or that does not say how it ended."""

    SUCCESS = "success"
    FAILED = "failed"
    ABANDONED = "abandoned"
    PARTIAL = "partial"


_OUTCOMES = {
    **dict.fromkeys(("success", "succeeded", "successful", "complete", "completed", "done", "passed"), "success"),
    **dict.fromkeys(("failed", "failure", "error", "blocked"), "failed"),
    **dict.fromkeys(("abandoned", "aborted", "cancelled", "canceled"), "abandoned"),
    **dict.fromkeys(("partial", "partially-complete", "incomplete"), "partial"),
}


def read_outcome(text: object) -> RunOutcome | None:
    """The outcome a word stands for, or None."""
    word = _OUTCOMES.get(text.strip().lower()) if isinstance(text, str) else None
    return RunOutcome(word) if word else None
