"""distribute: bring the shipped commit to every target of the definition, and say what was seen of each.

Who confirms them is in `confirmation`, what is written about them in `manifest`.
"""

import asyncio
from pathlib import Path

from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.log import LogLevel
from loop_tui.model.text import count_of
from loop_tui.packs.ship.effects import RELEASE
from loop_tui.packs.ship.evidence import repository, shipment
from loop_tui.packs.ship.targets.verdict import check_of
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.targets import TargetLevel, TargetVerdict
from loop_tui.services.github.cache import conversation

from .confirmation import confirm_all
from .manifest import alignment, manifest

DELIVERABLE = "distribution-manifest.md"


async def run(ctx: Context) -> SkillResult:
    """Go to all targets at once; each gives a verdict, and the verdict a check of the target's name.

    A target that fails does not keep the others from being served: the gate after this phase decides on all of them.
    """
    root = await repository(ctx)
    shipped = await shipment(ctx, root)
    with conversation():
        verdicts = await confirm_all(ctx, shipped)
    if not verdicts:
        ctx.do.say("The definition names no targets", LogLevel.WARN)
    each = zip(ctx.definition.targets, verdicts, strict=True)
    checks = [check_of(verdict, target, shipped, ctx.kinds.targets) for target, verdict in each]
    summary = _summary(verdicts, checks)
    versions = await asyncio.to_thread(alignment, ctx, root, shipped, verdicts)
    for place, version, agrees in versions:
        if agrees is False:
            ctx.do.say(f"Version mismatch: {place} has {version}, but {shipped.version} was shipped", LogLevel.WARN)
    ctx.do.remember(RELEASE, {RELEASE: {"version": shipped.version, "commit": shipped.sha}})
    report = manifest(ctx, shipped, verdicts, checks, versions)
    document = ctx.do.deliver(DELIVERABLE, report, summary)
    return SkillResult(summary, tuple(checks), (document, *_artifacts(ctx, verdicts)))


def _summary(verdicts: list[TargetVerdict], checks: list[Check]) -> str:
    """`3 of 4 targets confirmed, 1 skipped, 1 not configured`: the levels reached, in words."""
    idle = (TargetLevel.SKIPPED, TargetLevel.NOT_CONFIGURED)
    served = sum(1 for verdict in verdicts if verdict.level not in idle)
    held = sum(1 for check in checks if check.passed)
    counts = [(sum(1 for verdict in verdicts if verdict.level is level), level.value) for level in idle]
    return ", ".join([f"{held} of {count_of(served, 'target')} confirmed", *(f"{n} {word}" for n, word in counts if n)])


def _artifacts(ctx: Context, verdicts: list[TargetVerdict]) -> tuple[Deliverable, ...]:
    """The tarballs with their checksum files, as deliverables in the run folder."""
    from loop_tui.packs.ship.packaging.tarball import FOLDER

    found = []
    for verdict in verdicts:
        name, digest = verdict.evidence.get("file"), verdict.evidence.get("sha256")
        tarball = ctx.run_dir / FOLDER / str(name)
        if verdict.level is not TargetLevel.CONFIRMED or not isinstance(name, str) or not tarball.is_file():
            continue
        for path, sha256, summary in ((tarball, str(digest), "npm tarball"), (_checksum(tarball), "", "its sha256")):
            found.append(
                Deliverable(
                    name=path.name,
                    skill=ctx.skill.id,
                    path=f"{FOLDER}/{path.name}",
                    summary=summary,
                    size_bytes=path.stat().st_size,
                    sha256=sha256,
                )
            )
    return tuple(found)


def _checksum(tarball: Path) -> Path:
    return tarball.with_name(f"{tarball.name}.sha256")
