"""What events about skills do."""

from loop_tui.model.clock import ms_between
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.state import INTERRUPTED, PhaseState, RunState, SkillRun
from loop_tui.model.status import PhaseStatus, RunStatus, SkillStatus, word_of
from loop_tui.model.text import one_line
from loop_tui.model.working_time import waited_for_secrets

from .invocation import invocation_reason, was_asked
from .rewrite import (
    Applied,
    checks_of,
    deliverables_of,
    find_skill,
    list_of,
    text_of,
    with_deliverables,
    with_failure,
    with_phase,
    with_resolution,
    with_skill,
)


def skill_started(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Refused unless its phase is active."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    if skill.settled:
        return Refusal(reason=f"{skill.id} is already {word_of(skill.status)}")
    if phase.status is not PhaseStatus.ACTIVE:
        return Refusal(reason=f"{phase.id} is {word_of(phase.status)}, not running")
    active = skill.model_copy(update={"status": SkillStatus.ACTIVE, "at": event.timestamp})
    reason = invocation_reason(state, phase, skill.id)
    entry = SkillRun(
        skill=skill.id, phase=phase.id, status=SkillStatus.ACTIVE, reason=reason, started_at=event.timestamp
    )
    log = (*_interrupted(state), entry)
    return with_phase(state, with_skill(phase, active)).model_copy(update={"skill_log": log})


def _interrupted(state: RunState) -> tuple[SkillRun, ...]:
    """The log with entries closed that a dead driver left open. One that ended in a question was no run of its own."""
    return tuple(
        e.model_copy(update={"status": SkillStatus.FAILED, "summary": INTERRUPTED})
        if e.status is SkillStatus.ACTIVE
        else e
        for e in state.skill_log
        if e.status is not SkillStatus.ACTIVE or not was_asked(state, e)
    )


def _closed(state: RunState, phase: PhaseState, entry: SkillRun) -> tuple[SkillRun, ...]:
    """The log with the open entry of that skill replaced by what became of it; a new entry where nobody began it."""
    log = list(state.skill_log)
    for i in range(len(log) - 1, -1, -1):
        if log[i].status is SkillStatus.ACTIVE and (log[i].skill, log[i].phase) == (entry.skill, entry.phase):
            started = log[i].started_at
            took = entry.duration_ms if entry.duration_ms is not None else _worked(state, started, entry.completed_at)
            begun = {"started_at": started, "reason": log[i].reason, "duration_ms": took}
            log[i] = entry.model_copy(update=begun)
            return tuple(log)
    return (*log, entry.model_copy(update={"reason": invocation_reason(state, phase, entry.skill)}))


def _worked(state: RunState, started: str, ended: str) -> int | None:
    whole = ms_between(started, ended)
    return None if whole is None else max(whole - waited_for_secrets(state, started, ended), 0)


def skill_completed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """What a skill found and left behind."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    if skill.settled:
        return Refusal(reason=f"{skill.id} is already {word_of(skill.status)}")
    if phase.over:
        return Refusal(reason=f"{phase.id} has ended")
    deliverables = tuple(d.model_copy(update={"skill": d.skill or skill.id}) for d in deliverables_of(event))
    references = list_of(event, "references")
    entry = SkillRun(
        skill=skill.id,
        phase=phase.id,
        completed_at=event.timestamp,
        duration_ms=event.duration_ms,
        summary=text_of(event, "summary"),
        deliverables=tuple(d.name for d in deliverables),
        references=tuple(r for r in references if isinstance(r, str)) if isinstance(references, list) else (),
        checks=checks_of(event),
    )
    log = _closed(state, phase, entry)
    done = skill.model_copy(update={"status": SkillStatus.COMPLETE, "at": event.timestamp})
    state = with_phase(state, with_skill(phase, done)).model_copy(update={"skill_log": log})
    state = _unclaimed(state, phase.id, skill.id)
    state = with_resolution(state, event, phase.id, skill.id, "passed on retry")
    return with_deliverables(state, deliverables)


def skill_checked(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """What checks found that ran here for a skill that somebody else did: an entry of the log, and no more."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    entry = SkillRun(
        skill=skill.id, phase=phase.id, completed_at=event.timestamp, summary="checked here", checks=checks_of(event)
    )
    return state.model_copy(update={"skill_log": (*state.skill_log, entry)})


def _unclaimed(state: RunState, phase: str, skill: str) -> RunState:
    """The state without the claim on a skill that is settled."""
    kept = tuple(c for c in state.claims if (c.skill, c.phase) != (skill, phase))
    return state.model_copy(update={"claims": kept}) if kept != state.claims else state


def skill_reopened(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Only a completed skill of an active phase; skips stay."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    if skill.status is not SkillStatus.COMPLETE or phase.status is not PhaseStatus.ACTIVE:
        return Refusal(reason=f"{skill.id} is {word_of(skill.status)} in {phase.id}, which is {word_of(phase.status)}")
    pending = skill.model_copy(update={"status": SkillStatus.PENDING, "at": ""})
    again = with_skill(phase, pending).model_copy(
        update={"reopened": one_line(f"run again: {text_of(event, 'reason')}", 200)}
    )
    return with_phase(state, again)


def skill_failed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A failure is noted, and the run has failed."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    if skill.settled:
        return Refusal(reason=f"{skill.id} is already {word_of(skill.status)}")
    if phase.over:
        return Refusal(reason=f"{phase.id} has ended")
    entry = SkillRun(
        skill=skill.id,
        phase=phase.id,
        status=SkillStatus.FAILED,
        completed_at=event.timestamp,
        duration_ms=event.duration_ms,
        summary=text_of(event, "error"),
    )
    log = _closed(state, phase, entry)
    failed = skill.model_copy(update={"status": SkillStatus.FAILED, "at": event.timestamp})
    state = with_phase(state, with_skill(phase, failed)).model_copy(update={"skill_log": log})
    return with_failure(state, event, phase.id, skill.id, text_of(event, "kind"))


def skill_skipped(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """No reason, no skip."""
    found = find_skill(state, event)
    if isinstance(found, Refusal):
        return found
    phase, skill = found
    reason = text_of(event, "reason").strip()
    if not reason:
        return Refusal(reason=f"skipping {skill.id} needs a reason", todo="say why")
    if skill.settled:
        return Refusal(reason=f"{skill.id} is already {word_of(skill.status)}")
    skipped = skill.model_copy(update={"status": SkillStatus.SKIPPED, "reason": reason, "at": event.timestamp})
    state = with_phase(state, with_skill(phase, skipped))
    log = tuple(
        e.model_copy(update={"status": SkillStatus.SKIPPED, "summary": reason, "completed_at": event.timestamp})
        if e.status is SkillStatus.ACTIVE and (e.skill, e.phase) == (skill.id, phase.id)
        else e
        for e in state.skill_log
    )
    dropped = tuple(
        q for q in state.questions if q.answer is not None or q.skill != skill.id or phase.id != state.phase
    )
    state = _unclaimed(state.model_copy(update={"skill_log": log, "questions": dropped}), phase.id, skill.id)
    if skill.status is SkillStatus.FAILED and state.status is RunStatus.FAILED and state.aborted is None:
        state = with_resolution(state, event, phase.id, skill.id, f"skipped: {reason}")
        if not any(not f.resolved_at for f in state.failures):
            state = state.model_copy(update={"status": RunStatus.ACTIVE})
    return state
