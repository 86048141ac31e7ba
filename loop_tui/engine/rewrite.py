"""The small rewrites of a state that the handlers of events share."""

from collections.abc import Sequence

from pydantic import ConfigDict, JsonValue, TypeAdapter

from loop_tui.model.binding import Binding
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Failure, GateDecision, GateState, PhaseState, RunState, SkillState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, PhaseStatus, RunStatus, SkillStatus
from loop_tui.model.text import one_line

from .conditions import is_conditioned
from .gates import gate_state
from .retry import fingerprint

Applied = RunState | Refusal
_LONGEST_REASON = 200

_LATER = ConfigDict(defer_build=True)
_CHECKS = TypeAdapter(tuple[Check, ...], config=_LATER)
_DELIVERABLES = TypeAdapter(tuple[Deliverable, ...], config=_LATER)


def text_of(event: Event, key: str) -> str:
    """The text under a key of an event, or nothing."""
    value = event.context.get(key)
    return value if isinstance(value, str) else ""


def list_of(event: Event, key: str) -> JsonValue:
    """The list under a key of an event."""
    return event.context.get(key) or []


def checks_of(event: Event) -> tuple[Check, ...]:
    """The checks an event brings. Raises ValidationError.

    Whether they ran here is for the store to show, which signs what is new: a code that came along may be of another.
    """
    found = _CHECKS.validate_python(list_of(event, "checks"))
    return tuple(check.model_copy(update={"mac": ""}) if check.mac else check for check in found)


def deliverables_of(event: Event) -> tuple[Deliverable, ...]:
    """The deliverables an event brings. Raises ValidationError."""
    return _DELIVERABLES.validate_python(list_of(event, "deliverables"))


def with_phase(state: RunState, phase: PhaseState) -> RunState:
    """The state with one phase replaced."""
    return state.model_copy(update={"phases": tuple(phase if p.id == phase.id else p for p in state.phases)})


def with_skill(phase: PhaseState, skill: SkillState) -> PhaseState:
    """The phase with one skill replaced."""
    return phase.model_copy(update={"skills": tuple(skill if s.id == skill.id else s for s in phase.skills)})


def with_gate(state: RunState, gate: GateState) -> RunState:
    """The state with one gate replaced, or added."""
    if state.gate(gate.id) is None:
        return state.model_copy(update={"gates": (*state.gates, gate)})
    return state.model_copy(update={"gates": tuple(gate if g.id == gate.id else g for g in state.gates)})


def recorded(state: RunState, gate: GateState) -> GateState:
    """The gate with the type and necessity that its file states: those of a definition are never written over them."""
    known = state.gate(gate.id)
    return gate.model_copy(update={"type": known.type, "required": known.required}) if known is not None else gate


def with_decision(
    state: RunState, gate: GateState, event: Event, decision: str, text: str = "", *, bound: Binding | None = None
) -> RunState:
    """The state with one gate decided, and the decision in its history."""
    by = text_of(event, "by") or gate.by
    made = GateDecision(gate=gate.id, decision=decision, by=by, at=event.timestamp, text=text, bound=bound)
    state = with_gate(state, recorded(state, gate))
    before = state.decisions_on(gate.id)[-1:]
    if event.context.get("again") is True and [(d.decision, d.by, d.text) for d in before] == [(decision, by, text)]:
        return state  # Written once more after somebody wrote over it: it is one decision.
    return state.model_copy(update={"gate_history": (*state.gate_history, made)})


def known_phase(state: RunState, phase_id: str) -> PhaseState:
    """The phase of that id, which is known to be there."""
    return next(phase for phase in state.phases if phase.id == phase_id)


def emptied(phase: PhaseState, status: PhaseStatus, why: str = "") -> PhaseState:
    """The phase with none of its skills done, and `why` they are done again. Skips stay: their reason still holds."""
    skills = tuple(
        s if s.status is SkillStatus.SKIPPED else s.model_copy(update={"status": SkillStatus.PENDING, "at": ""})
        for s in phase.skills
    )
    again = why if phase.status is not PhaseStatus.PENDING else phase.reopened
    return phase.model_copy(update={"status": status, "skills": skills, "completed_at": "", "reopened": again})


def with_reopened(state: RunState, definition: LoopDefinition, phase_id: str, why: str = "") -> RunState:
    """Open a phase and all later ones again, and void their gates (SPEC section 4). `why` is a line for people."""
    why = one_line(why, _LONGEST_REASON)
    start = next(i for i, p in enumerate(state.phases) if p.id == phase_id)
    phases = [
        p if i < start else emptied(p, PhaseStatus.ACTIVE if i == start else PhaseStatus.PENDING, why)
        for i, p in enumerate(state.phases)
    ]
    later = {p.id for p in state.phases[start:]}
    for gate in definition.gates:
        known = state.gate(gate.id)
        passed_by = known is not None and (known.status is not GateStatus.PENDING or known.decision or known.applies)
        if gate.after in later and known is not None and passed_by:
            state = with_gate(state, as_pending(known))
    return state.model_copy(update={"phases": tuple(phases), "phase": phase_id})


