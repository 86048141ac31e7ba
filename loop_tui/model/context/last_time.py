"""What went wrong in the last run of a loop, and what people asked for: whoever begins the next one is told."""

from collections.abc import Iterator

from loop_tui.model.outcome import RunOutcome
from loop_tui.model.state import CHANGES, FAILED, REJECTED, VOIDED, RunState
from loop_tui.model.status import SkillStatus, word_of

from .earlier_runs import EarlierRun, day_of
from .values import ContextLine, ContextPart, ContextSection, Rank, said, section_of

_MOST = 12
_TEXT = 240


def last_time(
    run: EarlierRun, state: RunState | None, failed_gates: tuple[str, ...] = ()
) -> tuple[ContextSection, ...]:
    """Feedback and failures of a run, the newest first; nothing of one in which nothing went wrong.

    `state` is its last state, None where the archive has none that reads: then `failed_gates` are all there is.
    """
    told = list(dict.fromkeys(_told(state))) if state is not None else []
    told = told or [f"{said(gate, 60)} failed" for gate in failed_gates]
    ended = _ended(run, state)
    if not told and run.outcome is RunOutcome.SUCCESS:
        return ()
    lines = [ended, *told[:_MOST]]
    if len(told) > _MOST:
        lines.append(f"and {len(told) - _MOST:,} more, in its archive")
    ranked = [ContextLine(text, run.source, Rank.LAST_TIME + number) for number, text in enumerate(lines)]
    return section_of(ContextPart.LAST_TIME, "Last Time", ranked)


def went_wrong(state: RunState | None) -> str:
    """The newest thing that went wrong in a run, or was asked for at a gate; empty where nothing was."""
    return next(_troubles(state), "") if state is not None else ""


def _ended(run: EarlierRun, state: RunState | None) -> str:
    why = state.aborted if state is not None and state.aborted else ""
    reason = f": {why}" if why else ""
    phase = f" in {state.phase}" if state is not None and state.phase and run.outcome is not RunOutcome.SUCCESS else ""
    word = word_of(run.outcome)
    how = word if run.outcome is RunOutcome.FAILED else f"was {word}"
    return said(f"{run.loop} ({day_of(run)}) {how}{phase}{reason}")


def _told(state: RunState) -> Iterator[str]:
    """What went wrong, and what was skipped."""
    yield from _troubles(state)
    for phase in state.phases:
        for skill in phase.skills:
            if skill.status is SkillStatus.SKIPPED and skill.reason:
                yield said(f"{skill.id} skipped: {skill.reason}", _TEXT)


def _troubles(state: RunState) -> Iterator[str]:
    """What stopped it, what people asked for, and what failed; the newest of each first."""
    if state.blocked is not None:
        todo = f" ({state.blocked.action})" if state.blocked.action else ""
        yield said(f"blocked: {state.blocked.reason}{todo}", _TEXT)
    for decision in reversed(state.gate_history):
        words = {CHANGES: "changes requested", REJECTED: "rejected", VOIDED: "no longer valid"}.get(decision.decision)
        if words is not None:
            text = f": {decision.text}" if decision.text else ""
            yield said(f"{decision.gate}: {words}{text}", _TEXT)
    failed = [each for each in state.gate_history if each.decision == FAILED]
    for decision in reversed(failed):
        yield said(decision.text or f"{decision.gate} failed", _TEXT)
    known = {decision.text for decision in failed}
    for failure in reversed(state.failures):
        if failure.error not in known:
            where = failure.skill or failure.stage
            solved = " (resolved)" if failure.resolved_at else ""
            yield said(f"{where} failed{solved}: {failure.error}", _TEXT)
