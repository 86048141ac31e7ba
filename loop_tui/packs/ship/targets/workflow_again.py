"""Asking GitHub for a workflow again: for a resync, which wants it to run anew for the very same commit."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel
from loop_tui.packs.ship.effects import WORKFLOW_AGAIN
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment
from loop_tui.services.github import gh
from loop_tui.services.github.gh import Repository
from loop_tui.services.github.models import Run

_DISPATCH = "workflow_dispatch"
_EVENTS = (_DISPATCH, "push")
"""What may have started the run that is asked for again, the better one last; any other event comes before both."""
_LOOKS = 20
_LOOKS_AFTER_A_KILL = 10
_PAUSE_S = 3.0

# For tests, which let minutes pass in no time.
sleep = asyncio.sleep


async def run_again(ctx: Context, target: TargetDefinition, shipment: Shipment, repo: Repository, workflow: str) -> int:
    """Have the newest run of the commit run once more, one by its push before others; gives its id.

    Where GitHub lists none, one is dispatched on the branch.

    A run that has not ended is the one that was wanted. Raises GhProblem for what GitHub refuses, SkillFailed when
    nothing of it is seen.
    """
    effect_id = f"again-{target.id}-{shipment.sha[:12]}"
    known = ctx.state.effect(effect_id)
    # What an earlier driver meant to do stays what is meant: the run that it re-ran has one attempt more by now.
    intent: Proof = known.intent if known is not None else await _intent(repo, shipment, workflow)

    async def observe() -> Proof | None:
        return await _seen(repo, shipment, workflow, intent)

    async def act() -> None:
        # The one who meant it may have asked and been killed before GitHub's lists, which lag, showed what came of it.
        if known is not None and await _appears(observe, _LOOKS_AFTER_A_KILL):
            return
        if "run" in intent:
            await gh.rerun(repo, int(str(intent["run"])))
            ctx.do.say(f"{target.title or target.id}: run {intent['run']} was started again", LogLevel.OK)
        else:
            await gh.dispatch(repo, workflow, shipment.branch)
            ctx.do.say(f"{target.title or target.id}: {workflow} was dispatched on {shipment.branch}", LogLevel.OK)
        await _appears(observe, _LOOKS)

    return int(str((await ctx.do.effect(effect_id, WORKFLOW_AGAIN, intent, observe, act))["id"]))


async def _appears(observe: Callable[[], Awaitable[Proof | None]], looks: int) -> bool:
    for _ in range(looks):
        if await observe() is not None:
            return True
        await sleep(_PAUSE_S)
    return False


async def _intent(repo: Repository, shipment: Shipment, workflow: str) -> Proof:
    """Which run is to run again, from which attempt on; or, to be dispatched, after which run a new one has to come."""
    # One page of all workflows: runs by a schedule can fill it, also where it is of one commit, so all ways are asked.
    recent = await gh.runs(repo, event=None)
    of_commit = await gh.runs(repo, shipment.sha, event=None)
    pushed = await gh.runs(repo, shipment.sha)
    runs = [run for run in (*recent, *of_commit, *pushed) if run.workflow == workflow]
    ours = [run for run in runs if run.head_sha == shipment.sha]
    newest = max(ours, key=_wanted, default=None)
    common: dict[str, JsonValue] = {"sha": shipment.sha, "workflow": workflow, "repository": str(repo)}
    if newest is None:
        return {**common, "after": max((run.id for run in runs), default=0)}
    # One that still runs is asked for no second time: its attempt is the one that is waited for.
    return {**common, "run": newest.id, "attempt": newest.run_attempt + int(newest.completed)}


def _wanted(run: Run) -> tuple[int, int]:
    """The newest run by a push before all others: one by a schedule, say, did not ship the commit."""
    return (_EVENTS.index(run.event) if run.event in _EVENTS else -1, run.id)


async def _seen(repo: Repository, shipment: Shipment, workflow: str, intent: Proof) -> Proof | None:
    if "run" in intent:
        run = await gh.run(repo, int(str(intent["run"])))
        there = run is not None and run.run_attempt >= int(str(intent["attempt"]))
        return _proof(run) if run is not None and there else None
    # The list by commit lags, and that of all has one page.
    runs = [
        run
        for filtered in (False, True)
        for run in await gh.runs(repo, shipment.sha, event=_DISPATCH, filtered=filtered)
    ]
    new = [run for run in runs if run.workflow == workflow and run.id > int(str(intent["after"]))]
    return _proof(max(new, key=lambda run: run.id)) if new else None


def _proof(run: Run) -> Proof:
    return {"id": run.id, "attempt": run.run_attempt, "event": run.event}
