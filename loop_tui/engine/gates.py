"""Gates: which of them matter, and what their checks say (SPEC section 4)."""

from loop_tui.model.base import Model
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import Dialect, GateState, PhaseState, RunState
from loop_tui.model.status import Autonomy, CheckStatus, GateType

_ASKED_IN_HYBRID = ("security", "deploy")


class GateVerdict(Model):
    """What the checks of an auto gate say. `reasons` name each check that does not hold."""

    passed: bool
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()
    evidence: bool = True
    reported: tuple[Check, ...] = ()
    """Checks that are wanted and that somebody reported, none of which ran here."""


def gate_state(state: RunState, gate: GateDefinition) -> GateState:
    """The gate as the run has it; a definition decides type and necessity, whatever the file says."""
    known = state.gate(gate.id) or GateState(id=gate.id)
    return known.model_copy(update={"type": gate.type, "required": gate.required})


def autonomy_of(state: RunState, definition: LoopDefinition) -> Autonomy:
    """How much this run asks."""
    return state.autonomy or definition.autonomy


def is_asked(gate: GateDefinition, autonomy: Autonomy) -> bool:
    """True when a person is asked at this gate under that autonomy."""
    if gate.required or autonomy is Autonomy.SUPERVISED:
        return True
    return autonomy is Autonomy.HYBRID and any(word in gate.id.lower() for word in _ASKED_IN_HYBRID)


def wanted_checks(gate: GateDefinition, found: tuple[Check, ...]) -> tuple[str, ...]:
    """The names of the checks that decide a gate: those it lists, or every check of its phase when it lists `*`."""
    if gate.checks != ("*",):
        return gate.checks
    return tuple(check.name for check in found)


def evaluate(state: RunState, gate: GateDefinition) -> GateVerdict:
    """What the newest checks of the gate's phase say about the gate.

    It passes when every named check passed or had nothing to run, at least one of them passed, and all that passed
    speak for the same tree. A check that nobody ran, or that somebody else says to have run, is a reason, never a pass.
    """
    found = {check.name: check for check in state.own_checks_of(gate.after)}
    names = wanted_checks(gate, tuple(found.values()))
    checks = tuple(found[name] for name in names if name in found)
    told = {check.name: check for check in state.checks_of(gate.after) if check.name not in found}
    reported = tuple(told[name] for name in (told if gate.checks == ("*",) else names) if name in told)
    reasons = [f"{name}: {_unseen(told.get(name))}" for name in names if name not in found]
    reasons += [f"{check.name}: {check.summary or 'failed'}" for check in checks if check.status is CheckStatus.FAILED]
    passed = [check for check in checks if check.passed]
    if not reasons and not passed:
        said = "; ".join(f"{check.name}: {check.summary}" for check in checks if check.summary)
        reasons.append(f"no check ran{f' ({said})' if said else ''}" if names else "the gate names no checks")
    if len({check.tree for check in passed if check.tree}) > 1:
        reasons.append("the checks ran on different trees")
    return GateVerdict(
        passed=not reasons, checks=checks, reasons=tuple(reasons), evidence=bool(checks), reported=reported
    )


def _unseen(check: Check | None) -> str:
    return f"{check.status}, reported by {check.reported_by}, not run here" if check else "not checked"


def waits_for_evidence(state: RunState, definition: LoopDefinition, gate: GateDefinition) -> bool:
    """True when an auto gate has no check to go by because people or agents elsewhere did the phase."""
    phase = definition.phase(gate.after)
    by_hand = phase is None or not any(s.unattended for s in phase.skills)
    return by_hand and not evaluate(state, gate).evidence


def gates_of(state: RunState, definition: LoopDefinition, phase: str) -> tuple[GateDefinition, ...]:
    """The gates that stand after a phase of this run.

    A controller file that no driver of ours took on has those that it names: the others are nothing to its program.
    """
    gates = definition.gates_after(phase)
    if state.dialect is Dialect.CONTROLLER and not state.run:
        return tuple(gate for gate in gates if state.gate(gate.id) is not None)
    return gates


def evidence_skills(state: RunState, definition: LoopDefinition, phase: PhaseState) -> tuple[str, ...]:
    """The skills of a phase that are still to bring what an undecided auto gate after it wants.

    Which skill yields which check no definition says: all that go on without a person count.
    """
    gates = gates_of(state, definition, phase.id)
    if not any(g.type is GateType.AUTO and gate_state(state, g).open for g in gates):
        return ()
    known = {s.id: definition.skill(phase.id, s.id) for s in phase.skills if not s.settled}
    return tuple(skill for skill, defined in known.items() if defined is not None and defined.unattended)


def open_gate(state: RunState, definition: LoopDefinition, phase: str) -> GateDefinition | None:
    """The first gate after a phase that nobody decided yet."""
    return next((g for g in gates_of(state, definition, phase) if gate_state(state, g).open), None)


def who_may_answer(gate: GateDefinition) -> str:
    """For people: who decides this gate."""
    return {
        GateType.AUTO: "its checks, or you",
        GateType.HUMAN: "you",
        GateType.CONDITIONAL: "you, when it applies",
    }[gate.type]
