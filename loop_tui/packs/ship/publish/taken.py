"""Is the version of a tarball taken at a registry, or its dist-tag ahead of it? Found before the push, not after it."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue
from semver import Version

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.choices import DISTRIBUTES, how_to_set_version, how_to_skip, will_do
from loop_tui.packs.ship.effects import DESTINATION
from loop_tui.packs.ship.packaging import verified
from loop_tui.packs.ship.versions.channels import LATEST
from loop_tui.runners.context import Context
from loop_tui.services.git import git
from loop_tui.services.registry import direct, npm_registry
from loop_tui.services.registry.place import RegistryPlace, place_of
from loop_tui.services.toolchains import npm, packing

from .old_npm import overruled
from .plan import OtherContents, access_of, as_registered, integrity_of, set_tag, usual_tag
from .unpublishable import unpublishable

FREE_S = 300.0
"""How long it counts that a version was seen to be free; after that the registry is asked again."""

_seen_free: dict[tuple[str, str, str], float] = {}
"""When this very process has seen what to be free: a registry, `name@version`, and the integrity that it is to have."""

now_s = time.monotonic  # For tests, which let hours pass in no time.


def was_seen_free(key: tuple[str, str, str]) -> bool:
    """True once where this process has seen a little while ago that this is free."""
    seen_at = _seen_free.pop(key, None)
    return seen_at is not None and now_s() - seen_at < FREE_S


class RegistryLooks:
    """Looks at the registries that begin while the package is still being packed. `close` ends those not needed."""

    def __init__(self, ctx: Context, package: npm.Package | None) -> None:
        self._ctx = ctx
        self._targets = [t for t in verified.published_by(ctx, package) if t.settings.get("publish") == "here"]
        self._begun: dict[str, asyncio.Task[_Seen]] = {}
        self._of = _described(package.document) if package else {}
        for target in self._targets:
            self._begun[target.id] = asyncio.create_task(_look(ctx, target, self._of))

    async def taken(self, tarball: Path) -> Problem | None:
        """Why what was packed cannot be published from here, or None. A registry without an answer is only said."""
        for target in self._targets:
            try:
                if taken := await self._taken(target, tarball):
                    return taken
            except Problem as problem:
                self._ctx.do.say(f"Could not check whether the version is free: {problem.what}", LogLevel.WARN)
        return None

    async def _taken(self, target: TargetDefinition, tarball: Path) -> Problem | None:
        document = await asyncio.to_thread(packing.packed_document, tarball)
        packed = _described(document)
        # What is packed may say something else than the project: a script of its own may have changed that.
        seen = await (self._begun[target.id] if packed == self._of else _look(self._ctx, target, packed))
        ours = await asyncio.to_thread(integrity_of, tarball)
        if seen.found is None:
            tag = set_tag(target, seen.place) or await _usual_tag(self._ctx, seen)
            if why := unpublishable(target, seen.place, document, os.environ):
                return why
            if why := overruled(seen.place, document, tag, access_of(target, seen.place)):
                return why
            _seen_free[seen.registry, seen.spec, ours] = seen.at_s
            return _backwards(self._ctx, target, seen, tag)
        if seen.found.integrity == ours:
            return None
        skip = how_to_skip(self._ctx.state, target.id)
        todo = f"set another version: {how_to_set_version(self._ctx.state)}; or skip the target: {skip}"
        return OtherContents(seen.spec, seen.registry, seen.found.integrity, ours, todo)

    async def close(self) -> None:
        """End what is still looking."""
        for task in self._begun.values():
            task.cancel()
        await asyncio.gather(*self._begun.values(), return_exceptions=True)


async def publishes_new(ctx: Context) -> bool:
    """True where this run publishes from here what its registry does not show yet, or does not tell.

    It is told of the package as it lies in the project, which is what was verified. Raises Problem.
    """
    package = npm.read_package(ctx.project)
    targets = [t for t in verified.published_by(ctx, package) if t.settings.get("publish") == "here"]
    if package is None or not targets or not will_do(ctx.definition, ctx.state, DISTRIBUTES):
        return False
    described = _described(package.document)
    return any(await asyncio.gather(*(_shows_none(ctx, target, described) for target in targets)))


async def _shows_none(ctx: Context, target: TargetDefinition, described: Mapping[str, JsonValue]) -> bool:
    """True where a registry has no such version, or does not tell."""
    try:
        return (await _look(ctx, target, described)).found is None
    except Problem:
        return True


class _Seen(Struct, frozen=True):
    """What a registry has under `name@version`, and which versions its dist-tags name."""

    place: RegistryPlace
    name: str
    version: str
    found: npm_registry.PublishedVersion | None
    tags: Mapping[str, str]
    at_s: float

    @property
    def registry(self) -> str:
        return self.place.registry

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


async def _look(ctx: Context, target: TargetDefinition, described: Mapping[str, JsonValue]) -> _Seen:
    name, version = described["name"], as_registered(str(described["version"]))
    given = target.settings.get("registry")
    place = await place_of(ctx.project, described, given if isinstance(given, str) else "")
    began_s = now_s()
    if told := await direct.ask(ctx.project, place, str(name), version):
        return _Seen(place, str(name), version, told.found, told.tags, began_s)
    known = await npm_registry.known_of(ctx.project, place, str(name))
    # Most often the version is free, and one question tells that and the dist-tags.
    found = None
    if known is None or version in known.versions:
        found = await npm_registry.view(ctx.project, place, str(name), version)
    tags = known.tags if known else found.tags if found else {}
    return _Seen(place, str(name), version, found, tags, began_s)


async def _usual_tag(ctx: Context, seen: _Seen) -> str:
    """The dist-tag where nobody names one; empty where that cannot be told."""
    return usual_tag(seen.version, await _branch(ctx)) if Version.is_valid(seen.version) else ""


def _backwards(ctx: Context, target: TargetDefinition, seen: _Seen, tag: str) -> Problem | None:
    """A publish that moves its dist-tag back to a lower version, where nobody said that it is to use that tag.

    npm refuses that by itself only where it is given no tag, and it is always given one.
    """
    if set_tag(target, seen.place) or not Version.is_valid(seen.version):
        return None
    ours = Version.parse(seen.version)
    there = seen.tags.get(tag, "")
    if not Version.is_valid(there) or Version.parse(there) <= ours:
        return None
    line = f"{ours.major}.x" if Version.parse(there).major != ours.major else f"{ours.major}.{ours.minor}.x"
    what = f"{tag} of {seen.name} is {there} at {seen.registry}: publishing {seen.version} would move it back"
    other = f"{'release' if tag == LATEST else tag}-{line}"
    todo = f'set tag = "{other}" for the target in .loops/targets.toml ("{tag}" moves it), or set a higher version'
    todo = f"{todo}: {how_to_set_version(ctx.state)}"
    return Problem(what, seen.registry, todo, code=Code.REGISTRY_REFUSED)


async def _branch(ctx: Context) -> str:
    """The branch that the run goes to, as the remote calls it."""
    kept = (ctx.do.recall(DESTINATION) or {}).get("name")
    root = await git.repository_root(ctx.project)
    return str(kept or (await git.branch(root) if root else "") or "")


def _described(document: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """What of a package.json decides where it goes, and as what."""
    return {key: document.get(key) for key in ("name", "version", "publishConfig")}
