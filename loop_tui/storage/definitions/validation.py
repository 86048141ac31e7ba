"""What holds for every loop definition, whatever form it is written in."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from loop_tui.fs.paths import safe_id
from loop_tui.fs.toml import KeyPath
from loop_tui.model import conditions
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import GateType
from loop_tui.model.text import clean, one_line, shown

from .extensions import extensions

Locate = Callable[[KeyPath, Sequence[str], int], str]
"""Where a path stands, for a person: the path, texts to look for from there on, and which hit of the last one."""

_SHOWN = 60


def is_plain_name(name: str) -> bool:
    """True when a deliverable's name stays inside the folder it is put in: relative, without `..`, one path style."""
    if not name.strip() or name != clean(name) or "\n" in name or "\t" in name or "\\" in name:
        return False
    if name.startswith(("/", "~")) or (len(name) > 1 and name[1] == ":"):
        return False
    return all(part not in ("", ".", "..") for part in name.split("/")) and PurePosixPath(name).name != ""


def check(definition: LoopDefinition, place: Locate) -> LoopDefinition:
    """The definition itself when its parts fit together.

    Raises Problem at the first part that does not: ids that occur twice, a gate after no phase, deliverables that
    leave their folder, a `commands` skill without steps, a condition that nobody could judge, an id that cannot be a
    file name.
    """
    _check_id(definition, place)
    _check_unique([p.id for p in definition.phases], "phase", ("phases",), place)
    _check_unique([g.id for g in definition.gates], "gate", ("gates",), place)
    _check_unique([t.id for t in definition.targets], "target", ("targets",), place)
    for number, phase in enumerate(definition.phases):
        _check_phase(phase, number, place)
    for number, gate in enumerate(definition.gates):
        path: KeyPath = ("gates", number)
        if definition.phase(gate.after) is None:
            known = ", ".join(one_line(p.id, _SHOWN) for p in definition.phases)
            raise Problem(
                f"gate {shown(gate.id)} is after phase {shown(gate.after)}, which this loop does not have",
                place((*path, "after"), (gate.after,), 1),
                f"its phases are: {known}",
                code=Code.DEFINITION_INVALID,
            )
        _check_when(gate, (*path, "when"), place)
        _check_deliverables(gate.deliverables, f"gate {shown(gate.id)}", (*path, "deliverables"), place)
    return definition


def _check_when(gate: GateDefinition, path: KeyPath, place: Locate) -> None:
    if gate.when and gate.type is not GateType.CONDITIONAL:
        raise Problem(
            f"gate {shown(gate.id)} has a condition, but its type is {gate.type}",
            place(path, (), 1),
            'set type = "conditional", or remove the condition',
            code=Code.DEFINITION_INVALID,
        )
    for condition in gate.when:
        if wrong := conditions.complaint(condition):
            raise Problem(
                f"gate {shown(gate.id)} has a condition {shown(condition)} {wrong}",
                place(path, (condition,), 1),
                f"allowed: {conditions.ALLOWED}",
                code=Code.DEFINITION_INVALID,
            )


def check_auto_gates(definition: LoopDefinition, place: Locate) -> LoopDefinition:
    """As `check`, for the native form only: an auto gate names the checks that decide it."""
    for number, gate in enumerate(definition.gates):
        if gate.type is GateType.AUTO and not gate.checks:
            raise Problem(
                f"auto gate {shown(gate.id)} names no checks, so it could never pass",
                place(("gates", number), (), 1),
                'add checks = ["build", "test"], or set type = "human"',
                code=Code.DEFINITION_INVALID,
            )
    return definition


def _check_id(definition: LoopDefinition, place: Locate) -> None:
    # The id becomes part of file names: the state file, the run folder, the archive.
    try:
        safe_id(definition.id)
    except Problem as problem:
        raise Problem(
            f"the loop's id {shown(definition.id)} cannot be part of a file name",
            place(("id",), (), 1),
            problem.todo,
            code=Code.DEFINITION_INVALID,
        ) from None


def _check_unique(ids: Sequence[str], noun: str, path: KeyPath, place: Locate, whose: str = "") -> None:
    seen: set[str] = set()
    for number, name in enumerate(ids):
        if name in seen:
            raise Problem(
                f"two {noun}s have the id {shown(name)}{whose}",
                place((*path, number), (name,), 1 if not whose else ids[: number + 1].count(name)),
                f"give every {noun} its own id",
                code=Code.DEFINITION_INVALID,
            )
        seen.add(name)


def _check_phase(phase: PhaseDefinition, number: int, place: Locate) -> None:
    path: KeyPath = ("phases", number, "skills")
    _check_unique([s.id for s in phase.skills], "skill", path, place, f" in phase {shown(phase.id)}")
    for position, skill in enumerate(phase.skills):
        _check_skill(skill, phase, (*path, position), place)


def _check_skill(skill: SkillDefinition, phase: PhaseDefinition, path: KeyPath, place: Locate) -> None:
    who = f"skill {shown(skill.id)} in phase {shown(phase.id)}"
    known = extensions().runners
    if skill.runner not in known:
        what = f"skill {shown(skill.id)} of phase {shown(phase.id)} has an unknown runner {shown(skill.runner)}"
        raise Problem(
            what,
            place((*path, "runner"), (skill.id, skill.runner), 1),
            f"one of: {', '.join(known)}",
            code=Code.DEFINITION_INVALID,
        )
    wrong = extensions().check(skill)
    if wrong is not None:
        needles = (skill.id, wrong.where) if wrong.where else (skill.id,)
        raise Problem(f"{who} {wrong.what}", place(path, needles, 1), wrong.todo, code=Code.DEFINITION_INVALID)
    _check_unique([s.name for s in skill.steps], "step", (*path, "steps"), place, f" in {who}")
    _check_deliverables(skill.deliverables, who, (*path, "deliverables"), place)


def _check_deliverables(names: Sequence[str], who: str, path: KeyPath, place: Locate) -> None:
    for name in names:
        if not is_plain_name(name):
            raise Problem(
                f"{who} has a deliverable {shown(name)} that is not a plain file name",
                place(path, (name,), 1),
                "name a file inside the run folder, without '..' and without a leading '/'",
                code=Code.DEFINITION_INVALID,
            )
