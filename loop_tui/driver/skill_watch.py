"""Watching the state file while a skill runs: it is stopped when nobody wants it any more."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from loop_tui.model.actions import ExecuteSkill
from loop_tui.model.problem import Problem
from loop_tui.model.status import RunStatus
from loop_tui.runners.context import SkillResult

from .slow_skill import SlowSkill

if TYPE_CHECKING:
    from .conductor import Conductor

WATCH_S = 0.2
# By then it waits for a program that it has started: what comes next is imported meanwhile.
_PRELOAD_AFTER_S = 0.1


class Overtaken(Exception):
    """Somebody settled, or took back, the skill that was running; or a pause need not wait for its end."""


async def watched(
    conductor: "Conductor", work: Coroutine[None, None, SkillResult], action: ExecuteSkill, slow: SlowSkill
) -> SkillResult:
    """Do the work, say when it is slow, and stop it when the state file says that it is not wanted any more."""
    task = asyncio.create_task(work)
    seen = conductor.store.mark()
    try:
        done, _ = await asyncio.wait({task}, timeout=_PRELOAD_AFTER_S)
        if not done:
            _preload(conductor, action.phase)
        while True:
            done, _ = await asyncio.wait({task}, timeout=WATCH_S)
            if done:
                break
            slow.look()
            mark = conductor.store.mark()
            if mark != seen:
                seen = mark
                if why := _why_stop(conductor, action):
                    raise Overtaken(why)
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
    return task.result()


def _preload(conductor: "Conductor", phase: str) -> None:
    """Import what comes next: the skills; towards the end of the run also what its last steps need."""
    # What cannot be loaded is told when it is its turn.
    with contextlib.suppress(Problem):
        conductor.runners.preload(conductor.definition)
    if phase in [each.id for each in conductor.definition.phases[-2:]]:
        conductor.ports.docs.prepare()


def _why_stop(conductor: "Conductor", action: ExecuteSkill) -> str:
    """Why the skill that runs is not wanted any more; empty when it is."""
    try:
        state = conductor.read()
    except Problem:
        # Half-written or gone for a moment: the next write says so for certain.
        return "" if conductor.store.exists() else "the state file was removed"
    phase = state.phase_state(action.phase)
    skill = phase.skill(action.skill) if phase else None
    if state.aborted is not None or skill is None or skill.settled or state.phase != action.phase:
        return "it was already done elsewhere"
    claim = state.claim_on(action.phase, action.skill)
    if claim is not None:
        return f"it is claimed by {claim.by}"
    known = conductor.definition.skill(action.phase, action.skill)
    watching = known is not None and conductor.runners.of(known).interruptible(known)
    return "the run is paused" if watching and state.status is RunStatus.PAUSED else ""