def as_pending(gate: GateState) -> GateState:
    """The gate as nobody had decided it."""
    return gate.model_copy(
        update={
            "status": GateStatus.PENDING,
            "by": "",
            "at": "",
            "checks": (),
            "applies": "",
            "decision": "",
            "reason": "",
            "bound": None,
            "stated": False,
        }
    )


def with_resolution(state: RunState, event: Event, stage: str, skill: str | None, how: str) -> RunState:
    """Mark the open failures of a stage (and of one skill, when given) as solved."""
    failures = tuple(
        f.model_copy(update={"resolution": how, "resolved_at": event.timestamp})
        if not f.resolved_at and (not stage or f.stage == stage) and (skill is None or f.skill == skill)
        else f
        for f in state.failures
    )
    return state.model_copy(update={"failures": failures}) if failures != state.failures else state


def with_failure(state: RunState, event: Event, stage: str, skill: str, kind: str) -> RunState:
    """The state with a failure noted, and failed."""
    error = text_of(event, "error") or "failed"
    failure = Failure(
        stage=stage,
        skill=skill,
        error=error,
        fingerprint=text_of(event, "fingerprint") or fingerprint(error),
        kind=kind or "error",
        at=event.timestamp,
    )
    return state.model_copy(
        update={
            "failures": (*state.failures, failure),
            "failure_count": state.failure_count + 1,
            "status": RunStatus.FAILED,
        }
    )


def find_skill(state: RunState, event: Event) -> tuple[PhaseState, SkillState] | Refusal:
    """The phase and skill an event is about, or a refusal."""
    phase = state.phase_state(text_of(event, "phase"))
    skill = phase.skill(event.subject) if phase else None
    if phase is None or skill is None:
        return Refusal(
            reason=f"this run has no skill {event.subject} in a phase {text_of(event, 'phase')}", code=Code.NAME_UNKNOWN
        )
    return phase, skill


def find_phase(state: RunState, event: Event) -> PhaseState | Refusal:
    """The phase an event is about, or a refusal."""
    found = state.phase_state(event.subject)
    known = ", ".join(p.id for p in state.phases)
    return found or Refusal(
        reason=f"this run has no phase {event.subject}", todo=f"its phases are {known}", code=Code.NAME_UNKNOWN
    )


def with_failing_again(state: RunState, definition: LoopDefinition, phase_id: str) -> RunState:
    """Make what failed in a phase pending again; what went well stays done."""
    phase = state.phase_state(phase_id)
    if phase is None:
        return state
    newest = {entry.skill: entry for entry in state.skill_log if entry.phase == phase_id}
    red = {name for name, entry in newest.items() if any(c.status is CheckStatus.FAILED for c in entry.checks)}
    red |= {s.id for s in phase.skills if s.status is SkillStatus.FAILED}
    rejected = [
        g
        for g in definition.gates_after(phase_id)
        if g.type is GateType.AUTO and gate_state(state, g).status is GateStatus.REJECTED
    ]
    if rejected and not red:
        red = {s.id for s in phase.skills}
    skills = tuple(
        s.model_copy(update={"status": SkillStatus.PENDING, "at": ""})
        if s.id in red and s.status is not SkillStatus.SKIPPED
        else s
        for s in phase.skills
    )
    status = phase.status if skills == phase.skills and phase.status is not PhaseStatus.FAILED else PhaseStatus.ACTIVE
    state = with_phase(state, phase.model_copy(update={"skills": skills, "status": status, "completed_at": ""}))
    again = [g for g in definition.gates_after(phase_id) if status is PhaseStatus.ACTIVE and _is_judged(state, g)]
    for gate in (*rejected, *again):
        state = with_gate(state, recorded(state, as_pending(gate_state(state, gate))))
    return state.model_copy(update={"phase": phase_id})


def _is_judged(state: RunState, gate: GateDefinition) -> bool:
    """True when a condition was judged that no person has answered: it speaks for the last pass of its phase."""
    known = gate_state(state, gate)
    waits = known.status is GateStatus.PENDING and bool(known.applies)
    return is_conditioned(gate) and (waits or known.status is GateStatus.SKIPPED)


def with_deliverables(state: RunState, new: Sequence[Deliverable]) -> RunState:
    """The state with deliverables added; one of the same name is replaced."""
    names = {d.name for d in new}
    kept = tuple(d for d in state.deliverables if d.name not in names)
    return state.model_copy(update={"deliverables": (*kept, *new)}) if new else state
