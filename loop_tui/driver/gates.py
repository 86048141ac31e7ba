"""What the driver does at gates: it sees whether evidence holds, brings what others only reported, and decides."""

from typing import TYPE_CHECKING

from loop_tui.engine import changes, commands
from loop_tui.engine.approvals import changed_since_approval
from loop_tui.engine.gates import evaluate
from loop_tui.engine.retry import fingerprint
from loop_tui.engine.transaction import always
from loop_tui.model.actions import ExecuteSkill, PassGate
from loop_tui.model.definition import GateDefinition, SkillDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Check
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.runners.context import Asked, EvidenceVoid

from .conditions import judged
from .evidence import evidence_still_holds
from .options import DriveResult, Exit

if TYPE_CHECKING:
    from .conductor import Conductor


async def evaluate_gate(conductor: "Conductor", gate_id: str) -> None:
    """Decide an auto gate by checks that ran here and still speak for what lies there. Raises Problem."""
    gate = conductor.definition.gate(gate_id)
    assert gate is not None
    state, workspace = conductor.read(), conductor.ports.workspace
    void = await evidence_still_holds(state, gate, workspace)
    void = void or await conductor.packs.evidence_void(state, gate, workspace)
    if void:
        conductor.void(gate_id, void)
        return
    found = evaluate(state, gate)
    if found.reported and not found.passed and await _checked_here(conductor, state, gate, found.reported):
        return

    def verdict(state: RunState) -> tuple[Change, ...]:
        found = evaluate(state, gate)
        if found.passed:
            return (changes.gate_approved(gate_id, changes.BY_CHECKS, found.checks),)
        error = f"{gate_id} did not pass: {'; '.join(found.reasons)}"
        return (changes.gate_failed(gate_id, error, fingerprint(error), found.checks),)

    state = conductor.write(verdict)
    known = state.gate(gate_id)
    passed = known is not None and not known.open
    conductor.output.say("", f"{gate_id} {'passed' if passed else 'FAILED'}", LogLevel.OK if passed else LogLevel.ERROR)


async def _checked_here(
    conductor: "Conductor", state: RunState, gate: GateDefinition, reported: tuple[Check, ...]
) -> bool:
    """Run here what others only reported of; True when the run has to be looked at anew before the gate is decided.

    What brings the checks is done again. On a run that somebody claimed the skills stay theirs: only checks run.
    """
    why = f"{', '.join(check.name for check in reported)} did not run here"
    phase = state.phase_state(gate.after)
    skipped = {s.id for s in phase.skills if s.status is SkillStatus.SKIPPED} if phase else set()
    able = [s.id for s in _skills_of(conductor, gate) if s.unattended and s.id not in skipped]
    if not able:
        return False
    conductor.count_void(why)
    conductor.output.say("", f"{gate.id}: {why}", LogLevel.WARN)
    if state.run_claim is None:
        conductor.write(always(changes.gate_unproven(gate.id, why)))
        return True
    names = {check.name for check in reported}
    told = {entry.skill for entry in state.skill_log if any(check.name in names for check in entry.checks)}
    for skill in [name for name in able if name in told] or able:
        await _check_only(conductor, ExecuteSkill(phase=gate.after, skill=skill), state)
    return False


def _skills_of(conductor: "Conductor", gate: GateDefinition) -> tuple[SkillDefinition, ...]:
    phase = conductor.definition.phase(gate.after)
    return phase.skills if phase else ()


async def _check_only(conductor: "Conductor", action: ExecuteSkill, state: RunState) -> None:
    """Run a skill for its checks: it changes nothing in the world, and settles nothing."""
    conductor.output.say(action.skill, f"{action.skill}: only its checks", LogLevel.HEAD)
    services = conductor.services(action.skill, check_only=True)
    try:
        result = await conductor.runner_of(action).run(conductor.context(action, state, services))
    except (Asked, EvidenceVoid, Problem) as problem:
        checks: tuple[Check, ...] = ()
        conductor.output.say(action.skill, f"its checks cannot run here: {problem}", LogLevel.ERROR)
    else:
        checks = result.checks
    conductor.write(always(changes.skill_checked(action.phase, action.skill, checks, conductor.options.by)))
    conductor.output.flush()


def pass_gate(conductor: "Conductor", action: PassGate, state: RunState) -> DriveResult | None:
    """Pass a gate that a person named beforehand: bound to what lies there now, and never without its documents."""
    bound = conductor.store.binding(state, action.gate)
    gate = conductor.definition.gate(action.gate)
    missing = [name for name in (gate.deliverables if gate else ()) if not bound.deliverables.get(name)]
    if missing:
        reason = f"{action.gate} is approved in advance, but {', '.join(missing)} is missing or empty"
        todo = f"write it, or `approve {action.gate} --reason TEXT`"
        return DriveResult(Exit.WAITING, reason, todo=todo, state=state, error=Code.DELIVERABLE_MISSING)

    def approved(now: RunState) -> commands.Wanted:
        return commands.approve(
            now, conductor.definition, action.by, action.gate, bound=conductor.store.binding(now, action.gate)
        )

    conductor.write(approved)
    conductor.output.say("", f"{action.gate} approved in advance by {action.by}", LogLevel.OK)
    return None


async def check_condition(conductor: "Conductor", gate_id: str) -> None:
    """Find out whether a conditional gate applies, and record it with the reason."""
    gate = conductor.definition.gate(gate_id)
    assert gate is not None
    found = await judged(gate, conductor.definition, conductor.ports.workspace)
    change = changes.gate_applies if found.applies else changes.gate_not_applicable
    conductor.write(always(change(gate_id, found.reason)))
    word = "applies" if found.applies else "not applicable"
    conductor.output.say("", f"{gate_id} {word}: {found.reason}", LogLevel.INFO)


def void_changed(conductor: "Conductor") -> bool:
    """Void the approvals whose documents are not the approved ones any more; True when there were such.

    Asked before anything that follows a gate is settled or done to the world: after that it is too late.
    """
    found = changed_since_approval(
        conductor.read(), conductor.definition, conductor.ports.artifacts.find, conductor.store.events
    )
    for gate, reason in found:
        conductor.output.say("", f"{gate} is no longer valid: {reason}", LogLevel.WARN)
        conductor.write(always(changes.gate_voided(gate, reason, documents=True)))
    return bool(found)
