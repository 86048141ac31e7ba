"""What a push could not take back, looked at before it: the package packs, the server starts, one version everywhere.

They are checks of code-verification beside build, test and lint. Where no gate decides on one of them, a red one fails
the skill: what is known to be wrong is not pushed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus, GateType, SkillStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import skipped_targets, taken_out
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.packaging import verified
from loop_tui.packs.ship.packaging.clean_copy import OnCopied
from loop_tui.packs.ship.planned import how_to_go_on, not_as_planned
from loop_tui.packs.ship.publish.plan import OtherContents
from loop_tui.packs.ship.publish.taken import RegistryLooks
from loop_tui.packs.ship.verify.going_public import PublicFiles, is_public, public_files
from loop_tui.packs.ship.versions.places import sites_of
from loop_tui.packs.ship.versions.settings import HARMLESS
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services import health
from loop_tui.services.toolchains import npm, packing

from .report import CheckReport
from .server import NoServer, see_it_up
from .server_settings import KIND, settings_of

PACKAGE, SERVER, VERSION = "package", "server", "version"
NAMES = (PACKAGE, SERVER, VERSION)
PUBLIC = "public files"
"""Heading of what others get."""
REUSED = " (reused: same tree)"
SERVED = "server: "
"""How the excerpt of a `version` check begins where the server reported one."""
_SHIPS, _STARTS = "git-workflow", "deploy"


class Ground(Struct, frozen=True):
    """What is looked at: the tree that the other checks run on. `root` is None outside of git."""

    root: Path | None
    tree: str
    commit: str


class _Served(Struct, frozen=True):
    """The check of the server, and what it said of its version."""

    report: CheckReport
    found: health.Health | None = None


class ReleaseChecks:
    """The checks of one run of the skill; `earlier` are those that passed before on this very tree."""

    def __init__(self, ctx: Context, ground: Ground, earlier: Mapping[str, Check]) -> None:
        self._ctx, self._ground, self._earlier = ctx, ground, earlier
        self._package = npm.read_package(ctx.project)

    @property
    def wanted(self) -> bool:
        """True in a loop that ships."""
        return self._has(_SHIPS) and bool(self._ground.tree)

    def not_run(self, why: str) -> list[CheckReport]:
        """The checks, none of them run."""
        return [CheckReport(self._check(name, CheckStatus.SKIPPED, why), ()) for name in NAMES]

    def _has(self, skill: str) -> bool:
        return any(s.id == skill for phase in self._ctx.definition.phases for s in phase.skills)

    def _is_skipped(self, skill: str) -> bool:
        """True when a person took this skill out of the run."""
        known = (s for phase in self._ctx.state.phases for s in phase.skills if s.id == skill)
        return any(state.status is SkillStatus.SKIPPED for state in known)

    async def pack(self, *, copied: asyncio.Event, free: asyncio.Event) -> CheckReport:
        """The check `package`. Raises nothing for what it finds.

        `copied` is set when what is packed was copied, then the package manager waits for `free`.
        """

        async def on_copied() -> None:
            copied.set()
            await free.wait()

        looks = RegistryLooks(self._ctx, self._package)
        try:
            return await self._pack(on_copied, looks)
        finally:
            copied.set()
            await looks.close()

    async def _pack(self, on_copied: OnCopied, looks: RegistryLooks) -> CheckReport:
        ctx, ground, package = self._ctx, self._ground, self._package
        why = verified.why_not(ctx, package)
        if why or package is None or ground.root is None:
            return self._skipped(PACKAGE, why)
        try:
            made = await verified.pack(ctx, ground.root, package, ground.tree, on_copied)
        except Problem as problem:
            return self._failed(PACKAGE, problem)
        kept = REUSED if made.reused else ""
        try:
            files = await asyncio.to_thread(
                public_files, made.path, ctx.archive, ctx.definition, ctx.state, package.name
            )
        except Problem as problem:
            return self._failed(PACKAGE, problem)
        summary, listed = f"{made.name} packs{kept}: {files.words}", "\n".join(files.lines())
        public = PUBLIC if is_public(self._served_targets()) else ""
        if files.suspects and public:
            return self._failed(PACKAGE, _secret(files), shows=public, listed=listed)
        if public and (places := await asyncio.to_thread(packing.places_in, made.path)):
            return self._failed(PACKAGE, _local(places), shows=public, listed=listed)
        if files.suspects:
            ctx.do.say(f"{PACKAGE}: looks like a secret: {_names(files)}", LogLevel.WARN)
        if taken := await looks.taken(made.path):
            listed = f"{taken}\n{taken.lines}" if isinstance(taken, OtherContents) else ""
            return self._failed(PACKAGE, taken, listed=listed)
        ctx.do.say(f"{PACKAGE}: {summary}", LogLevel.OK)
        return self._passed(PACKAGE, summary, command=self._command("pack"), excerpt=listed, shows=public)

    def _served_targets(self) -> list[TargetDefinition]:
        left_out = skipped_targets(self._ctx.state)
        return [target for target in self._ctx.definition.targets if target.id not in left_out]

    def _command(self, word: str) -> str:
        """What a person would type for the project's manager to do that."""
        package = self._package
        return f"{npm.detect_manager(package, self._ground.root).value} {word}" if package else ""

    async def serve_and_compare(self) -> list[CheckReport]:
        """The checks `server` and `version`. Raises nothing for what it finds."""
        served = await self._serve()
        return [served.report, await self._compare(served)]

    async def _serve(self) -> _Served:
        ctx, package = self._ctx, self._package
        if not self._has(_STARTS):
            return _Served(self._skipped(SERVER, "this loop starts no server"))
        if self._is_skipped(_STARTS):
            return _Served(self._skipped(SERVER, f"{_STARTS} is skipped"))
        if why := taken_out(ctx.state, ctx.definition, KIND):
            return _Served(self._skipped(SERVER, why))
        try:
            settings = settings_of(ctx)
            manager = npm.detect_manager(package, self._ground.root) if package else npm.PackageManager.NPM
            argv = settings.argv(package, manager)
            if not argv:
                return _Served(self._skipped(SERVER, "no start script"))
            if known := self._known(SERVER):
                return _Served(known)
            up = await see_it_up(ctx, argv, settings)
        except Problem as problem:
            return _Served(self._failed(SERVER, problem))
        if isinstance(up, NoServer):
            left = f", and left {few(up.ended)} running, which was stopped" if up.ended else ""
            why = f"the start script ended with exit code 0: it is not a server{left}"
            return _Served(self._skipped(SERVER, why, up.command))
        ctx.do.say(f"{SERVER}: {up.summary}", LogLevel.OK)
        report = self._passed(SERVER, up.summary, command=up.command, excerpt=up.tail, duration_ms=up.duration_ms)
        return _Served(report, up.found)

    def _known(self, name: str) -> CheckReport | None:
        """The check that passed before on this very tree, or None."""
        known = self._earlier.get(name)
        if known is None:
            return None
        summary = known.summary.removesuffix(REUSED) + REUSED
        self._ctx.do.say(f"{name}: {summary}", LogLevel.OK)
        return CheckReport(known.model_copy(update={"summary": summary}), tuple(known.excerpt.splitlines()))

    async def _compare(self, served: _Served) -> CheckReport:
        ctx, package, found = self._ctx, self._package, served.found
        if why := not_as_planned(ctx, package.version, "package.json") if package else "":
            return self._failed(VERSION, Problem(why, todo=how_to_go_on(ctx), code=Code.CHECK_FAILED))
        known = self._known(VERSION)
        if known is not None and (found is None or served_version(known.check) == found.version):
            return known
        if package is None or not package.version:
            return self._skipped(VERSION, "package.json has none" if package else "no package.json")
        try:
            sites = sites_of(ctx, package, self._ground.root)
            places = [(place.words, place.version) for place in await asyncio.to_thread(sites.versions)]
        except Problem as problem:
            return self._failed(VERSION, problem)
        told = found.version if found else ""
        if told:
            places.append(("the server", told.removeprefix("v")))
        wrong = [f"{name} says {one_line(version)}" for name, version in places if version != package.version]
        excerpt = f"{SERVED}{told}" if told else ""
        if wrong:
            todo = "update it there, or run `npm install --package-lock-only` for a lock; or rebuild what is stale"
            what = f"package.json has {package.version}, but {'; '.join(wrong)}"
            return self._failed(VERSION, Problem(what, todo=todo, code=Code.CHECK_FAILED))
        names = few(["package.json", *dict.fromkeys(name for name, _ in places)])
        return self._passed(VERSION, f"{package.version} in {names}", excerpt=excerpt)

    def _check(self, name: str, status: CheckStatus, summary: str, **more: object) -> Check:
        ground = self._ground
        check = Check(
            name=name, status=status, summary=summary, commit=ground.commit, tree=ground.tree, at=self._ctx.do.now()
        )
        return check.model_copy(update=more)

    def _passed(self, name: str, summary: str, **more: object) -> CheckReport:
        check = self._check(name, CheckStatus.PASSED, one_line(summary, 300), **more)
        return CheckReport(check, tuple(check.excerpt.splitlines()))

    def _skipped(self, name: str, why: str, command: str = "") -> CheckReport:
        self._ctx.do.say(f"{name}: skipped ({why})")
        return CheckReport(self._check(name, CheckStatus.SKIPPED, f"skipped ({why})", command=command), ())

    def _failed(self, name: str, problem: Problem, *, shows: str = "", listed: str = "") -> CheckReport:
        text = f"{problem.what}\n{f'Fix: {problem.todo}' if problem.todo else ''}".rstrip()
        self._ctx.do.say(f"{name}: {text}", LogLevel.ERROR)
        lines = tuple(text.splitlines())
        summary = one_line(" ".join(lines[:_SUMMARY_LINES]), 400)
        command = problem.where if name == SERVER else ""
        excerpt = listed or text
        check = self._check(name, CheckStatus.FAILED, summary, excerpt=excerpt, command=command, shows=shows)
        return CheckReport(check, lines)


