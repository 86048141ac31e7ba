"""What a run would publish and where: the one effect of a run that nothing can undo (SHIP "Publishing").

Nothing is asked of a registry: the address is read from the target, package.json and npm's settings.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from semver import Version

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.preflight.findings import DISTRIBUTES, will_do
from loop_tui.packs.ship.preflight.preflight import PreflightResult
from loop_tui.packs.ship.preflight.registry_checks import KIND
from loop_tui.packs.ship.publish.announced import publish_words
from loop_tui.packs.ship.publish.plan import access_of, set_tag, usual_tag
from loop_tui.runners.context import Context
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.npm_registry import PublishRequest
from loop_tui.services.registry.place import RegistryPlace, place_of, scope_of_name
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.packing import tarball_name

from .model import Bump, PlannedPublish

_HERE, _WORKFLOW = "here", "workflow"
_LATER = "VERSION"


async def planned_publishes(ctx: Context, ground: PreflightResult, bump: Bump | None) -> tuple[PlannedPublish, ...]:
    """What each registry would get from this run; nothing where the project says of no target that it publishes."""
    package, out = ground.package, skipped_targets(ctx.state)
    if package is None or unpackable(package) or not will_do(ctx, DISTRIBUTES):
        return ()
    targets = [t for t in ctx.definition.targets if t.kind == KIND and t.id not in out]
    publishing = [t for t in targets if t.settings.get("publish") in (_HERE, _WORKFLOW)]
    return tuple(await asyncio.gather(*(_planned(ctx, target, package, ground, bump) for target in publishing)))


async def _planned(
    ctx: Context, target: TargetDefinition, package: npm.Package, ground: PreflightResult, bump: Bump | None
) -> PlannedPublish:
    given = target.settings.get("registry")
    why = ""
    try:
        place = await place_of(ctx.project, package.document, given if isinstance(given, str) else "")
    except Problem as problem:
        place, why = RegistryPlace("", scope_of_name(package.name)), one_line(problem.what)
    version = package.version if bump is None else "" if bump.question else bump.after
    branch = ground.target.branch if ground.target and ground.branch else ground.branch
    tag, access = set_tag(target, place) or _tag(version, branch), access_of(target, place)
    here = target.settings.get("publish") == _HERE
    request = PublishRequest(
        tarball=Path(tarball_name(package.name, version or _LATER)),
        place=place,
        tag=tag or "TAG",
        access=access,
        manager=ground.manager,
        own_registry=npm_registry.described(package.document),
    )
    return PlannedPublish(
        target=target.id,
        by=_HERE if here else _WORKFLOW,
        package=one_line(package.name),
        version=one_line(version),
        registry=one_line(place.registry),
        unresolved=why,
        dist_tag=one_line(tag),
        access=one_line(access),
        command=one_line(command_line(npm_registry.command_of(request)[0])) if here else "",
    )


def _tag(version: str, branch: str) -> str:
    return usual_tag(version, branch) if Version.is_valid(version) else ""


def publish_lines(planned: Sequence[PlannedPublish]) -> Iterator[str]:
    """What is published in words, a line for each registry, and the command where it is run here."""
    for each in planned:
        what = f"{each.package}@{each.version or 'the version that you choose'}"
        where = each.registry or f"the registry that npm resolves ({each.unresolved})"
        here = each.by == _HERE
        words = publish_words(what, where, each.dist_tag, each.access, here=here)
        yield f"{words}: {'this cannot be undone' if here else 'its integrity is compared'}"
        if here:
            yield each.command


def unasked(planned: Sequence[PlannedPublish]) -> tuple[str, ...]:
    """What a look does not ask of the registries."""
    here = [each for each in planned if each.by == _HERE]
    if not here:
        return ()
    return (f"who is signed in at {_names(here)}, and whether the version is free there",)


def _names(planned: Sequence[PlannedPublish]) -> str:
    return " and ".join(dict.fromkeys(each.registry or "the registry" for each in planned))
