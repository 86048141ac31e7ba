"""When a failure is tried again, and when a person is asked (SPEC section 4)."""

from loop_tui.model.actions import Escalate, Retry
from loop_tui.model.backoff import backoff
from loop_tui.model.regex import regex
from loop_tui.model.state import Blocked, Failure, RunState
from loop_tui.model.status import RunStatus
from loop_tui.model.text import count_of, one_line

SAME_ERROR_RETRIES = 2
EXTERNAL_RETRIES = 5
TOTAL_FAILURES = 10
LONGEST_DELAY_S = 30.0

_UNREACHABLE = "still unreachable after"
_MOST_OF_ERROR = 300

RESUMED = "resumed"
"""How the resolution of a failure begins that a person took out of the count."""

_NOISE = (
    (regex(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?"), "<time>"),
    (regex(r"(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}[\\/]?"), "<path>"),
    (regex(r"\b(?:0x[0-9a-fA-F]+|(?=[0-9a-f]*\d)[0-9a-f]{7,64})\b"), "<hex>"),
    (regex(r"\d+(?:\.\d+)?"), "<n>"),
    (regex(r"\s+"), " "),
)


def fingerprint(error: str) -> str:
    """The error with numbers, times, hex and paths taken out, so that the same error is known again."""
    for pattern, word in _NOISE:
        error = pattern.sub(word, error)
    return error.strip().lower()[:500]


def _print_of(failure: Failure) -> str:
    return failure.fingerprint or fingerprint(failure.error)


def _streak(failures: list[Failure]) -> int:
    """How many of the newest failures are the same error."""
    newest = _print_of(failures[-1])
    count = 0
    for failure in reversed(failures):
        if _print_of(failure) != newest:
            break
        count += 1
    return count


def _goes_in_circles(failures: list[Failure]) -> bool:
    """A, B, A: fixing one error brought the other back."""
    if len(failures) < 3:
        return False
    first, second, third = (_print_of(f) for f in failures[-3:])
    return first == third and first != second


def _tried(failures: list[Failure]) -> tuple[str, ...]:
    """One line for each failure: where, and the first line of the error."""
    lines = ((f"{f.stage} {f.skill}".strip(), f.error.strip().splitlines()) for f in failures)
    return tuple(f"{where}: {error[0][:200]}" if error else where for where, error in lines)


def is_unreachable(state: RunState) -> bool:
    """True for a run that is blocked only because the retries of an external failure are used up.

    Nothing has to be decided there: whoever continues it starts the retries anew.
    """
    why = state.blocked
    if state.status is not RunStatus.BLOCKED or why is None or why.question:
        return False
    last = next((f for f in reversed(state.failures) if not f.resolved_at), None)
    return last is not None and last.kind == "external" and why.reason.startswith(_UNREACHABLE)


def after_failure(state: RunState) -> Retry | Escalate:
    """What follows on a failed run: another try (by itself only for external failures), or a person."""
    open_failures = [f for f in state.failures if not f.resolved_at]
    if not open_failures:
        return Retry(phase=state.phase)
    last = open_failures[-1]
    here = [f for f in open_failures if (f.stage, f.skill) == (last.stage, last.skill)]
    attempts = _streak(here)
    counted = [f for f in state.failures if not f.resolution.startswith(RESUMED)]

    def escalate(reason: str, action: str, resume: str = "resume") -> Escalate:
        blocked = Blocked(
            reason=reason,
            last_error=last.error,
            attempts=attempts,
            tried=_tried(here),
            action=action,
            resume=f"fix it, then run `{resume}`",
        )
        return Escalate(blocked=blocked)

    if last.kind == "security":
        return escalate("a security finding is never retried", "decide about the finding")
    if len(counted) >= TOTAL_FAILURES:
        return escalate(f"{count_of(len(counted), 'failure')} in this run", "check what they have in common")
    if _goes_in_circles(here):
        return escalate("fixing one error brings back the other", "fix both at once")
    if last.kind == "external":
        if attempts > EXTERNAL_RETRIES:
            # The error names what could not be reached, and this line may be all that is shown.
            error = one_line(last.error, _MOST_OF_ERROR)
            reason = f"{_UNREACHABLE} {EXTERNAL_RETRIES} retries{f': {error}' if error else ''}"
            return escalate(reason, "make the other side reachable again", "go")
        delay_s = backoff(1.0, attempts - 1, longest_s=LONGEST_DELAY_S)
        return Retry(phase=last.stage, skill=last.skill, automatic=True, delay_s=delay_s, attempt=attempts)
    if attempts > min(SAME_ERROR_RETRIES, max(state.max_retries, 0)):
        return escalate(f"the same error {attempts} times", "fix what the error reports")
    return Retry(phase=last.stage, skill=last.skill, attempt=attempts)
