"""Target `tarball`: the shipped commit as the project's own tool packs it, with a checksum (needs no network)."""

from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.packs.ship.evidence import changed_since, few, repository
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.packaging.record import put
from loop_tui.packs.ship.packaging.tarball import FOLDER, pack_once, packed, packing
from loop_tui.runners.context import Context
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.toolchains import npm


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """Pack the shipped commit once, and see the file there with the checksum recorded for it."""

    def verdict(level: TargetLevel, summary: str, **facts: JsonValue) -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence=facts, at=ctx.do.now())

    package = npm.read_package(ctx.project)
    why = unpackable(package)
    if why or package is None:
        return verdict(TargetLevel.NOT_CONFIGURED, why)
    command = f"{npm.detect_manager(package, await repository(ctx)).value} pack"
    root, folder = await repository(ctx), ctx.run_dir / FOLDER
    # The build output in the copy was made from the working tree, so that has to be the shipped one still.
    if changed := await changed_since(ctx, root, shipment.tree):
        return verdict(TargetLevel.FAILED, f"the working tree differs from what was shipped: {few(changed)} changed")
    await packed(ctx, shipment.sha)

    async def act() -> None:
        async with packing(ctx, root, package, shipment.sha, folder) as made:
            await put(made, folder, shipment.sha)

    try:
        proof = await pack_once(ctx, package, target, shipment, act)
    except Problem as problem:
        return verdict(TargetLevel.FAILED, str(problem), command=command)
    name, digest = str(proof["file"]), str(proof["sha256"])
    ctx.do.say(f"{name}  sha256 {digest}", LogLevel.OK)
    if proof.get("version") != shipment.version:
        found = proof.get("version") or "no version"
        return verdict(
            TargetLevel.FAILED, f"{name} has {found}, but {shipment.version} was shipped", command=command, **proof
        )
    return verdict(TargetLevel.CONFIRMED, f"{name}, sha256 {digest[:12]}", command=command, **proof)


def missing(project: Path, target: TargetDefinition) -> str:
    """What there has to be for a tarball (`TargetSpec.missing`)."""
    return unpackable(npm.read_package(project))
