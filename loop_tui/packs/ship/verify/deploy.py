"""deploy: the build of the shipped tree, and the project's server started, asked for its health, and stopped."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.effects import PUSH
from loop_tui.packs.ship.evidence import built_before, few, newest, repository, shipment, tree_now
from loop_tui.packs.ship.packaging.tarball import pack_aside
from loop_tui.runners.context import Context, SkillFailed, SkillResult
from loop_tui.runners.targets import Shipment
from loop_tui.services import health
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

from .earlier import as_earlier, plain, together
from .release_checks import REUSED, SERVED, served_version
from .server import NoServer, see_it_up
from .server_settings import settings_of

__all__ = ["DELIVERABLE", "run", "served_version"]

DELIVERABLE = "deploy-report.md"
BUILD_TIMEOUT_S = 1800
_EXCERPT_LINES = 40


class BuildTree(Struct, frozen=True):
    """What deploy works on: the package, the tree and commit that its checks speak for, and what this run ships."""

    root: Path
    shipped: Shipment
    package: npm.Package | None
    manager: npm.PackageManager
    tree: str
    commit: str


async def run(ctx: Context) -> SkillResult:
    """Build unless this very tree was built already, then see the server come up with the right version.

    Raises SkillFailed (kind check) with the tail of the output when the build fails, the server does not come up, or
    it reports another version; the server is stopped in every case.
    """
    ground = await _ground(ctx)
    build = await _build(ctx, ground)
    if ground.shipped.pushed and ground.shipped.sha:
        await pack_aside(ctx, ground.root, ground.shipped)
    left_out = next((w for t in ctx.definition.targets if t.kind == "local" and (w := _left_out(ctx, t.id))), "")
    if left_out:
        ctx.do.say(f"Server: not started, {left_out}", LogLevel.WARN)
    checks = (build, *(() if left_out else await _serve(ctx, ground)))
    summary = together({check.name: check.summary for check in checks})
    document = ctx.do.deliver(DELIVERABLE, _report(ground, checks), summary)
    return SkillResult(summary, checks, (document,))


def _left_out(ctx: Context, target: str) -> str:
    """Why the target that a started server is for was left out of this run; empty when it was not."""
    why = skipped_targets(ctx.state).get(target)
    return f"{target} is skipped: {why.words}" if why is not None else ""


async def _ground(ctx: Context) -> BuildTree:
    """The tree to deploy. Raises SkillFailed when the working tree is not what this run pushed."""
    root = await repository(ctx)
    shipped, tree, head = await asyncio.gather(shipment(ctx, root), tree_now(ctx, root), git.head_sha(root))
    if newest(ctx, PUSH) is not None and tree != shipped.tree:
        changed = await git.changed_files(root, shipped.tree, tree)
        raise SkillFailed(
            f"the working tree is not what was pushed ({shipped.sha[:7]}): {few(changed)} changed",
            str(root),
            f"git stash, {THEN_GO}; or ship the change with the next run",
            kind="check",
            code=Code.TREE_CHANGED,
        )
    package = npm.read_package(ctx.project)
    manager = npm.detect_manager(package, root) if package else npm.PackageManager.NPM
    return BuildTree(root, shipped, package, manager, tree, head or "")


# --- build ----------------------------------------------------------------------------------------------------------


async def _build(ctx: Context, ground: BuildTree) -> Check:
    if ground.package is None or ground.package.script("build") is None:
        ctx.do.say("Build: skipped (no build script)")
        return _check(ctx, ground, "build", CheckStatus.SKIPPED, "skipped (no build script)")
    earlier = built_before(ctx, ground.tree)
    if earlier is not None:
        ctx.do.say(f"Build: reused, this tree was built {earlier.at or 'earlier'}", LogLevel.OK)
        return earlier.model_copy(update={"summary": as_earlier(earlier.summary), "commit": ground.commit})
    argv = npm.script_argv(ground.manager, "build")
    result = await ctx.do.command(argv, timeout_s=BUILD_TIMEOUT_S, colourful=True)
    excerpt = "\n".join(result.tail[-_EXCERPT_LINES:])
    if not result.ok:
        how = "ended at its time limit" if result.timed_out else f"exit {result.exit_code}"
        raise SkillFailed(
            f"the build failed ({how})\n{excerpt}".rstrip(),
            result.command,
            f"fix it, {THEN_GO}",
            "check",
            code=Code.CHECK_FAILED,
        )
    ctx.do.say(f"Build: clean, {words(result.duration_ms)}", LogLevel.OK)
    return _check(ctx, ground, "build", CheckStatus.PASSED, "exit 0").model_copy(
        update={
            "command": result.command,
            "exit_code": result.exit_code,
            "duration_ms": result.duration_ms,
            "excerpt": excerpt,
        }
    )


# --- server ---------------------------------------------------------------------------------------------------------


async def _serve(ctx: Context, ground: BuildTree) -> tuple[Check, Check]:
    """The checks `server` and `version`: those that were made on this very tree before the push, else made now."""
    if earlier := _seen_before(ctx, ground):
        ctx.do.say(f"Server: {earlier[0].summary}", LogLevel.OK)
        return earlier
    settings = settings_of(ctx, ctx.skill.settings)
    argv = settings.argv(ground.package, ground.manager)
    if not argv:
        ctx.do.say("Server: skipped (no start script)")
        why = "skipped (no start script)"
        return _check(ctx, ground, "server", CheckStatus.SKIPPED, why), _skipped_version(ctx, ground, "no server")
    up = await see_it_up(ctx, argv, settings)
    if isinstance(up, NoServer):
        why = "skipped (the start script ended with exit code 0: it is not a server)"
        ctx.do.say(f"Server: {why}")
        return _check(ctx, ground, "server", CheckStatus.SKIPPED, why), _skipped_version(ctx, ground, "no server")
    ctx.do.say(f"Server: {up.summary}", LogLevel.OK)
    server = _check(ctx, ground, "server", CheckStatus.PASSED, up.summary).model_copy(
        update={"command": up.command, "duration_ms": up.duration_ms, "excerpt": up.tail}
    )
    return server, _version(ctx, ground, up.found, f"GET {settings.health}", up.tail)


def _seen_before(ctx: Context, ground: BuildTree) -> tuple[Check, Check] | None:
    """The checks of code-verification on this very tree, when none of them is red."""
    made = [entry.checks for entry in ctx.state.skill_log if any(c.name == "server" for c in entry.checks)]
    newest = {check.name: check for check in made[-1]} if made else {}
    pair = newest.get("server"), newest.get("version")
    server, version = pair
    if server is None or version is None or not ground.tree:
        return None
    if any(c.tree != ground.tree or not c.ran_here or c.status is CheckStatus.FAILED for c in (server, version)):
        return None
    found = []
    for check in (server, version):
        summary = check.summary.removesuffix(REUSED)
        kept = plain(summary) if check.status is CheckStatus.SKIPPED else as_earlier(summary)
        found.append(check.model_copy(update={"summary": kept, "commit": ground.commit}))
    return found[0], found[1]


def _version(ctx: Context, ground: BuildTree, found: health.Health, asked: str, tail: str) -> Check:
    """The check `version`. Raises SkillFailed when the server reports another version than package.json."""
    wanted = ground.package.version if ground.package else ""
    if not found.version:
        return _skipped_version(ctx, ground, "the server reports no version")
    if not wanted:
        return _skipped_version(ctx, ground, "package.json has no version")
    if found.version.removeprefix("v") != wanted:
        raise SkillFailed(
            f"the server reports version {found.version}, but package.json has {wanted}\n{tail}".rstrip(),
            asked,
            f"make the server report the version of package.json (a stale build can cause this), {THEN_GO}",
            kind="check",
            code=Code.CHECK_FAILED,
        )
    ctx.do.say(f"Version: {found.version}, as in package.json", LogLevel.OK)
    check = _check(ctx, ground, "version", CheckStatus.PASSED, f"{found.version}, as in package.json")
    return check.model_copy(update={"command": asked, "excerpt": f"{SERVED}{found.version}"})


def _skipped_version(ctx: Context, ground: BuildTree, why: str) -> Check:
    return _check(ctx, ground, "version", CheckStatus.SKIPPED, f"skipped ({why})")


def _check(ctx: Context, ground: BuildTree, name: str, status: CheckStatus, summary: str) -> Check:
    return Check(name=name, status=status, summary=summary, commit=ground.commit, tree=ground.tree, at=ctx.do.now())


# --- the report -----------------------------------------------------------------------------------------------------


def _report(ground: BuildTree, checks: Sequence[Check]) -> str:
    package = ground.package
    facts = [
        ("Package", f"{package.name or '-'} {package.version}" if package else "no package.json"),
        ("Commit", md.code(ground.commit)),
        ("Tree", md.code(ground.tree)),
    ]
    rows = [
        (c.name, c.status.value, c.summary, md.code(c.command), words(c.duration_ms), md.code(c.commit[:12]), c.at)
        for c in checks
    ]
    header = ("Check", "Status", "Result", "Command", "Duration", "Commit", "Time")
    blocks: list[str] = [md.table(("What", "Value"), facts), md.heading("Checks"), md.table(header, rows)]
    for check in checks:
        if check.excerpt:
            blocks += [md.heading(f"Output of {check.name}", 3), md.fence(check.excerpt)]
    return md.document("Deploy report", *blocks)
