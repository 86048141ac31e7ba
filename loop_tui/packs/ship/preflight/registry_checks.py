"""Preflight of publishing: a registry that answers, somebody who is signed in, and scripts that will not run."""

import asyncio
import os
from collections.abc import Awaitable, Mapping
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.publish.plan import access_of, offers_provenance
from loop_tui.process import shell
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.answers import RegistryProblem
from loop_tui.services.registry.place import RegistryPlace, likely_place, place_of
from loop_tui.services.registry.yarn_settings import access_of_yarn, registry_of
from loop_tui.services.toolchains import npm

from .findings import DISTRIBUTES, Finding, Subject, will_do

KIND, HERE = "npm-registry", "here"
_NOT_RUN = ("publish", "postpublish")


def publishes_here(subject: Subject) -> tuple[TargetDefinition, ...]:
    """The targets that this run publishes to from here; none that was left out."""
    if not will_do(subject, DISTRIBUTES):
        return ()
    out = skipped_targets(subject.state)
    every = (target for target in subject.definition.targets if target.kind == KIND and target.id not in out)
    return tuple(target for target in every if target.settings.get("publish") == HERE)


async def registry_findings(subject: Subject, top: Path | None = None, *, offline: bool) -> list[Finding]:
    """Everything about publishing, nothing where the project does not say that it publishes from here.

    `top` is the top of the repository; `offline` asks no registry and starts no program. Raises nothing.
    """
    targets = publishes_here(subject)
    try:
        package = npm.read_package(subject.project) if targets else None
    except Problem:
        return []  # That is said of package.json itself.
    if package is None:
        return []
    if why := unpackable(package):
        return [Finding(KIND, f"{why}: nothing is published")]
    found = _scripts(package)
    if offline:
        return found
    if shell.which("npm") is None:
        fix = shell.how_to_get("npm")
        return [*found, Finding(KIND, "npm is not installed, and is needed for the registry", fix, fatal=True)]
    every = await asyncio.gather(*(_of_registry(subject, top, package, target) for target in targets))
    return [*found, *(finding for findings in every for finding in findings)]


def _scripts(package: npm.Package) -> list[Finding]:
    """Scripts that npm runs only where a folder is published: this is a tarball."""
    found = []
    for name in _NOT_RUN:
        if (command := package.script(name)) is not None:
            words = f"{name} is not run, because a verified tarball is published: {one_line(command, 80)}"
            found.append(Finding("publish scripts", words))
    return found


async def _of_registry(
    subject: Subject, top: Path | None, package: npm.Package, target: TargetDefinition
) -> list[Finding]:
    given = target.settings.get("registry")
    address = given if isinstance(given, str) else ""
    # npm takes long to start: who is signed in is asked while it still says where the package goes.
    likely = likely_place(package.document, address)
    asking = asyncio.create_task(npm_registry.whoami(subject.project, likely)) if likely else None
    try:
        place = await place_of(subject.project, package.document, address)
        if another := (None if given else _of_yarn(top, package, place)) or _access(top, package, target, place):
            return [another]
        early = asking if likely and likely.arguments in ([], place.arguments) else None
        return [await _who(subject, place, early or npm_registry.whoami(subject.project, place))]
    except Problem as problem:
        return [Finding(KIND, problem.what, problem.todo, fatal=True)]
    finally:
        if asking:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


def _of_yarn(top: Path | None, package: npm.Package, place: RegistryPlace) -> Finding | None:
    """Yarn's own settings name another registry than npm's, which are those that count here: a person has to say."""
    if npm.detect_manager(package, top) is not npm.PackageManager.YARN:
        return None
    named = registry_of(package.project, top, place.scope)
    if not named or f"{named.rstrip('/')}/" == place.registry:
        return None
    words = f"yarn's settings name {mask(one_line(named, 200))}, npm's name {place.registry}: which one is right?"
    return Finding(KIND, words, "set `registry` of the target in .loops/targets.toml", fatal=True)


def _access(top: Path | None, package: npm.Package, target: TargetDefinition, place: RegistryPlace) -> Finding | None:
    """Yarn's settings name an access, and nothing that npm reads does, which takes its own: a person has to say."""
    if npm.detect_manager(package, top) is not npm.PackageManager.YARN or not place.scope or access_of(target, place):
        return None
    if not (named := access_of_yarn(package.project, top)):
        return None
    words = f"yarn's settings name the access {mask(one_line(named, 60))}, npm's name none: which one is right?"
    return Finding(KIND, words, "set `access` of the target in .loops/targets.toml", fatal=True)


async def _who(subject: Subject, place: RegistryPlace, asking: Awaitable[str | None]) -> Finding:
    try:
        who = await asking
    except Problem as problem:
        if isinstance(problem, RegistryProblem) and problem.external:
            return _no_answer(place, problem)
        # Some registries know no such question: the publish tells.
        return Finding(KIND, f"{place.registry} does not show who is signed in: {problem.what}")
    if who is None:
        # Without a token npm says so by itself: the registry may not be there at all.
        try:
            await npm_registry.ping(subject.project, place)
        except RegistryProblem as problem:
            if problem.external:
                return _no_answer(place, problem)
    if who is not None:
        return Finding(KIND, f"signed in as {who} at {place.registry}")
    if _is_trusted(os.environ):
        return Finding(KIND, f"not signed in at {place.registry}: this job has its own identity")
    fix = f"npm login --registry {place.registry}"
    return Finding(KIND, f"not signed in at {place.registry}, or the token is no longer valid", fix, fatal=True)


def _no_answer(place: RegistryPlace, problem: RegistryProblem) -> Finding:
    fix = f"npm ping --registry {place.registry}"
    return Finding(KIND, f"{place.registry} does not answer: {problem.what}", fix, fatal=True, external=True)


def _is_trusted(environment: Mapping[str, str]) -> bool:
    """True on a CI that a registry can trust by the identity of its job (trusted publishing)."""
    return offers_provenance(environment) or "NPM_ID_TOKEN" in environment
