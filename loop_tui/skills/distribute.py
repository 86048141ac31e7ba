"""distribute: bring the shipped commit to every target of the definition, and say what was seen of each."""

import asyncio
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check, Deliverable
from loop_tui.model.log import Level as LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.tools import npm

from . import markdown as md
from . import targets
from .context import Context, SkillResult
from .evidence import Shipment, repository, shipment
from .targets import Level, Verdict

DELIVERABLE = "distribution-manifest.md"
_MARKS = {CheckStatus.PASSED: LogLevel.OK, CheckStatus.FAILED: LogLevel.ERROR, CheckStatus.SKIPPED: LogLevel.INFO}


async def run(ctx: Context) -> SkillResult:
    """Go through the targets one by one; each gives a verdict, and the verdict a check of the target's name.

    A target that fails does not keep the next from being served: the gate after this phase decides on all of them.
    """
    root = await repository(ctx)
    shipped = await shipment(ctx, root)
    verdicts: list[Verdict] = []
    checks: list[Check] = []
    for target in ctx.definition.targets:
        verdict = await _confirm(ctx, target, shipped)
        check = targets.check_of(verdict, target, shipped)
        ctx.do.say(f"{target.title or target.id}: {check.summary}", _MARKS[check.status])
        verdicts.append(verdict)
        checks.append(check)
    if not verdicts:
        ctx.do.say("The definition names no targets", LogLevel.WARN)
    summary = _summary(verdicts, checks)
    versions = await asyncio.to_thread(alignment, ctx, shipped, verdicts)
    for place, version, agrees in versions:
        if agrees is False:
            ctx.do.say(f"Version mismatch: {place} says {version}, shipped is {shipped.version}", LogLevel.WARN)
    report = _report(ctx, shipped, verdicts, checks, versions)
    document = ctx.do.deliver(DELIVERABLE, report, summary)
    return SkillResult(summary, tuple(checks), (document, *_artifacts(ctx, verdicts)))


async def _confirm(ctx: Context, target: TargetDefinition, shipped: Shipment) -> Verdict:
    """The verdict on one target. What goes wrong there is the verdict; a question or a cancel is not."""
    confirm = targets.load(target.kind)
    if confirm is None:
        return Verdict(target=target.id, level=Level.NOT_CONFIGURED, at=ctx.do.now())
    ctx.do.say(f"{target.title or target.id}:")
    try:
        targets.wanted_level(target)
        return await confirm(ctx, target, shipped)
    except Problem as problem:
        return Verdict(target=target.id, level=Level.FAILED, summary=str(problem), at=ctx.do.now())


def _summary(verdicts: list[Verdict], checks: list[Check]) -> str:
    """`3 of 4 targets confirmed, 1 not configured`: the levels reached, in words."""
    configured = [v for v in verdicts if v.level is not Level.NOT_CONFIGURED]
    held = sum(1 for check in checks if check.passed)
    words = f"{held} of {len(configured)} targets confirmed"
    idle = len(verdicts) - len(configured)
    return f"{words}, {idle} not configured" if idle else words


def _artifacts(ctx: Context, verdicts: list[Verdict]) -> tuple[Deliverable, ...]:
    """The tarballs with their checksum files, as deliverables in the run folder."""
    from .targets.tarball import FOLDER

    found = []
    for verdict in verdicts:
        name, digest = verdict.evidence.get("file"), verdict.evidence.get("sha256")
        tarball = ctx.run_dir / FOLDER / str(name)
        if verdict.level is not Level.CONFIRMED or not isinstance(name, str) or not tarball.is_file():
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


# --- version alignment ----------------------------------------------------------------------------------------------


def alignment(ctx: Context, shipped: Shipment, verdicts: list[Verdict]) -> list[tuple[str, str, bool | None]]:
    """Every place that shows a version, what it shows, and whether it is the shipped one (None: it shows none)."""
    rows: list[tuple[str, str]] = []
    try:
        package = npm.read_package(ctx.project)
        rows.append(("package.json", package.version if package else ""))
        rows += [(f"{lock.path.name} {lock.key}", lock.version) for lock in npm.lock_versions(ctx.project)]
    except Problem as problem:
        rows.append((problem.where or "package.json", f"unreadable: {problem.what}"))
    rows.append(("running server", _served_version(ctx)))
    rows += [
        (f"tarball {verdict.evidence['file']}", str(verdict.evidence.get("version", "")))
        for verdict in verdicts
        if "file" in verdict.evidence
    ]
    return [(place, version, version == shipped.version if version else None) for place, version in rows]


def _served_version(ctx: Context) -> str:
    """The version that the server reported to deploy; empty when it reported none."""
    from .deploy import served_version

    entries = [entry for entry in ctx.state.skill_log if entry.skill == "deploy"]
    return next((served_version(c) for c in reversed(entries[-1].checks) if c.name == "version"), "") if entries else ""


# --- the manifest ---------------------------------------------------------------------------------------------------


def _report(
    ctx: Context,
    shipped: Shipment,
    verdicts: list[Verdict],
    checks: list[Check],
    versions: list[tuple[str, str, bool | None]],
) -> str:
    facts = [
        ("Version", shipped.version or "none"),
        ("Commit", md.code(shipped.sha)),
        ("Tree", md.code(shipped.tree)),
        ("Pushed to", md.code(f"{shipped.remote}/{shipped.branch}") if shipped.pushed else "nowhere"),
    ]
    rows = [
        (t.title or t.id, t.kind, md.strong(v.level.value), c.status.value, v.summary, v.at)
        for t, v, c in zip(ctx.definition.targets, verdicts, checks, strict=True)
    ]
    blocks: list[str] = [
        md.table(("What", "Value"), facts),
        md.heading("Targets"),
        md.table(("Target", "Kind", "Level", "Check", "Found", "At"), rows) if rows else "The definition names none.",
        md.heading("Version alignment"),
        md.table(("Place", "Version", "Aligned"), [(p, v or "not reported", _word(a)) for p, v, a in versions]),
    ]
    evidence = [(v.target, key, md.code(str(value))) for v in verdicts for key, value in v.evidence.items()]
    if evidence:
        blocks += [md.heading("Evidence"), md.table(("Target", "Fact", "Value"), evidence)]
    return md.document("Distribution manifest", *blocks)


def _word(agrees: bool | None) -> str:
    return "-" if agrees is None else "yes" if agrees else "MISMATCH"
