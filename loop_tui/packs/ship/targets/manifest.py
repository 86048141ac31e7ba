"""The distribution manifest: how far each target got and on what evidence, and which version every place shows."""

from collections.abc import Sequence
from pathlib import Path

from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.targets.verdict import wanted_level
from loop_tui.packs.ship.versions.places import sites_of
from loop_tui.runners.context import Context
from loop_tui.runners.targets import Shipment, TargetVerdict
from loop_tui.services.toolchains import npm

ManifestRow = tuple[str, str, bool | None]

# What the check and the table of targets say already, or what only machines read.
_NOT_SHOWN = ("place",)
_MILLISECONDS = "_ms"


def alignment(ctx: Context, root: Path, shipped: Shipment, verdicts: Sequence[TargetVerdict]) -> list[ManifestRow]:
    """Every place that shows a version, what it shows, and whether it is the shipped one (None: it shows none)."""
    rows: list[tuple[str, str]] = []
    try:
        package = npm.read_package(ctx.project)
        rows.append(("package.json", package.version if package else ""))
        if package is not None:
            rows += [(place.words, place.version) for place in sites_of(ctx, package, root).versions()]
    except Problem as problem:
        rows.append((problem.where or "package.json", f"unreadable: {problem.what}"))
    rows.append(("running server", _served_version(ctx)))
    rows += [
        (_place(ctx, verdict), str(verdict.evidence.get("version") or ""))
        for verdict in verdicts
        if "version" in verdict.evidence
    ]
    return [(place, version, version == shipped.version if version else None) for place, version in rows]


def _place(ctx: Context, verdict: TargetVerdict) -> str:
    """Where a target shows its version."""
    if place := verdict.evidence.get("place"):
        return str(place)
    if file := verdict.evidence.get("file"):
        return f"tarball {file}"
    return next((t.title or t.id for t in ctx.definition.targets if t.id == verdict.target), verdict.target)


def _served_version(ctx: Context) -> str:
    """The version that the server reported to deploy; empty when it reported none."""
    from loop_tui.packs.ship.verify.deploy import served_version

    entries = [entry for entry in ctx.state.skill_log if entry.skill == "deploy"]
    return next((served_version(c) for c in reversed(entries[-1].checks) if c.name == "version"), "") if entries else ""


def manifest(
    ctx: Context,
    shipped: Shipment,
    verdicts: Sequence[TargetVerdict],
    checks: Sequence[Check],
    versions: Sequence[ManifestRow],
) -> str:
    """The document."""
    facts = [
        ("Version", shipped.version or "none"),
        ("Commit", md.code(shipped.sha)),
        ("Tree", md.code(shipped.tree)),
        ("Pushed to", md.code(f"{shipped.remote}/{shipped.branch}") if shipped.pushed else "not pushed"),
    ]
    rows = [
        (
            target.title or target.id,
            target.kind,
            md.strong(verdict.level.value),
            check.status.value,
            wanted_level(target, ctx.kinds.targets).value,
            _found(verdict, check),
            verdict.at,
        )
        for target, verdict, check in zip(ctx.definition.targets, verdicts, checks, strict=True)
    ]
    header = ("Target", "Kind", "Level", "Check", "Required level", "Result", "Time")
    blocks: list[str] = [
        md.table(("What", "Value"), facts),
        md.heading("Targets"),
        md.table(header, rows) if rows else "The loop has no targets.",
        md.heading("Version alignment"),
        md.table(("Place", "Version", "Aligned"), [(p, v or "not reported", _word(a)) for p, v, a in versions]),
    ]
    evidence = [
        (verdict.target, key, _value(key, value))
        for verdict in verdicts
        for key, value in verdict.evidence.items()
        if key not in _NOT_SHOWN
    ]
    if evidence:
        blocks += [md.heading("Evidence"), md.table(("Target", "Fact", "Value"), evidence)]
    return md.document("Distribution manifest", *blocks)


def _found(verdict: TargetVerdict, check: Check) -> str:
    """What was found; below the level asked for with the reason why that is not enough."""
    if check.status is not CheckStatus.FAILED:
        return verdict.summary
    return check.summary.removeprefix(verdict.level.value).removeprefix(": ").strip() or "no reason given"


def _value(key: str, value: object) -> str:
    if key.endswith(_MILLISECONDS) and isinstance(value, int):
        return words(value)
    return md.code(str(value))


def _word(agrees: bool | None) -> str:
    return "-" if agrees is None else "yes" if agrees else "MISMATCH"
