"""How a run begins: a fresh state for a definition."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import Dialect, GateState, PhaseState, RunState, SkillState
from loop_tui.model.status import Autonomy


def fresh_state(
    definition: LoopDefinition,
    *,
    run: str,
    system: str,
    at: str,
    autonomy: Autonomy | None = None,
    module: str | None = None,
) -> RunState:
    """A state in which nothing has happened yet. `autonomy` is given when the person chose one for this run.

    `module` scopes it to a module of the system.
    """
    phases = tuple(
        PhaseState(id=p.id, skills=tuple(SkillState(id=s.id, required=s.required) for s in p.skills))
        for p in definition.phases
    )
    gates = tuple(GateState(id=g.id, type=g.type, required=g.required) for g in definition.gates)
    return RunState(
        dialect=Dialect.COMMAND_V2,
        run=run,
        loop=definition.id,
        version=definition.version,
        system=system,
        module=module,
        phase=phases[0].id,
        autonomy=autonomy,
        phases=phases,
        gates=gates,
        started_at=at,
        updated_at=at,
    )
