"""What becomes of a run that is made ours, and of one that goes by another definition (SPEC sections 2 and 3)."""

from collections.abc import Collection

from loop_tui.model.base import Model
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import GateStatus, GateType, PhaseStatus, RunStatus
from loop_tui.model.text import count_of

from .changes import BY_CHECKS
from .rewrite import as_pending

IN_THE_FILE = "the state file"
_MOST_NAMED = 3


class Found(Model):
    """What a run that is adopted brings along, none of which was seen here."""

    approvals: tuple[str, ...] = ()
    checks: int = 0
    effects: int = 0

    def __str__(self) -> str:
        """One line for a person; nothing when it brings nothing."""
        told = [f"approvals stated, not verified: {', '.join(self.approvals)}"] if self.approvals else []
        told += [f"{count_of(self.checks, 'check')} reported"] if self.checks else []
        told += [f"{count_of(self.effects, 'proof')} to be verified again"] if self.effects else []
        return "; ".join(told)


def found_in(state: RunState, definition: LoopDefinition) -> Found:
    """What an adoption would take from a state as stated and not seen."""
    kept = [gate for gate in state.gates if _adopted_gate(gate, definition).stated]
    stated = [f"{g.id} {'' if g.status is GateStatus.APPROVED else 'skipped '}by {g.by or 'someone'}" for g in kept]
    checks = sum(len(entry.checks) for entry in state.skill_log)
    return Found(approvals=tuple(stated), checks=checks, effects=sum(1 for e in state.effects if e.proven))


def as_adopted(
    state: RunState, definition: LoopDefinition, sha256: str, changed: Collection[str] = frozenset()
) -> RunState:
    """The state without what nobody here saw: checks are reports, proofs are intents, auto gates are open again.

    An approval of a person stays, marked as stated; not at the gates `changed`, whose documents are others by now.
    """
    gates = tuple(as_pending(g) if g.id in changed else _adopted_gate(g, definition) for g in state.gates)
    log = tuple(_reported(entry) for entry in state.skill_log)
    effects = tuple(e.model_copy(update={"proof": None, "proven_at": "", "mac": ""}) for e in state.effects)
    update: dict[str, object] = {"gates": gates, "skill_log": log, "effects": effects, "definition": sha256}
    if state.status is RunStatus.COMPLETE:
        update["status"] = RunStatus.ACTIVE
    return state.model_copy(update=update)


def _adopted_gate(gate: GateState, definition: LoopDefinition) -> GateState:
    known = definition.gate(gate.id)
    kind, required = (known.type, known.required) if known else (gate.type, gate.required)
    checks = tuple(_report(check) for check in gate.checks)
    gate = gate.model_copy(update={"checks": checks, "preapproved_by": "", "mac": "", "bound": None, "stated": False})
    if gate.open and gate.by != BY_CHECKS:
        return gate
    if kind is GateType.AUTO or gate.by == BY_CHECKS or (required and gate.status is GateStatus.SKIPPED):
        return as_pending(gate)
    return gate.model_copy(update={"stated": True})


def _report(check: Check) -> Check:
    return check.model_copy(update={"reported_by": check.reported_by or IN_THE_FILE, "mac": ""})


def _reported(entry: SkillRun) -> SkillRun:
    return entry.model_copy(update={"checks": tuple(map(_report, entry.checks))}) if entry.checks else entry


# --- definitions


