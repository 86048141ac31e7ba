"""What has changed since the last release, which version that makes, and writing it (SHIP "Planning a release")."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.choices import how_to_set_version
from loop_tui.packs.ship.commit.destination import ask_about_target, keep
from loop_tui.packs.ship.effects import PUSH, VERSION
from loop_tui.packs.ship.evidence import few, prefix
from loop_tui.packs.ship.planned import remember_plan
from loop_tui.packs.ship.preflight.findings import PUSHES, will_do
from loop_tui.packs.ship.preflight.preflight import Finding, PreflightResult, refuse
from loop_tui.packs.ship.resync import is_resync, refuse_unless_shipped
from loop_tui.packs.ship.versions import next_version
from loop_tui.packs.ship.versions.base import Base, Surroundings, find_base
from loop_tui.packs.ship.versions.changelog import SCOPE
from loop_tui.packs.ship.versions.package_scope import named_outside, touches
from loop_tui.runners.context import Context, SkillFailed, SkillResult
from loop_tui.services.git import history, remotes
from loop_tui.services.git.release_tags import release_tags

from .abandoned import ask_about_abandoned, ask_about_commits
from .dream_writing import is_committed_with, write_dream_states
from .scope_report import Decision, Scope, report
from .version_writing import DIST_TAG as DIST_TAG
from .version_writing import keep_version, write_version
from .which_version import FETCH, decide_version, fetch_history, is_asked

_SAID = 200


async def plan(
    ctx: Context, ground: PreflightResult, scope_of: Callable[[PreflightResult, Path], Awaitable[Scope]]
) -> SkillResult:
    """What follows from what preflight found; `scope_of` gives what there is to ship. Raises as the skill does."""
    for finding in ground.findings:
        _say(ctx, finding)
    refuse(ground.findings)
    assert ground.root is not None  # refused otherwise
    if is_resync(ctx):
        return await _resync(ctx, ground, ground.root)
    if ground.target is not None and will_do(ctx, PUSHES):
        await ask_about_target(ctx, ground.target, is_there=not ground.is_new)
        keep(ctx, ground.target)
        await ask_about_commits(ctx, ground.root, ground.target)
    if ground.package is not None:
        file = f"{prefix(ctx, ground.root)}package.json"
        await ask_about_abandoned(ctx, ground.root, file, ground.package.version)
    scope = await scope_of(ground, ground.root)
    _say_scope(ctx, scope)
    wanted = await decide_version(ctx, scope)
    if wanted == FETCH:
        await fetch_history(ctx, ground.root, ground.remote)
        scope = await read_scope(ctx, ground, ground.root)
        _say_scope(ctx, scope)
        wanted = await decide_version(ctx, scope)
    version = _known(ctx, wanted, ground.root)
    if version is not None and ground.package is not None:
        await write_version(ctx, ground.package, ground.root, scope, version)
    elif ground.package is not None and ground.package.version == scope.current:
        await keep_version(ctx, ground.root, scope)
    if is_committed_with(ctx, ground.root, ground.status, version):
        await write_dream_states(ctx, ground.root, scope.current, version or scope.current)
    decision = Decision(scope.current, version or scope.current, asked=is_asked(scope.proposal) or version is not None)
    remember_plan(ctx, decision.after)
    ctx.do.say(decision.words, LogLevel.OK)
    counted = next_version.describe(scope.proposal.verdicts)
    document = ctx.do.deliver(SCOPE, report(ctx.project.name, ground, scope, decision), counted)
    return SkillResult(summary=f"{decision.words}; {counted}", deliverables=(document,))


def _known(ctx: Context, wanted: str | None, root: Path) -> str | None:
    """The version to write. Raises SkillFailed where the history is still cut off after it was fetched."""
    if wanted == FETCH:
        what = "the history of the remote is incomplete, so the last release is unknown"
        raise SkillFailed(what, str(root), f"set the version: {how_to_set_version(ctx.state)}", code=Code.GIT_STATE)
    return wanted


async def _resync(ctx: Context, ground: PreflightResult, root: Path) -> SkillResult:
    """The scope of a resync: the commit that is out, and the version that it has."""
    await refuse_unless_shipped(ctx, root, ground.target)
    scope = await read_scope(ctx, ground, root)
    decision = Decision(scope.current, scope.current, asked=False)
    remember_plan(ctx, decision.after)
    words = f"resync of {scope.head[:7]}, version {scope.current or 'none'}"
    ctx.do.say(words, LogLevel.OK)
    document = ctx.do.deliver(SCOPE, report(ctx.project.name, ground, scope, decision), words)
    return SkillResult(summary=words, deliverables=(document,))


def _say(ctx: Context, finding: Finding) -> None:
    level = LogLevel.ERROR if finding.fatal else LogLevel.WARN if finding.fix else LogLevel.OK
    ctx.do.say(f"{finding.name}: {finding.words}", level)
    if finding.fix:
        ctx.do.say(f"  fix: {finding.fix}", level)


def _say_scope(ctx: Context, scope: Scope) -> None:
    proposal = scope.proposal
    ctx.do.say(f"Comparing with {scope.base.sha[:7]}: {scope.base.why}")
    for note in (*proposal.notes, *scope.notes):
        ctx.do.say(note, LogLevel.WARN)
    for verdict in proposal.verdicts[:_SAID]:
        ctx.do.say(f"{verdict.commit.sha[:7]} {verdict.commit.subject}  [{verdict.level}: {verdict.reason}]")
    if len(proposal.verdicts) > _SAID:
        ctx.do.say(f"and {len(proposal.verdicts) - _SAID} more, all of them in {SCOPE}")
    ctx.do.say(f"Current {scope.current or 'no version'}: {next_version.describe(proposal.verdicts)}")


# --- what to ship ---------------------------------------------------------------------------------------------------


async def read_scope(ctx: Context, ground: PreflightResult, root: Path) -> Scope:
    """The commits since the base and the version they ask for, the same however often this run looks."""
    folder = prefix(ctx, root).rstrip("/")
    file = f"{prefix(ctx, root)}package.json"
    current = ground.package.version if ground.package else ""
    name = ground.package.name if ground.package else ""
    tags, edge, fetched = await asyncio.gather(
        release_tags(root, name, folder), history.shallow_edge(root), remotes.fetches_tags(root, ground.remote)
    )
    written = _written_here(ctx, current)
    asked_at = str(written.intent.get("from", "")) if written is not None else current
    base = await find_base(ctx, root, file, Surroundings(asked_at, tags, edge))
    if base is None:
        raise SkillFailed("there is no commit to compare with", str(root), "make a first commit", code=Code.GIT_STATE)
    if written is not None:
        base, current = await _before_our_write(root, file, base, current, written)
    read = await (history.log_with_paths if folder else history.log)(root, base.sha)
    outside = named_outside(ctx.project, folder) if folder else ()
    entries = [entry for entry in read if touches(entry.paths, (folder, *outside))] if folder else read
    base = replace(base, cut_off=base.cut_off or any(entry.sha in edge for entry in read))
    commits = [next_version.parse(entry.sha, entry.message, entry.parents, entry.author) for entry in entries]
    highest = tags.highest
    facts = next_version.ReleaseFacts(
        tag=highest.name if highest else "",
        tag_version=highest.version if highest else "",
        taken={version: tag.name for version, tag in tags.taken().items()},
        branch=ground.branch,
        cut_off=base.sha[:7] if base.cut_off else "",
    )
    return Scope(
        base=base,
        head=ground.status.head,
        file=file,
        current=current,
        proposal=next_version.propose(current, commits, base.version or None, facts),
        notes=(
            *(() if fetched else (_no_tags(ground.remote),)),
            *_of_folder(folder, outside, len(read) - len(entries)),
        ),
    )


def _no_tags(remote: str) -> str:
    name = one_line(remote)
    return f"tags of {name} are not fetched, so a higher one may exist: git fetch --tags {name} (remote.{name}.tagOpt)"


def _of_folder(folder: str, outside: Sequence[str], left_out: int) -> Iterator[str]:
    """What is said of a package in a folder: what else counts for it, and how many commits do not."""
    if outside:
        yield f"files that {one_line(folder)} uses outside of it count as well: {few(list(map(one_line, outside)))}"
    if left_out:
        yield f"not counted for the version: {count_of(left_out, 'commit')} without changes in {one_line(folder)}"


def _written_here(ctx: Context, current: str) -> Effect | None:
    """This run's own version write that package.json still holds, unless it was shipped already."""
    if any(effect.kind == PUSH and effect.proven for effect in ctx.state.effects):
        return None
    ours = (e for e in reversed(ctx.state.effects) if e.kind == VERSION and e.intent.get("to") == current)
    return next(ours, None)


async def _before_our_write(root: Path, file: str, base: Base, current: str, written: Effect) -> tuple[Base, str]:
    """The base and version as they were when this run asked, so that a resumed run asks nothing twice.

    Once our write is committed it is the current version: what was added since may still raise it further.
    """
    start, sha = str(written.intent.get("from", "")), str(written.intent.get("base", ""))
    if await history.is_ancestor(root, sha):
        why = str(written.intent.get("why", "")) or base.why
        base = Base(sha, why, str(written.intent.get("base_version", "")) or start)
    committed = await history.version_at(root, "HEAD", file) == current
    return base, current if committed else start
