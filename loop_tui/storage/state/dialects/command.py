"""The command dialect: `loop` and a `phases` object; version 2 adds `context` (SPEC section 3, the loops' seeds)."""

import json

from pydantic import JsonValue

from loop_tui.model.chosen_move import LEVERAGE, read_choice
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Dialect, RunState
from loop_tui.model.status import RunStatus, read_autonomy, read_run_status

from .elsewhere import is_awaited
from .evidence import (
    read_deliverables,
    read_effects,
    read_gate_history,
    read_gates,
    read_questions,
)
from .failures import read_aborted, read_blocked, read_failures, read_limits
from .fields import JsonObject, WrongType, put, table_at, text_at, word_at
from .skill_log import read_log
from .unchanged import Unchanged
from .work import dump_parts, dump_phases, implied_phase, read_phases

_STARTED = ("started_at", "startedAt")
_UPDATED = ("last_updated", "lastUpdated", "updated_at", "updatedAt")


def load(document: JsonObject, definition: LoopDefinition | None) -> RunState:
    """The state that a command file holds. Raises WrongType, naming the key, for what cannot be meant."""
    loop = word_at(document, "loop")
    if not loop:
        raise WrongType(("loop",), document.get("loop"), "the id of a loop")
    if not isinstance(document.get("phases"), dict):
        raise WrongType(("phases",), document.get("phases"), "an object")
    context = table_at(document, "context")
    status = read_status(document)
    log = read_log(document)
    phase = word_at(document, "phase") or ""
    phases = read_phases(document, "phases", definition, log, phase=phase, run=status)
    phase = phase or implied_phase(phases)
    failures = read_failures(document)
    count, retries = read_limits(document, failures)
    return RunState(
        dialect=Dialect.COMMAND_V2 if "context" in document else Dialect.COMMAND_V1,
        run=text_at(document, "executionId"),
        loop=canonical_id(loop),
        version=text_at(document, "version"),
        system=text_at(context, "system"),
        module=text_at(context, "module") or None,
        phase=phase,
        status=status,
        autonomy=read_autonomy(document.get("autonomy")),
        phases=phases,
        gates=read_gates(document, definition),
        gate_history=read_gate_history(document),
        questions=read_questions(document),
        effects=read_effects(document),
        deliverables=read_deliverables(document),
        skill_log=log,
        leverage_decision=read_choice(document.get(LEVERAGE)),
        failures=failures,
        failure_count=count,
        max_retries=retries,
        blocked=read_blocked(document, status),
        aborted=read_aborted(document),
        started_at=text_at(document, *_STARTED),
        updated_at=text_at(document, *_UPDATED),
        definition=text_at(document, "definitionSha256"),
        mac=text_at(document, "mac"),
        awaited=is_awaited(document, "phases"),
    )


def read_status(document: JsonObject) -> RunStatus:
    """The status of the run. A word we do not know pauses it: nothing starts before a person looked."""
    return read_run_status(word_at(document, "status")) or RunStatus.PAUSED


def dump(state: RunState, same: Unchanged) -> dict[str, JsonValue]:
    """Everything that we own in a command file, in canonical words."""
    dumped = put({"loop": state.loop}, version=state.version)
    dumped |= {"phase": state.phase, "status": state.status.value}
    put(dumped, autonomy=state.autonomy.value if state.autonomy else None, executionId=state.run)
    if state.dialect is Dialect.COMMAND_V2:
        dumped["context"] = {"system": state.system, "module": state.module}
    parts = dump_parts(state, same)
    dumped |= {"gates": parts.pop("gates"), "phases": same.once("phases", lambda: dump_phases(state), state.phases)}
    dumped |= parts
    return put(dumped, started_at=state.started_at, last_updated=state.updated_at)


def outline(state: RunState, definition: LoopDefinition) -> str:
    """A fresh file as the seeds lay it out: what the run is, where it stands, its gates and phases with their skills.

    Raises Problem for a state of another dialect.
    """
    if state.dialect not in (Dialect.COMMAND_V1, Dialect.COMMAND_V2):
        raise Problem(f"no {state.dialect} file can be started here", code=Code.STATE_FOREIGN)
    head = put({"loop": state.loop}, version=state.version or definition.version)
    head |= {"phase": state.phase, "status": state.status.value}
    put(head, autonomy=state.autonomy.value if state.autonomy else None, executionId=state.run)
    blocks = [_members(head)]
    if state.dialect is Dialect.COMMAND_V2:
        # Whose system it is no document says yet; the seeds write "personal".
        context: dict[str, JsonValue] = {
            "tier": "module" if state.module else "system",
            "organization": "personal",
            "system": state.system,
            "module": state.module,
        }
        blocks.append(_block("context", [_member(key, value, "    ") for key, value in context.items()]))
    gates: dict[str, JsonValue] = {
        g.id: {"status": "pending", "required": g.required, "approvalType": g.type.value} for g in state.gates
    }
    phases: dict[str, JsonValue] = {
        p.id: {"status": "pending", "skills": [s.id for s in p.skills]} for p in state.phases
    }
    body = [
        _block("gates", [_member(key, value, "    ") for key, value in gates.items()]),
        _block("phases", [_member(key, value, "    ") for key, value in phases.items()]),
        *([_members({"started_at": state.started_at})] if state.started_at else []),
        *([_members({"last_updated": state.updated_at})] if state.updated_at else []),
    ]
    return "{\n" + ",\n\n".join([*blocks, ",\n".join(body)]) + "\n}\n"


def _block(key: str, members: list[str]) -> str:
    if not members:
        return f"  {json.dumps(key)}: {{}}"
    return f"  {json.dumps(key)}: {{\n" + ",\n".join(members) + "\n  }"


def _members(table: dict[str, JsonValue]) -> str:
    return ",\n".join(_member(key, value, "  ") for key, value in table.items())


def _member(key: str, value: JsonValue, indent: str) -> str:
    return f"{indent}{json.dumps(key)}: {_in_line(value)}"


def _in_line(value: JsonValue) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)}: {_in_line(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return json.dumps(value)
