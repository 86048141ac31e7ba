"""deploy: the build of the shipped tree, and the project's server started, asked for its health, and stopped."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.clock import words
from loop_tui.model.evidence import Check
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.effects import PUSH
from loop_tui.packs.ship.evidence import built_before, few, newest, repository, shipment, tree_now
from loop_tui.packs.ship.packaging.tarball import pack_aside
from loop_tui.process import shell
from loop_tui.runners.context import Context, SkillFailed, SkillResult
from loop_tui.runners.targets import Shipment
from loop_tui.services import health
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

DELIVERABLE = "deploy-report.md"
HOST = "127.0.0.1"
BUILD_TIMEOUT_S = 1800
_EXCERPT_LINES = 40
_REUSED = "reused, built on this very tree ("
_SERVED = "server: "


@dataclass(frozen=True)
class DeploySettings:
    """How the server is started and asked. `start` is empty for the project's own start script."""

    start: tuple[str, ...] = ()
    health: str = "/health"
    timeout_s: float = 30


@dataclass(frozen=True)
class BuildTree:
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
    settings = read_settings(ctx)
    ground = await _ground(ctx)
    build = await _build(ctx, ground)
    if ground.shipped.pushed and ground.shipped.sha:
        await pack_aside(ctx, ground.root, ground.shipped)
    left_out = next((w for t in ctx.definition.targets if t.kind == "local" and (w := _left_out(ctx, t.id))), "")
    if left_out:
        ctx.do.say(f"Server: not started, {left_out}", LogLevel.WARN)
    checks = (build, *(() if left_out else await _serve(ctx, ground, settings)))
    summary = "; ".join(f"{check.name}: {check.summary}" for check in checks)
    document = ctx.do.deliver(DELIVERABLE, _report(ground, checks), summary)
    return SkillResult(summary, checks, (document,))


def _left_out(ctx: Context, target: str) -> str:
    """Why the target that a started server is for was left out of this run; empty when it was not."""
    why = skipped_targets(ctx.state).get(target)
    return f"{target} is skipped: {why.words}" if why is not None else ""


def read_settings(ctx: Context) -> DeploySettings:
    """The skill's settings. Raises SkillFailed naming the one that is of the wrong kind."""
    given = ctx.skill.settings
    start, path, timeout_s = given.get("start", []), given.get("health", "/health"), given.get("timeout_s", 30)
    where = ctx.definition.source
    if not isinstance(start, list) or not all(isinstance(word, str) for word in start):
        raise SkillFailed(
            "start is not a list of words",
            where,
            'write it like start = ["node", "server.js"]',
            code=Code.DEFINITION_INVALID,
        )
    if not isinstance(path, str) or not path.startswith("/"):
        raise SkillFailed(
            "health is not a path", where, 'write it like health = "/health"', code=Code.DEFINITION_INVALID
        )
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or timeout_s <= 0:
        raise SkillFailed(
            "timeout_s is not a number of seconds", where, "write it like timeout_s = 30", code=Code.DEFINITION_INVALID
        )
    return DeploySettings(tuple(str(word) for word in start), path, float(timeout_s))


