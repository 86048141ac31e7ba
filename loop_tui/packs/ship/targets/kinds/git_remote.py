"""Target `git-remote`: the remote's branch holds the shipped commit, asked of the remote itself now."""

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.commit.pushing import Destination, seen
from loop_tui.packs.ship.evidence import repository
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when `git ls-remote` names our commit, `superseded` when the branch has moved on and contains it."""

    def verdict(level: TargetLevel, summary: str, **facts: str) -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence={**facts}, at=ctx.do.now())

    if not shipment.pushed:
        return verdict(TargetLevel.SKIPPED, "nothing was pushed in this run")
    root = await repository(ctx)
    to = Destination(shipment.remote, shipment.branch)
    command = f"git ls-remote {to.remote} refs/heads/{to.branch}"
    try:
        proof = await seen(root, shipment.sha, to)
    except SkillFailed as failed:
        return verdict(TargetLevel.NOT_SEEN, failed.what, command=command)
    if proof is None:
        return verdict(TargetLevel.FAILED, f"{to} no longer contains {shipment.sha[:7]}", command=command)
    facts = {"command": command, "sha": str(proof.get("remote_sha", ""))}
    if note := str(proof.get("note", "")):
        # The commit is in the branch for good: what came after it does not take anything back.
        return verdict(TargetLevel.CONFIRMED, note, **facts)
    return verdict(TargetLevel.CONFIRMED, f"{to} is at {shipment.sha[:7]}", **facts)
