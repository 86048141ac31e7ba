"""What would refuse a resync, said before there is a run: by the dry run, and at the start of one."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.packs.ship.preflight.findings import PLANS, setting
from loop_tui.packs.ship.preflight.preflight import Finding, PreflightResult
from loop_tui.packs.ship.resync import is_resync, refuse_unless_released, refuse_unless_shipped
from loop_tui.ports import RunPorts
from loop_tui.runners.context import Context, SkillFailed, TargetKinds
from loop_tui.services.git import git, push_target

from .looks import Looks


async def resync_findings(ctx: Context, ground: PreflightResult) -> tuple[Finding, ...]:
    """What refuses the resync that is planned, as far as no remote is asked for it; empty for another run."""
    if not is_resync(ctx) or ground.root is None or not ground.status.head:
        return ()
    try:
        await refuse_unless_released(ctx, ground.root)
    except SkillFailed as failed:
        return (Finding("resync", failed.what, failed.todo, fatal=True),)
    except Problem as unknown:
        return (Finding("resync", unknown.what, unknown.todo),)
    return ()


async def may_begin(ports: RunPorts, definition: LoopDefinition, state: RunState, kinds: TargetKinds) -> None:
    """Raise Problem for a resync of what was not shipped (`Pack.may_begin`).

    What hinders any run is left to its own first look, which says all of it at once; a remote that does not answer is
    left to the retries there.
    """
    ctx = Looks(ports, definition, state, kinds).context(PLANS)
    if not is_resync(ctx):
        return
    try:
        root = await git.repository_root(ctx.project)
        if root is None or not await git.head_sha(root):
            return
        to = await push_target.find(root, await git.branch(root) or "", setting(ctx, "remote"))
    except Problem:
        return
    try:
        await refuse_unless_shipped(ctx, root, to)
    except SkillFailed as failed:
        if failed.kind != "external":
            raise