async def _ground(ctx: Context) -> BuildTree:
    """The tree to deploy. Raises SkillFailed when the working tree is not what this run pushed."""
    root = await repository(ctx)
    shipped, tree, head = await asyncio.gather(shipment(ctx, root), tree_now(ctx, root), git.head_sha(root))
    if newest(ctx, PUSH) is not None and tree != shipped.tree:
        changed = await git.changed_files(root, shipped.tree, tree)
        raise SkillFailed(
            f"the working tree is not what was pushed ({shipped.sha[:7]}): {few(changed)} changed",
            str(root),
            "git stash, then go; or ship the change with the next run",
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
        ctx.do.say(f"Build: reused, this tree was built {earlier.at or 'before'}", LogLevel.OK)
        plain = earlier.summary.removeprefix(_REUSED).removesuffix(")")
        summary = f"{_REUSED}{plain})"
        return earlier.model_copy(update={"summary": summary, "commit": ground.commit})
    argv = npm.script_argv(ground.manager, "build")
    result = await ctx.do.command(argv, timeout_s=BUILD_TIMEOUT_S, colourful=True)
    excerpt = "\n".join(result.tail[-_EXCERPT_LINES:])
    if not result.ok:
        how = "ended at its time limit" if result.timed_out else f"exit {result.exit_code}"
        raise SkillFailed(
            f"the build failed ({how})\n{excerpt}".rstrip(),
            result.command,
            "fix it, then go",
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


async def _serve(ctx: Context, ground: BuildTree, settings: DeploySettings) -> tuple[Check, Check]:
    """The checks `server` and `version`."""
    argv = settings.start
    if not argv and ground.package is not None and ground.package.script("start") is not None:
        argv = tuple(npm.script_argv(ground.manager, "start"))
    if not argv:
        ctx.do.say("Server: skipped (no start script)")
        why = "skipped (no start script)"
        return _check(ctx, ground, "server", CheckStatus.SKIPPED, why), _skipped_version(ctx, ground, "no server")
    began = time.monotonic()
    found, command, tail = await _see_it_up(ctx, argv, settings)
    duration_ms = round((time.monotonic() - began) * 1000)
    answer = f"{settings.health} answered {found.status}" if found.kind == "health" else "the port is open"
    summary = f"{answer} after {words(duration_ms)}"
    ctx.do.say(f"Server: {summary}", LogLevel.OK)
    server = _check(ctx, ground, "server", CheckStatus.PASSED, summary).model_copy(
        update={"command": command, "duration_ms": duration_ms, "excerpt": tail}
    )
    return server, _version(ctx, ground, found, f"GET {settings.health}", tail)


async def _see_it_up(ctx: Context, argv: Sequence[str], settings: DeploySettings) -> tuple[health.Health, str, str]:
    """Start the server, wait for its answer, stop it: what it said, its command line, the tail of its output."""
    port = health.free_port()
    command = one_line(f"PORT={port} HOST={HOST} {command_line(argv)}")
    ctx.do.say(command, LogLevel.COMMAND)

    spoke = asyncio.Event()

    def on_lines(lines: shell.Lines) -> None:
        spoke.set()
        ctx.do.say("\n".join(lines), LogLevel.OUT)

    environment = {"PORT": str(port), "HOST": HOST}
    async with await shell.start(argv, cwd=ctx.project, env=environment, on_lines=on_lines) as service:
        try:
            found = await health.wait_healthy(
                port,
                settings.health,
                timeout_s=settings.timeout_s,
                is_alive=lambda: service.exit_code is None,
                spoke=spoke,
            )
        except Problem as problem:
            await service.stop()
            how = f" (exit {service.exit_code})" if "ended" in problem.what else ""
            tail = "\n".join(service.tail[-_EXCERPT_LINES:])
            raise SkillFailed(
                f"the server did not come up: {problem.what}{how}\n{tail}".rstrip(),
                command,
                "see that it starts with that command, listens on $PORT and answers "
                f"{settings.health}; start, health and timeout_s can be set for deploy",
                kind="check",
                code=Code.CHECK_FAILED,
            ) from problem
    return found, command, "\n".join(service.tail[-_EXCERPT_LINES:])


def _version(ctx: Context, ground: BuildTree, found: health.Health, asked: str, tail: str) -> Check:
    """The check `version`. Raises SkillFailed when the server reports another version than package.json."""
    wanted = ground.package.version if ground.package else ""
    if not found.version:
        return _skipped_version(ctx, ground, "the server reports no version")
    if not wanted:
        return _skipped_version(ctx, ground, "package.json has no version")
    if found.version.removeprefix("v") != wanted:
        raise SkillFailed(
            f"the server reports version {found.version}, package.json says {wanted}\n{tail}".rstrip(),
            asked,
            "make the server report the version of package.json (a stale build does this), then go",
            kind="check",
            code=Code.CHECK_FAILED,
        )
    ctx.do.say(f"Version: {found.version}, as in package.json", LogLevel.OK)
    check = _check(ctx, ground, "version", CheckStatus.PASSED, f"{found.version}, as in package.json")
    return check.model_copy(update={"command": asked, "excerpt": f"{_SERVED}{found.version}"})


def _skipped_version(ctx: Context, ground: BuildTree, why: str) -> Check:
    return _check(ctx, ground, "version", CheckStatus.SKIPPED, f"skipped ({why})")


def served_version(check: Check) -> str:
    """The version that a `version` check says the server reported; empty when it reported none."""
    return check.excerpt.removeprefix(_SERVED) if check.passed and check.excerpt.startswith(_SERVED) else ""


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
    header = ("Check", "Status", "Found", "Command", "Took", "Commit", "At")
    blocks: list[str] = [md.table(("What", "Value"), facts), md.heading("Checks"), md.table(header, rows)]
    for check in checks:
        if check.excerpt:
            blocks += [md.heading(f"Output of {check.name}", 3), md.fence(check.excerpt)]
    return md.document("Deploy report", *blocks)
