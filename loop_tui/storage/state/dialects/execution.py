"""The execution dialect: the orchestrator server's own state, with `loopId` and a `phases` list. Read only."""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePath

from loop_tui.fs.jsonedit.document import JsonPath
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.state import Blocked, Dialect, GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import (
    GateStatus,
    GateType,
    PhaseStatus,
    RunStatus,
    SkillStatus,
    awaits_approval,
    read_autonomy,
    read_gate_status,
    read_phase_status,
    read_skill_status,
)

from .command import read_status
from .fields import JsonObject, WrongType, flag_at, int_at, list_at, name_of, tables_at, text_at, word_at

DISABLED = "disabled on the server"


def load(document: JsonObject, definition: LoopDefinition | None) -> RunState:
    """The state that an execution holds. Raises WrongType, naming the key, for what cannot be meant."""
    loop = word_at(document, "loopId")
    if not loop:
        raise WrongType(("loopId",), document.get("loopId"), "the id of a loop")
    phases = tuple(_phase(table, path, definition) for table, path in tables_at(document, "phases"))
    current = word_at(document, "currentPhase") or ""
    behind = frozenset(p.id for p in takewhile(lambda p: p.id != current, phases)) if current else frozenset()
    gates = tuple(_gate(table, path, definition, behind) for table, path in tables_at(document, "gates"))
    status = read_status(document)
    return RunState(
        dialect=Dialect.EXECUTION,
        run=text_at(document, "id"),
        loop=canonical_id(loop),
        version=text_at(document, "loopVersion"),
        system=PurePath(text_at(document, "project")).name,
        phase=current,
        status=status,
        autonomy=read_autonomy(document.get("autonomy")),
        phases=phases,
        gates=gates,
        skill_log=tuple(_entry(table, path) for table, path in tables_at(document, "skillExecutions")),
        blocked=_blocked(document, gates) if status is RunStatus.BLOCKED else None,
        started_at=text_at(document, "startedAt"),
        updated_at=text_at(document, "updatedAt"),
        awaited=awaits_approval(document.get("status")),
    )


def _blocked(document: JsonObject, gates: Sequence[GateState]) -> Blocked:
    """Why the server holds the run: a gate that was rejected, else what it logged last that went wrong."""
    rejected = [gate for gate in gates if gate.status is GateStatus.REJECTED]
    if rejected:
        said = f": {rejected[-1].feedback}" if rejected[-1].feedback else ""
        return Blocked(reason=f"{rejected[-1].id} was rejected{said}")
    bad = [text_at(e, "message") for e, _ in tables_at(document, "logs") if text_at(e, "level") in ("warn", "error")]
    return Blocked(reason=bad[-1] if bad else "the server gives no reason")


def _phase(table: JsonObject, path: JsonPath, definition: LoopDefinition | None) -> PhaseState:
    name = name_of(dict(table), path, "phase", "id", "name")
    skills = []
    for i, item in enumerate(list_at(table, "skills", path)):
        skill = name_of(item, (*path, "skills", i), "skillId", "skill", "id", "name")
        told = item if isinstance(item, dict) else {}
        known = definition.skill(name, skill) if definition else None
        skills.append(
            SkillState(
                id=skill,
                status=read_skill_status(told.get("status")) or SkillStatus.PENDING,
                required=known.required if known else True,
                reason=text_at(told, "reason", "skipReason"),
                at=text_at(told, "completedAt"),
            )
        )
    return PhaseState(
        id=name,
        status=read_phase_status(word_at(table, "status", path)) or PhaseStatus.PENDING,
        skills=tuple(skills),
        started_at=text_at(table, "startedAt"),
        completed_at=text_at(table, "completedAt"),
    )


def _gate(table: JsonObject, path: JsonPath, definition: LoopDefinition | None, behind: frozenset[str]) -> GateState:
    """A gate. The file says neither after which phase it stands nor whether it waits: the server asks at the current
    phase alone, and at no gate that somebody disabled.
    """
    name = name_of(dict(table), path, "gateId", "id", "name")
    known = definition.gate(name) if definition else None
    status, reason = read_gate_status(word_at(table, "status", path)) or GateStatus.PENDING, ""
    if status is not GateStatus.APPROVED:
        if not flag_at(table, "enabled", True):
            status, reason = GateStatus.SKIPPED, DISABLED
        elif known is not None and known.after in behind:
            status, reason = GateStatus.SKIPPED, "the run continued without it"
    return GateState(
        id=name,
        status=status,
        required=known.required if known else True,
        type=known.type if known else GateType.HUMAN,
        by=text_at(table, "approvedBy"),
        at=text_at(table, "approvedAt"),
        reason=reason,
        feedback=text_at(table, "feedback"),
    )


def _entry(table: JsonObject, path: JsonPath) -> SkillRun:
    names = list_at(table, "deliverables", path)
    return SkillRun(
        skill=text_at(table, "skillId", "skill"),
        phase=text_at(table, "phase"),
        status=read_skill_status(word_at(table, "status", path)) or SkillStatus.PENDING,
        reason=text_at(table, "reason"),
        started_at=text_at(table, "startedAt"),
        completed_at=text_at(table, "completedAt"),
        duration_ms=int_at(table, "durationMs"),
        deliverables=tuple(name_of(v, (*path, "deliverables", i), "name", "path") for i, v in enumerate(names)),
    )
