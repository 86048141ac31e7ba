"""Why a skill is invoked, in a line: what `skillsLog` says of it as `reason` (SPEC section 3)."""

from loop_tui.model.state import INTERRUPTED, PhaseState, RunState, SkillRun
from loop_tui.model.status import CheckStatus, SkillStatus
from loop_tui.model.text import one_line

_LONGEST = 200


def invocation_reason(state: RunState, phase: PhaseState, skill: str) -> str:
    """Why a skill of that phase is begun now, as far as the state tells: the newest thing that made it due."""
    return one_line(_reason(state, phase, skill), _LONGEST)


def was_asked(state: RunState, entry: SkillRun) -> bool:
    """True when an open entry of the log is one whose skill put a question: it goes on with the answer."""
    return any(q.skill == entry.skill and q.asked_at >= entry.started_at for q in state.questions)


def _reason(state: RunState, phase: PhaseState, skill: str) -> str:
    last = next((e for e in reversed(state.skill_log) if (e.skill, e.phase) == (skill, phase.id)), None)
    if last is not None and last.status is SkillStatus.ACTIVE:
        if was_asked(state, last):
            return last.reason or f"next in {phase.id}"
        return "run again: it was interrupted"
    open_failures = [f for f in state.failures if not f.resolved_at and f.stage == phase.id]
    # Whoever opened the phase again took its failures out of the count.
    is_newest = not phase.reopened or any(f.skill == skill for f in open_failures)
    if last is not None and last.status is SkillStatus.FAILED and is_newest:
        return f"retried after {last.summary}" if last.summary != INTERRUPTED else "run again: it was interrupted"
    if phase.reopened:
        return phase.reopened
    red = next((c for c in last.checks if c.status is CheckStatus.FAILED), None) if last is not None else None
    if red is not None:
        return f"retried after {red.name}: {red.summary or 'failed'}"
    if last is not None and open_failures:
        return f"retried after {open_failures[-1].error}"
    return f"next in {phase.id}"
