"""Target `npm-registry`: the verified tarball at its registry, published once, proven by its integrity (SHIP).

Settings: `publish` ("here": it is published from here; "workflow": a workflow does it, and what it published is
compared), `workflow` (the file of that one, where our push starts it), `registry`, `tag` (the dist-tag) and `access`
where the project's own settings are not what is meant, and those of time (`cap_s`: 15 min; 30 for a workflow).
"""

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace
from pydantic import JsonValue
from semver import Version

from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few, repository
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.publish.plan import OtherContents, PublishPlan, integrity_of, plan_of, short
from loop_tui.packs.ship.publish.publishing import Publishing, is_begun
from loop_tui.packs.ship.resync import is_resync
from loop_tui.packs.ship.targets import polling
from loop_tui.packs.ship.targets.durations import earlier_ms
from loop_tui.packs.ship.targets.polling import Observation, PollProblem, watch
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.registry import corrections, npm_registry
from loop_tui.services.registry.answers import RegistryProblem
from loop_tui.services.registry.contents import differing
from loop_tui.services.toolchains import npm

from . import github_actions

CAP_S = 900.0
HERE, WORKFLOW = "here", "workflow"


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when the registry shows the version with the integrity of the verified tarball.

    It is published first, where it is not there yet. A version with other contents is `failed`, and so is whatever the
    registry refuses; a registry that is down is asked until the time is up. A package that became private after its
    publish had begun is looked for all the same: it may be out.
    """

    def verdict(level: TargetLevel, summary: str, **facts: JsonValue) -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence=facts, at=ctx.do.now())

    why = unpackable(npm.read_package(ctx.project))
    if why and not is_begun(ctx, target, shipment.sha):
        return verdict(TargetLevel.NOT_CONFIGURED, why)
    if not shipment.pushed:
        return verdict(TargetLevel.SKIPPED, "nothing was pushed in this run")
    plan = await plan_of(ctx, target, shipment, await repository(ctx))
    if target.settings.get("publish") == WORKFLOW:
        return await _of_workflow(ctx, target, shipment, plan)
    began = polling.now_s()

    async def look() -> Observation:
        publishing = Publishing(ctx, target, plan, barred=why)
        try:
            proof = await publishing.publish()
        except RegistryProblem as problem:
            if problem.external:
                raise PollProblem(problem.what, problem.where, problem.todo, code=problem.code) from problem
            raise
        except OtherContents as other:
            return Observation(TargetLevel.FAILED, str(other), facts=other.evidence)
        took_ms = round((polling.now_s() - began) * 1000)
        tags = await _tags(ctx, plan) if publishing.tags is None else publishing.tags
        if tags and tags.get(plan.request.tag) != plan.version:
            _warn_of_tag(ctx, plan, tags)
        return _confirmed(plan, tags, proof, {"took_ms": took_ms, "time": ctx.do.now()})

    usually_ms = await earlier_ms(ctx, target)
    return await watch(ctx, target, shipment, look, cap_s=CAP_S, usually_ms=usually_ms, live=True)


async def _of_workflow(ctx: Context, target: TargetDefinition, shipment: Shipment, plan: PublishPlan) -> TargetVerdict:
    """What a workflow published, after its run for our commit; nothing is ever published here."""
    if target.settings.get("workflow") and not (is_resync(ctx) and await _may_be_out(ctx, plan)):
        ran = await github_actions.confirm(ctx, target, shipment)
        if ran.level is not TargetLevel.CONFIRMED:
            return ran

    async def look() -> Observation:
        try:
            return await _published_elsewhere(ctx, plan)
        except RegistryProblem as problem:
            if problem.external:
                raise PollProblem(problem.what, problem.where, problem.todo, code=problem.code) from problem
            raise

    usually_ms = await earlier_ms(ctx, target)
    cap_s = github_actions.CAP_S
    return await watch(ctx, target, shipment, look, cap_s=cap_s, usually_ms=usually_ms, live=True)


async def _may_be_out(ctx: Context, plan: PublishPlan) -> bool:
    """True unless the registry says that the version is not there.

    A resync asks for a workflow again; one that publishes could only fail, where its version is out.
    """
    try:
        return await npm_registry.view(ctx.project, plan.place, plan.name, plan.version) is not None
    except RegistryProblem as problem:
        if not problem.external:
            raise
        return True


async def _published_elsewhere(ctx: Context, plan: PublishPlan) -> Observation:
    found = await npm_registry.view(ctx.project, plan.place, plan.name, plan.version)
    if found is None:
        return Observation(TargetLevel.EXPECTED, "", f"{plan.spec} at {plan.place.registry}")
    proof: Proof = {"integrity": found.integrity, "tarball": found.tarball}
    if found.integrity == plan.integrity:
        return _confirmed(plan, found.tags, proof, {})
    with temporary_folder("published") as folder:
        theirs = await npm_registry.fetch(ctx.project, plan.place, plan.name, plan.version, folder)
        fetched, other = await asyncio.gather(
            asyncio.to_thread(integrity_of, theirs), asyncio.to_thread(differing, plan.request.tarball, theirs)
        )
    both = f"{plan.spec} has integrity {short(found.integrity)}, the verified tarball {short(plan.integrity)}"
    compared: Proof = {"integrity": found.integrity, "verified": plan.integrity, "downloaded": fetched}
    if found.integrity and fetched != found.integrity:
        return Observation(TargetLevel.FAILED, f"{both}, and the download {short(fetched)}", facts=compared)
    if other:
        words = f"{both}; these files differ: {few([one_line(n) for n in other])}"
        return Observation(TargetLevel.FAILED, words, facts=compared)
    seen = _confirmed(plan, found.tags, proof, {"verified": "the same files with the same contents"})
    words = f"{plan.spec} at {plan.place.registry}: packed again, with the same files and contents"
    return replace(seen, summary=words)


async def _tags(ctx: Context, plan: PublishPlan) -> Mapping[str, str]:
    """The version that each dist-tag names at the registry; empty where it does not tell: the version is out anyway."""
    try:
        return await corrections.dist_tags_of(ctx.project, plan.place, plan.name)
    except Problem as problem:
        ctx.do.say(f"Could not check which dist-tags name {plan.spec}: {problem.what}", LogLevel.WARN)
        return {}


def _warn_of_tag(ctx: Context, plan: PublishPlan, tags: Mapping[str, str]) -> None:
    tag = plan.request.tag
    there = tags.get(tag, "")
    words = f"The dist-tag {tag} points to {there or 'nothing'}, not {plan.spec}"
    if Version.is_valid(there) and Version.parse(there) > Version.parse(plan.version):
        # To move it would take the higher version from whoever installs it: only a look is proposed.
        see = command_line(["npm", "dist-tag", "ls", plan.name, *plan.place.arguments])
        words, command = f"{words}, because a higher version was published: it stays", see
    else:
        where = [] if plan.place.is_usual else ["--registry", plan.place.registry]
        command = command_line(["loop-tui", "release", "dist-tag", plan.spec, tag, *where])
    ctx.do.say(f"{words}: {command}", LogLevel.WARN)


def _confirmed(plan: PublishPlan, tags: Mapping[str, str], proof: Proof, more: Proof) -> Observation:
    naming = few(sorted(tag for tag, version in tags.items() if version == plan.version))
    named = naming or ("none" if tags else "unknown")
    facts: Proof = {
        "command": plan.command,
        "integrity": str(proof.get("integrity")),
        "place": f"registry {plan.place.registry}",
        "version": plan.packed,
        "registry": plan.place.registry,
        "dist_tag": named,
        "tarball": str(proof.get("tarball") or ""),
        **more,
    }
    summary = f"{plan.spec} at {plan.place.registry}, {facts['integrity']!s:.19}, dist-tag {named}"
    return Observation(TargetLevel.CONFIRMED, summary, "", facts)
