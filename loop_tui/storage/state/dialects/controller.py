"""The controller dialect: `systemId`, `state` and `stages` (SPEC section 3, the loop controller's seed).

Whose gates such a file has: no file of this dialect is ever begun by us (a fresh engineering loop is written in the
command dialect, with every gate of its definition), so it comes from another program, which has gates of its own under
other names. Until a driver of ours takes it on, it has the gates that it names and no others, and nobody waits at one
that it never heard of. Taking it on gives it an `executionId`; from then on the gates of our definition hold for it as
for every run that we drive, and one that somebody takes out of the file is pending, not gone.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from loop_tui.model.chosen_move import LEVERAGE, read_choice
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import Dialect, PhaseState, RunState
from loop_tui.model.status import PhaseStatus, RunStatus, read_autonomy

from .elsewhere import is_awaited
from .evidence import (
    read_deliverables,
    read_effects,
    read_gate_history,
    read_gates,
    read_questions,
)
from .failures import read_aborted, read_blocked, read_failures, read_limits
from .fields import JsonObject, WrongType, put, text_at, word_at
from .skill_log import read_log
from .unchanged import Unchanged
from .work import dump_parts, dump_phases, implied_phase, read_phases

LOOP = "engineering-loop"
_STOPPED = {"FAILED": RunStatus.FAILED, "BLOCKED": RunStatus.BLOCKED, "RETRY": RunStatus.ACTIVE}


def load(document: JsonObject, definition: LoopDefinition | None) -> RunState:
    """The state that a controller file holds. Raises WrongType, naming the key, for what cannot be meant.

    FAILED, BLOCKED and RETRY are states of the whole run there: the stage that was at work is the phase.
    """
    word = word_at(document, "state")
    if not word:
        raise WrongType(("state",), document.get("state"), "the name of a stage")
    if not isinstance(document.get("stages"), dict):
        raise WrongType(("stages",), document.get("stages"), "an object")
    log = read_log(document)
    status = _STOPPED.get(word.upper(), RunStatus.ACTIVE)
    phases = read_phases(document, "stages", definition, log, phase=word, run=status)
    named = text_at(document, "phase")
    phase = named or (_at_work(phases) if word.upper() in _STOPPED else word)
    if status is RunStatus.ACTIVE:
        status = _running(document, word, phases)
    failures = read_failures(document)
    count, retries = read_limits(document, failures)
    run = text_at(document, "executionId")
    return RunState(
        dialect=Dialect.CONTROLLER,
        run=run,
        loop=LOOP,
        version=text_at(document, "version"),
        system=text_at(document, "systemName", "systemId"),
        phase=phase,
        status=status,
        autonomy=read_autonomy(document.get("autonomy")),
        phases=phases,
        gates=read_gates(document, definition, only_named=not run),
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
        started_at=text_at(document, "startedAt", "started_at"),
        updated_at=text_at(document, "updatedAt", "last_updated"),
        definition=text_at(document, "definitionSha256"),
        mac=text_at(document, "mac"),
        awaited=is_awaited(document, "stages"),
    )


def _at_work(phases: Sequence[PhaseState]) -> str:
    """The stage that failed or was in progress, else the first that is not over, else the last."""
    for wanted in (PhaseStatus.FAILED, PhaseStatus.ACTIVE):
        for phase in phases:
            if phase.status is wanted:
                return phase.id
    return implied_phase(phases)


def _running(document: JsonObject, word: str, phases: Sequence[PhaseState]) -> RunStatus:
    """Paused or active when the file says so; else complete when the state is the last stage and that is complete."""
    said = (word_at(document, "status") or "").strip().lower()
    if said in (RunStatus.PAUSED, RunStatus.ACTIVE):
        return RunStatus(said)
    return RunStatus.COMPLETE if _looks_complete(word, phases) else RunStatus.ACTIVE


def _looks_complete(word: str, phases: Sequence[PhaseState]) -> bool:
    last = phases[-1] if phases else None
    return last is not None and word == last.id and last.status is PhaseStatus.COMPLETE and word.upper() == "COMPLETE"


def dump(state: RunState, same: Unchanged) -> dict[str, JsonValue]:
    """Everything that we own in a controller file, in canonical words.

    What the dialect has no word for gets a key of its own, only while it is needed: `status` for a paused run and for
    one that has its last stage behind it and is not over yet, `phase` for a stopped one whose phase its stages do not
    tell.
    """
    stopped = {RunStatus.FAILED: "FAILED", RunStatus.BLOCKED: "BLOCKED"}.get(state.status)
    dumped: dict[str, JsonValue] = {"state": stopped or state.phase}
    if stopped and _at_work(state.phases) != state.phase:
        dumped["phase"] = state.phase
    at_its_end = state.status is RunStatus.ACTIVE and _looks_complete(state.phase, state.phases)
    if state.status is RunStatus.PAUSED or at_its_end:
        dumped["status"] = state.status.value
    put(dumped, autonomy=state.autonomy.value if state.autonomy else None, executionId=state.run, version=state.version)
    parts = dump_parts(state, same)
    stages = same.once("stages", lambda: _camel(dump_phases(state)), state.phases)
    dumped |= {"systemName": state.system, "stages": stages, "failures": parts.pop("failures")} | parts
    return put(dumped, startedAt=state.started_at, updatedAt=state.updated_at)


def _camel(phases: dict[str, JsonValue]) -> dict[str, JsonValue]:
    words = {"started_at": "startedAt", "completed_at": "completedAt", "reopened_reason": "reopenedReason"}
    return type(phases)(
        {
            key: {words.get(k, k): v for k, v in table.items()} if isinstance(table, dict) else table
            for key, table in phases.items()
        }
    )
