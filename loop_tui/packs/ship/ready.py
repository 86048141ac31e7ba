"""What happens when a run is started now: the lines of the screen's panel before a run (SCREEN "Ready").

All of it is what the dry run finds, so nothing of the project is run and no network is reached.
"""

import asyncio
from collections.abc import Iterator, Sequence

from loop_tui.model.clock import words
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.panel import WRONG, PanelLine
from loop_tui.model.runs import RunSummary
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.dry_run.model import NOTHING_LEFT, Bump, DryRunPlan, PlanFinding, Shipping
from loop_tui.packs.ship.dry_run.plan import plan_of
from loop_tui.packs.ship.dry_run.publishing import publish_lines, unasked
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.release_summary import ReachedTarget, is_new, reached_targets, release_in, release_words
from loop_tui.ports import ArchiveQuery
from loop_tui.runners.pack_api import CommandHost
from loop_tui.runners.targets import LEVELS, TargetLevel

_MOST_COMMITS = 12
_MOST_PUBLIC = 14


async def ready(host: CommandHost) -> Sequence[PanelLine]:
    """The lines, for `Pack.ready`; none for a loop that ships nothing. Raises Problem for what cannot be read."""
    definition, ports = host.definition(), host.ports()
    plan = await plan_of(ports, definition, None, host.kinds, host.preview)
    if plan.shipping is None and plan.bump is None and not plan.findings:
        return ()
    last = await asyncio.to_thread(_last, ports.archive, definition, plan.system)
    return tuple(PanelLine(about, one_line(text, 300)) for about, text in _lines(plan, last))


def _last(archive: ArchiveQuery, definition: LoopDefinition, system: str) -> RunSummary | None:
    """The newest run of this loop and system that released something."""
    runs, _ = archive.runs(loop=definition.id, system=system or None)
    return next((run for run in runs if (release := release_in(run)) and is_new(release)), None)


def _lines(plan: DryRunPlan, last: RunSummary | None) -> Iterator[tuple[str, str]]:
    if plan.fatal:
        # Nothing else matters before it.
        yield from (("preflight", f"{WRONG}{_stop(found)}") for found in plan.fatal)
    if plan.nothing_left:
        yield "to ship", f"{WRONG}{NOTHING_LEFT}: {plan.nothing_left}"
    public = [("public files", line) for line in _public(plan.public)]
    warned = any(line.startswith(WRONG) for _, line in public)
    if warned:
        yield from public
    yield "last release", _released(last) if last is not None else "none in the archive"
    if last is not None and (targets := reached_targets(last.told)):
        yield "last release", _reached(targets)
    if plan.bump is not None:
        yield from _version(plan.bump)
    if plan.shipping is not None:
        yield "to commit", _files(plan.shipping)
    if not warned:
        yield from public
    yield from (("publishes", line.removeprefix("publishes ")) for line in publish_lines(plan.publishes))
    for target in plan.targets:
        usual = f", usually {words(target.usual_ms)}" if target.usual_ms is not None else ""
        yield "targets", f"{target.title}: {f'to be {target.level}{usual}' if target.configured else target.why}"
    if not plan.fatal:
        registry = ", GitHub and the registry" if unasked(plan.publishes) else " and GitHub"
        yield "preflight", f"no problems found; the remote{registry} are checked at the start"
    if plan.usual_ms is not None:
        yield "time", f"usually {words(plan.usual_ms)}"


def _stop(found: PlanFinding) -> str:
    return f"{found.name}: {found.words}" + (f" ({found.fix})" if found.fix else "")


def _public(listed: Sequence[str]) -> Iterator[str]:
    yield from listed[:_MOST_PUBLIC]
    if len(listed) > _MOST_PUBLIC:
        yield f"and {count_of(len(listed) - _MOST_PUBLIC, 'more line')}: loop-tui run --dry-run"


def _released(run: RunSummary) -> str:
    return f"{release_words(release_in(run))}, {run.completed_at[:16].replace('T', ' ')}"


def _reached(targets: Sequence[ReachedTarget]) -> str:
    good = [target.name for target in targets if target.level in LEVELS]
    others = [f"{t.name} {t.level}" for t in targets if t.level not in (*LEVELS, TargetLevel.NOT_CONFIGURED)]
    return f"it reached {few(good, 10) or 'no target'}" + (f"; {few(others, 10)}" if others else "")


def _version(bump: Bump) -> Iterator[tuple[str, str]]:
    raised = bump.after and bump.after != bump.before
    version = f"{bump.before} -> {bump.after}" if raised else f"stays at {bump.after or 'no version'}"
    yield "version", f"{version}: {bump.why}"
    if tag := bump.untagged or bump.tag:
        yield "version", f"no tag: {tag}" if bump.untagged else f"tag {tag}"
    if bump.commits:
        yield "commits", f"{bump.counted} since {bump.base[:7]} ({bump.base_why})"
    for commit in bump.commits[:_MOST_COMMITS]:
        yield "commits", f"{commit.level} {commit.sha[:7]} {commit.subject}"
    if len(bump.commits) > _MOST_COMMITS:
        yield "commits", f"and {len(bump.commits) - _MOST_COMMITS} more"


def _files(shipping: Shipping) -> str:
    to = f"{shipping.remote or 'no remote'}/{shipping.branch or 'no branch'}"
    names = [change.path for change in shipping.files]
    what = f"{len(names)} to commit: {few(names)}" if names else shipping.note or "nothing to commit"
    out = f"; untracked, not included: {few(list(shipping.untracked))}" if shipping.untracked else ""
    return f"{what}; to {to}{out}"