def differences(old: LoopDefinition, new: LoopDefinition) -> str:
    """What another definition has more and fewer, in a line; `other settings` where no name differs."""
    told = []
    for word, was, now in (
        ("phase", [p.id for p in old.phases], [p.id for p in new.phases]),
        ("skill", _skills(old), _skills(new)),
        ("gate", [g.id for g in old.gates], [g.id for g in new.gates]),
        ("target", [t.id for t in old.targets], [t.id for t in new.targets]),
    ):
        told += [
            f"{count_of(len(names), word)} {way}"
            for way, names in (("fewer", set(was) - set(now)), ("more", set(now) - set(was)))
            if names
        ]
    kept = [p.id for p in new.phases if p.id in {q.id for q in old.phases}]
    if kept != [p.id for p in old.phases if p.id in kept]:
        told.append("a different order of phases")
    done_otherwise = [
        s.id for p in new.phases for s in p.skills if (was_so := old.skill(p.id, s.id)) is not None and was_so != s
    ]
    if done_otherwise:
        told.append(f"{', '.join(done_otherwise[:_MOST_NAMED])} done differently")
    changed = [g.id for g in new.gates if (before := old.gate(g.id)) is not None and before != g]
    if changed:
        told.append(f"{', '.join(changed[:_MOST_NAMED])} changed")
    were = {target.id: target for target in old.targets}
    set_otherwise = [t.id for t in new.targets if t.id in were and were[t.id] != t]
    if set_otherwise:
        told.append(f"different settings of {', '.join(set_otherwise[:_MOST_NAMED])}")
    return ", ".join(told) or "different settings"


def dropped(state: RunState, old: LoopDefinition, new: LoopDefinition) -> str:
    """The gate that another definition would take away though it waits or a person passed it; else nothing."""
    for gate in old.gates:
        known = state.gate(gate.id) or GateState(id=gate.id)
        if _counts(state, gate, known) and not (
            _still_asks(gate, new.gate(gate.id)) and _stands_before_the_same(gate, old, new)
        ):
            return gate.id
    return ""


def _counts(state: RunState, gate: GateDefinition, known: GateState) -> bool:
    phase = state.phase_state(gate.after)
    waits = known.open and phase is not None and phase.over
    return waits or (known.status is GateStatus.APPROVED and known.by not in ("", BY_CHECKS))


def _still_asks(gate: GateDefinition, new: GateDefinition | None) -> bool:
    if new is None or new.after != gate.after or (gate.required and not new.required):
        return False
    if gate.type is GateType.AUTO:
        return new.type in (GateType.AUTO, GateType.HUMAN)
    return new.type is gate.type and new.when == gate.when


def _stands_before_the_same(gate: GateDefinition, old: LoopDefinition, new: LoopDefinition) -> bool:
    """True when no phase that came after a gate comes before it now."""
    was, now = [p.id for p in old.phases], [p.id for p in new.phases]
    if gate.after not in was or gate.after not in now:
        return False
    later = set(was[was.index(gate.after) + 1 :])
    return not later & set(now[: now.index(gate.after)])


def laid_out(state: RunState, definition: LoopDefinition, sha256: str) -> RunState:
    """The state in the order of another definition: what it has more is pending, what it has fewer is gone.

    A phase that was over is open again when a required skill is new in it.
    """
    phases = tuple(_laid_out(state.phase_state(p.id), p.id, definition) for p in definition.phases)
    known = {gate.id: gate for gate in state.gates}
    gates = tuple(
        known.get(g.id, GateState(id=g.id)).model_copy(update={"type": g.type, "required": g.required})
        for g in definition.gates
    )
    phase = (
        state.phase
        if any(p.id == state.phase for p in phases)
        else next((p.id for p in phases if not p.over), phases[-1].id)
    )
    return state.model_copy(
        update={
            "phases": phases,
            "gates": gates,
            "phase": phase,
            "definition": sha256,
            "version": definition.version or state.version,
        }
    )


def _laid_out(known: PhaseState | None, phase_id: str, definition: LoopDefinition) -> PhaseState:
    defined = definition.phase(phase_id)
    assert defined is not None
    before = {skill.id: skill for skill in known.skills} if known else {}
    skills = tuple(
        before.get(s.id, SkillState(id=s.id)).model_copy(update={"required": s.required}) for s in defined.skills
    )
    phase = (known or PhaseState(id=phase_id)).model_copy(update={"skills": skills})
    if phase.status is PhaseStatus.COMPLETE and any(s.required and not s.settled for s in skills):
        phase = phase.model_copy(update={"status": PhaseStatus.ACTIVE, "completed_at": ""})
    return phase


def _skills(definition: LoopDefinition) -> list[str]:
    return [f"{phase.id}/{skill.id}" for phase in definition.phases for skill in phase.skills]
