"""Is the version of a tarball taken at a registry, by other contents? Found before the push, not after it."""

import asyncio
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.packaging import verified
from loop_tui.runners.context import Context
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.place import place_of
from loop_tui.services.toolchains import npm, packing

from .plan import integrity_of

seen_free: set[tuple[str, str, str]] = set()
"""What this very process has seen to be free: a registry, `name@version`, and the integrity that it is to have."""


async def versions_taken(ctx: Context, tarball: Path) -> Problem | None:
    """Why what was packed cannot be published from here, or None. A registry that does not answer is only said."""
    package = npm.read_package(ctx.project)
    targets = [t for t in verified.published_by(ctx, package) if t.settings.get("publish") == "here"]
    for target in targets:
        try:
            if taken := await _taken(ctx, target, tarball):
                return taken
        except Problem as problem:
            ctx.do.say(f"Whether the version is free was not seen: {problem.what}", LogLevel.WARN)
    return None


async def _taken(ctx: Context, target: TargetDefinition, tarball: Path) -> Problem | None:
    document = await asyncio.to_thread(packing.packed_document, tarball)
    name, version, given = document.get("name"), document.get("version"), target.settings.get("registry")
    place = await place_of(ctx.project, document, given if isinstance(given, str) else "")
    found = await npm_registry.view(ctx.project, place, str(name), str(version))
    ours = await asyncio.to_thread(integrity_of, tarball)
    if found is None:
        seen_free.add((place.registry, f"{name}@{version}", ours))
    if found is None or found.integrity == ours:
        return None
    what = f"{name}@{version} is at {place.registry} with integrity {found.integrity or 'unknown'}, ours has {ours}"
    todo = f"raise the version (loop-tui run --version), or leave the target out: --skip-target {target.id}"
    return Problem(what, place.registry, todo, code=Code.REGISTRY_REFUSED)
