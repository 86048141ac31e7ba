"""What a run that pushes publishes, in words for whoever agrees to the push: nothing undoes it (SHIP "Publishing")."""

import asyncio

from semver import Version

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import DISTRIBUTES, will_do
from loop_tui.packs.ship.packaging import verified
from loop_tui.runners.context import Context
from loop_tui.services.registry.place import RegistryPlace, place_of
from loop_tui.services.toolchains import npm

from .plan import access_of, set_tag, usual_tag

_BY_THE_VERSION = "by the version"


async def announced(ctx: Context, branch: str) -> str:
    """What follows on a push to that branch, as the end of a sentence about it; empty where nothing is published.

    It is told of the package as it lies in the project, which is what was verified. Raises Problem.
    """
    package = npm.read_package(ctx.project)
    targets = verified.published_by(ctx, package)
    if package is None or not targets or not will_do(ctx.definition, ctx.state, DISTRIBUTES):
        return ""
    told = await asyncio.gather(*(_of_target(ctx, package, target, branch) for target in targets))
    return "".join(f", then {words}" for words in told) + (" (cannot be undone)" if any(map(_is_here, targets)) else "")


def _is_here(target: TargetDefinition) -> bool:
    return target.settings.get("publish") == "here"


async def _of_target(ctx: Context, package: npm.Package, target: TargetDefinition, branch: str) -> str:
    given, version = target.settings.get("registry"), package.version
    usual = usual_tag(version, branch) if Version.is_valid(version) else ""
    spec, here = f"{package.name}@{version}", _is_here(target)
    try:
        place = await place_of(ctx.project, package.document, given if isinstance(given, str) else "")
        where = place.registry
    except Problem as problem:
        place, where = RegistryPlace(""), f"the registry that npm resolves ({one_line(problem.what)})"
    return publish_words(spec, where, set_tag(target, place) or usual, access_of(target, place), here=here)


def publish_words(spec: str, registry: str, dist_tag: str, access: str, *, here: bool) -> str:
    """One version at one registry, with dist-tag and access; a workflow publishes it where that is not done `here`."""
    who = "publishes" if here else "a workflow publishes"
    how = f"dist-tag {dist_tag or _BY_THE_VERSION}, access {access or 'as the registry sets it'}"
    return one_line(f"{who} {spec} at {registry}, {how}", 600)
