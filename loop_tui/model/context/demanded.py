"""What a loop demands: the deliverables that its skills have to leave, and the gates that they are held to."""

from collections.abc import Iterator

from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.status import GateType

from .values import ContextLine, ContextPart, ContextSection, Rank, Source, said, section_of

_NAME = 60


def demanded(definition: LoopDefinition) -> tuple[ContextSection, ...]:
    """The required deliverables, and what each skill will be held to, in the order of the phases."""
    source = Source(definition.source)
    due = [ContextLine(text, source, Rank.DELIVERABLES) for text in _deliverables(definition)]
    held = [ContextLine(text, source, Rank.HELD_TO) for text in _held_to(definition)]
    return (
        *section_of(ContextPart.DELIVERABLES, "Required Deliverables", due),
        *section_of(ContextPart.HELD_TO, "Held To", held),
    )


def demanded_files(definition: LoopDefinition) -> frozenset[str]:
    """The names of all files that a loop asks for."""
    skills = (skill for phase in definition.phases for skill in phase.skills)
    return frozenset(
        name for names in (*(skill.deliverables for skill in skills), *_of_gates(definition)) for name in names
    )


def _of_gates(definition: LoopDefinition) -> Iterator[tuple[str, ...]]:
    return (gate.deliverables for gate in definition.gates)


def _deliverables(definition: LoopDefinition) -> Iterator[str]:
    by_skill: set[str] = set()
    for phase in definition.phases:
        for skill in phase.skills:
            by_skill.update(skill.deliverables)
            for name in skill.deliverables:
                optional = "" if skill.required else ", optional"
                yield f"{said(name, _NAME)}: {said(skill.id, _NAME)} in {said(phase.id, _NAME)}{optional}"
        for gate in definition.gates_after(phase.id):
            for name in gate.deliverables:
                if name not in by_skill:
                    yield f"{said(name, _NAME)}: before {said(gate.id, _NAME)}, in {said(phase.id, _NAME)}"


def _held_to(definition: LoopDefinition) -> Iterator[str]:
    for phase in definition.phases:
        for gate in definition.gates_after(phase.id):
            yield said(f"{_skills(phase)}: {gate.id} after {phase.id}, {_decided(gate)}")


def _skills(phase: PhaseDefinition) -> str:
    return ", ".join(skill.id for skill in phase.skills) or phase.id


def _decided(gate: GateDefinition) -> str:
    names = "all checks of the phase" if gate.checks == ("*",) else ", ".join(gate.checks)
    if gate.type is GateType.AUTO:
        how = f"passes when {names} pass" if names else "decided by checks"
    elif gate.type is GateType.CONDITIONAL and gate.when:
        how = f"a person decides when {' or '.join(gate.when)}"
    else:
        how = "a person decides"
    needs = f"; needs {', '.join(gate.deliverables)}" if gate.deliverables else ""
    optional = "" if gate.required else "; optional"
    return f"{how}{needs}{optional}" + (f"; criteria: {gate.criteria}" if gate.criteria else "")
