"""How long a target usually takes: what earlier runs of this loop saw, or what GitHub remembers of a workflow."""

import asyncio

from loop_tui.model.clock import ms_between
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.stats.usual import usual_ms
from loop_tui.packs.ship.run_durations import usual_targets
from loop_tui.runners.context import Context
from loop_tui.services.github import gh
from loop_tui.services.github.gh import GhProblem, Repository

_ENOUGH = 10


async def earlier_ms(ctx: Context, target: TargetDefinition) -> int | None:
    """What this target usually took in earlier runs, in milliseconds, or None."""
    found = await asyncio.to_thread(usual_targets, ctx.archive, ctx.state.loop, ctx.state.system)
    return found.get(target.id)


async def workflow_ms(ctx: Context, target: TargetDefinition, repo: Repository, workflow: str, sha: str) -> int | None:
    """As `earlier_ms`, else the median of the workflow's newest green runs, ours left out. No answer is no trouble."""
    known = await earlier_ms(ctx, target)
    if known is not None:
        return known
    try:
        runs = await gh.workflow_runs(repo, workflow.rpartition("/")[2], count=_ENOUGH)
    except GhProblem:
        return None
    took = [ms_between(run.run_started_at or run.created_at, run.updated_at) for run in runs if run.head_sha != sha]
    return usual_ms(ms for ms in took if ms is not None and ms >= 0)