_SUMMARY_LINES = 4


def _names(files: PublicFiles) -> str:
    return few([f"{one_line(each.path)} ({each.why})" for each in files.suspects])


def _secret(files: PublicFiles) -> Problem:
    """Why this package must not become public."""
    what = f"would become public and looks like a secret: {_names(files)}"
    todo = f"exclude it with `files` in package.json, or, if it is not a secret, list it: {HARMLESS} in [release]"
    return Problem(what, ".loops/targets.toml", todo, code=Code.CHECK_FAILED)


def _local(places: Sequence[str]) -> Problem:
    """Why nobody else could install this package."""
    what = f"it can only be installed on this machine, because it depends on local files: {few(list(places))}"
    todo = "use a version from a registry, or bundle it (bundleDependencies)"
    return Problem(what, "package.json", todo, code=Code.CHECK_FAILED)


def served_version(check: Check) -> str:
    """The version that a `version` check says the server reported; empty when it reported none."""
    first = check.excerpt.partition("\n")[0]
    return first.removeprefix(SERVED) if check.passed and first.startswith(SERVED) else ""


def not_counting(reports: Sequence[CheckReport], ran_any: bool) -> list[CheckReport]:
    """The checks, without the passes where nothing else of the project was checked: they say nothing of its code."""
    if ran_any:
        return list(reports)
    update = {"status": CheckStatus.SKIPPED}
    return [CheckReport(r.check.model_copy(update=update), r.tail) if r.check.passed else r for r in reports]


def refuse_undecided(ctx: Context, reports: Sequence[CheckReport]) -> None:
    """Raise SkillFailed for red checks that no gate after this phase decides on."""
    gates = [gate for gate in ctx.definition.gates_after(ctx.phase) if gate.type is GateType.AUTO]
    decided = {name for gate in gates for name in gate.checks}
    red = [r.check for r in reports if r.check.status is CheckStatus.FAILED]
    open_ones = [] if "*" in decided else [check for check in red if check.name not in decided]
    if open_ones:
        first = open_ones[0]
        said = first.summary if first.shows else first.excerpt or first.summary
        raise SkillFailed(
            f"{first.name}: {said}",
            str(ctx.project),
            f"fix it, {THEN_GO}: nothing was pushed",
            kind="check",
            code=Code.CHECK_FAILED,
        )
