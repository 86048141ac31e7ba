"""Target `npm-registry`: the verified tarball at its registry, published once, proven by its integrity (SHIP).

Settings: `publish` ("here": it is published from here), `registry`, `tag` (the dist-tag) and `access` where the
project's own settings are not what is meant, and those of time (`cap_s`: 15 min).
"""

from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.evidence import repository
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.publish.plan import PublishPlan, plan_of
from loop_tui.packs.ship.publish.publishing import Publishing
from loop_tui.packs.ship.targets import polling
from loop_tui.packs.ship.targets.durations import earlier_ms
from loop_tui.packs.ship.targets.polling import Observation, PollProblem, watch
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.registry.answers import RegistryProblem
from loop_tui.services.toolchains import npm

CAP_S = 900.0
HERE, WORKFLOW = "here", "workflow"


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when the registry shows the version with the integrity of the verified tarball.

    It is published first, where it is not there yet. A version with other contents is `failed`, and so is whatever the
    registry refuses; a registry that is down is asked until the time is up.
    """

    def verdict(level: TargetLevel, summary: str, **facts: JsonValue) -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence=facts, at=ctx.do.now())

    if why := unpackable(npm.read_package(ctx.project)):
        return verdict(TargetLevel.NOT_CONFIGURED, why)
    if not shipment.pushed:
        return verdict(TargetLevel.SKIPPED, "nothing was pushed in this run")
    plan = await plan_of(ctx, target, shipment, await repository(ctx))
    began = polling.now_s()

    async def look() -> Observation:
        try:
            proof = await Publishing(ctx, target, plan).publish()
        except RegistryProblem as problem:
            if problem.external:
                raise PollProblem(problem.what, problem.where, problem.todo, code=problem.code) from problem
            raise
        took_ms = round((polling.now_s() - began) * 1000)
        return _confirmed(plan, proof, {"took_ms": took_ms, "time": ctx.do.now()})

    usually_ms = await earlier_ms(ctx, target)
    return await watch(ctx, target, shipment, look, cap_s=CAP_S, usually_ms=usually_ms, live=True)


def _confirmed(plan: PublishPlan, proof: Proof, more: Proof) -> Observation:
    facts: Proof = {
        "command": plan.command,
        "place": f"registry {plan.place.registry}",
        "version": plan.version,
        "registry": plan.place.registry,
        "integrity": str(proof.get("integrity")),
        "dist_tag": plan.request.tag,
        "tarball": str(proof.get("tarball") or ""),
        **more,
    }
    summary = f"{plan.spec} at {plan.place.registry}, {plan.integrity[:19]}, dist-tag {plan.request.tag}"
    return Observation(TargetLevel.CONFIRMED, summary, "", facts)
