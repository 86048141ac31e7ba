"""Archived runs with known times, written by the real archive: what statistics are made of."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loop_tui.engine.begin import fresh_state
from loop_tui.model.clock import stamp
from loop_tui.model.evidence import Check
from loop_tui.model.runs import RunOutcome
from loop_tui.model.state import GateDecision, GateState, RunState, SkillRun
from loop_tui.model.status import CheckStatus, GateStatus, PhaseStatus, SkillStatus
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.storage.state.dialects import new_text

LOOP = "distribution-loop"
FIRST = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
"""When the first of these runs began; each one after it a day later."""


def verdict(name: str, tree: str, at: str, *, passed: bool) -> Check:
    status = CheckStatus.PASSED if passed else CheckStatus.FAILED
    return Check(name=name, status=status, command=f"npm run {name}", tree=tree, at=at)


def worked(
    skills: Iterable[tuple[str, str, int]],
    *,
    day: int = 0,
    system: str = "widget",
    waits: Iterable[tuple[str, str, int]] = (),
    tree: str = "",
    passed: bool = True,
    failed: Iterable[str] = (),
) -> RunState:
    """A run that did these skills (phase, skill, milliseconds) one after the other, those that `failed` twice.

    After them gates waited for somebody (gate, who, milliseconds). With a `tree`, its last skill ran `lint` on it.
    """
    definition = builtin(LOOP)
    assert definition is not None
    now = FIRST + timedelta(days=day)
    state = fresh_state(definition, run=f"run-{system}-{day}", system=system, at=stamp(now))
    log: list[SkillRun] = []
    for phase, skill, took_ms in skills:
        if skill in failed:
            begun, now = now, now + timedelta(seconds=1)
            log.append(
                SkillRun(
                    skill=skill,
                    phase=phase,
                    status=SkillStatus.FAILED,
                    started_at=stamp(begun),
                    completed_at=stamp(now),
                )
            )
        begun, now = now, now + timedelta(milliseconds=took_ms)
        log.append(
            SkillRun(skill=skill, phase=phase, started_at=stamp(begun), completed_at=stamp(now), duration_ms=took_ms)
        )
    if tree:
        log[-1] = log[-1].model_copy(update={"checks": (verdict("lint", tree, stamp(now), passed=passed),)})
    history, gates = [], []
    for gate, by, waited_ms in waits:
        now += timedelta(milliseconds=waited_ms)
        history.append(GateDecision(gate=gate, decision="approved", by=by, at=stamp(now)))
        gates.append(GateState(id=gate, status=GateStatus.APPROVED, by=by, at=stamp(now)))
    return state.model_copy(
        update={
            "skill_log": tuple(log),
            "gate_history": tuple(history),
            "gates": tuple(gates),
            "updated_at": stamp(now),
            "phases": tuple(p.model_copy(update={"status": PhaseStatus.COMPLETE}) for p in state.phases),
        }
    )


def put(home: Path, state: RunState, outcome: RunOutcome = RunOutcome.SUCCESS) -> Path:
    """Archive a run as the driver does; gives the path."""
    definition = builtin(LOOP)
    assert definition is not None
    moment = datetime.fromisoformat(state.updated_at)
    document = json.loads(new_text(state, definition))
    body = build_body(state, document, archived_at=moment, outcome=outcome)
    path = archive_path(home, state.system, state.loop, moment)
    write_archive(path, body, {})
    return path
