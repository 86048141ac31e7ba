"""Runs of the orchestrator server: read from its own files, and answered nowhere but on that server.

The server reads its files once, at its start, and writes them anew at each change: what anybody else writes there is
lost. So a person is told where to answer, and no key of ours does.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from msgspec.structs import replace

from loop_tui.engine.decide import decide
from loop_tui.engine.progress import waiting_gate
from loop_tui.fs.paths import find_state_files
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import GateType
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded
from loop_tui.storage.state.reader import read_state

from .presence import presence_of
from .snapshot import Snapshot

SERVER = "it is a run of the orchestrator server"


def executed(state: RunState, definition: LoopDefinition | None) -> LoopDefinition | None:
    """What the server goes by, as far as its file tells: its phases and its gates, with the places of the gates taken
    from the definition of that loop. None where the file names no phase.
    """
    if not state.phases:
        return None
    phases = tuple(
        PhaseDefinition(id=p.id, skills=tuple(SkillDefinition(id=s.id, required=s.required) for s in p.skills))
        for p in state.phases
    )
    known = definition.gates if definition else ()
    gates = tuple(_answered_there(gate) for gate in known if state.gate(gate.id) is not None)
    return LoopDefinition(id=state.loop, version=state.version or "?", phases=phases, gates=gates)


def _answered_there(gate: GateDefinition) -> GateDefinition:
    """The gate as the server has it: it passes none by itself, and its checks are not ours."""
    return gate.model_copy(update={"type": GateType.HUMAN, "required": True, "checks": (), "when": ()})


def execution_snapshot(
    path: Path, loaded: Loaded, definition: LoopDefinition | None, *, written: float, now: float
) -> Snapshot:
    """The picture of a run of the server, whose file was written at a moment (seconds since 1970)."""
    state = loaded.state
    loop = executed(state, definition)
    presence = presence_of(state, ours=False, driver=None, heard=written, now=now, found=SERVER)
    shot = Snapshot(
        project=path.parent,
        loop=state.loop,
        opened=True,
        definition=loop,
        state=state,
        revision=loaded.revision,
        presence=presence,
    )
    if loop is None:
        return shot
    return replace(shot, action=decide(state, loop), gate=waiting_gate(state, loop))


def where_to_answer(state: RunState, gate: str) -> tuple[str, ...]:
    """Where a gate of a run of the server is answered, in lines."""
    run, name = one_line(state.run, 60) or "ID", one_line(gate, 60)
    return (
        "This gate is answered on the server that runs it, not here:",
        f"MCP: approve_gate or reject_gate, execution {run}, gate {name}",
        f"REST: PUT /api/executions/{run}/gates/{name}/approve (or /reject with feedback)",
    )


def execution_in(project: Path) -> Path | None:
    """The state file of the one run in a folder, where that is one of the server; None for any other folder."""
    files = find_state_files(project)
    if len(files) != 1:
        return None
    with contextlib.suppress(Problem):
        if not read_state(files[0]).state.dialect.writable:
            return files[0]
    return None
