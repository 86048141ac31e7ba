"""`loop-tui release deprecate|dist-tag`: a release that is out is never taken back; what it is called can be changed.

What is to be done is shown before it is done, and asked about; done is it when the registry says so, and what it says
already is not done again. So a command that was cut off is simply given again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

import semver
from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.answers import yes_or_no
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import command_line
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few
from loop_tui.runners.pack_api import CommandHost
from loop_tui.services.registry import corrections
from loop_tui.services.registry.answers import PublishOutcome, RegistryProblem
from loop_tui.services.registry.npm_registry import NO_PASSWORD, plain_password
from loop_tui.services.registry.place import RegistryPlace, place_of
from loop_tui.services.toolchains import npm

_NAME = regex(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]*")
_TAG = regex(r"[A-Za-z_][A-Za-z0-9._-]{0,213}")
# What stands behind the @ for npm may also be a folder, an address or another package: none of them is a release.
_WANTED = regex(r"[^:/\\]{1,500}")
_KIND = "npm-registry"
_WAITING = 3
_TRIES = 3
_LOOKS_AFTER_S = (0, 1, 2, 4, 8)
"""A registry may show what it took a little later."""
_MAY_BE_DONE = (PublishOutcome.DONE, PublishOutcome.LOST, PublishOutcome.CONFLICT, PublishOutcome.EXISTS)


class Correction(Struct, frozen=True):
    """What is to be said of a package that is out: by which command, and how it is seen that it is said.

    `already` is true when the registry says it as it is.
    """

    host: CommandHost
    place: RegistryPlace
    argv: list[str]
    words: str
    facts: Mapping[str, JsonValue]
    already: bool
    is_said: Callable[[], Awaitable[bool]]


async def run_deprecate(host: CommandHost, options: Mapping[str, object]) -> int:
    """`NAME@RANGE MESSAGE`: whoever installs such a version is told this. Raises Problem."""
    usage = 'loop-tui release deprecate NAME@RANGE "MESSAGE" (an empty message removes it)'
    spec, message = _two(options, usage)
    name, wanted = _parted(spec, usage)
    message = one_line(message)
    place = await _place(host, name, options)

    versions = await corrections.versions_in(host.project, place, name, wanted)
    if not versions:
        raise _unknown(spec, name, place)
    names = [version.version for version in versions]

    def is_all(found: tuple[corrections.OutVersion, ...]) -> bool:
        return [version.version for version in found if version.deprecated == message] == names

    async def is_said() -> bool:
        return is_all(await corrections.these_versions(host.project, place, name, names))

    says = f'deprecated: "{message}"' if message else "not deprecated any more"
    return await _bring_about(
        Correction(
            host,
            place,
            corrections.deprecate_command(place, name, names, message),
            f"{name} {few(names, 10)} at {place.registry}: {says}",
            {"package": name, "versions": list(names), "message": message, "registry": place.registry},
            is_all(versions),
            is_said,
        ),
        options,
    )


async def run_dist_tag(host: CommandHost, options: Mapping[str, object]) -> int:
    """`NAME@VERSION TAG`: whoever installs `NAME@TAG` gets that version. Raises Problem."""
    usage = "loop-tui release dist-tag NAME@VERSION TAG"
    spec, tag = _two(options, usage)
    name, version = _parted(spec, usage)
    if not semver.Version.is_valid(version):
        raise Problem(f"{one_line(version, 60)} is not a version", todo=usage, code=Code.USAGE)
    if "+" in version:
        what = f"{one_line(version, 60)} has build metadata, which registries drop"
        raise Problem(what, todo=f"use {one_line(version.partition('+')[0], 60)}", code=Code.USAGE)
    if not _TAG.fullmatch(tag) or re.fullmatch(r"v\d.*|x|X", tag):
        what = f"{one_line(tag, 60)} cannot be a dist-tag"
        raise Problem(what, todo="use letters, digits, '.', '_' and '-', and nothing like a version", code=Code.USAGE)
    place = await _place(host, name, options)
    tags, there = await asyncio.gather(
        corrections.dist_tags_of(host.project, place, name),
        corrections.versions_in(host.project, place, name, version),
    )
    before = tags.get(tag, "")
    if not there:
        raise _unknown(spec, name, place)

    async def is_said() -> bool:
        return (await corrections.dist_tags_of(host.project, place, name)).get(tag) == version

    return await _bring_about(
        Correction(
            host,
            place,
            corrections.dist_tag_command(place, name, version, tag),
            f"{name} at {place.registry}: {tag} {_change(one_line(before), version)}",
            {"package": name, "tag": tag, "from": before, "to": version, "registry": place.registry},
            before == version,
            is_said,
        ),
        options,
    )


def _change(before: str, after: str) -> str:
    return f"is {after}" if before == after else f"{before or 'none'} -> {after}"


# --- what was said --------------------------------------------------------------------------------------------------


def _two(options: Mapping[str, object], usage: str) -> tuple[str, str]:
    words = options.get("words")
    if not isinstance(words, tuple) or len(words) != 2:
        raise Problem("two arguments are needed", todo=usage, code=Code.USAGE)
    return str(words[0]), str(words[1])


def _parted(spec: str, usage: str) -> tuple[str, str]:
    """The name and what stands behind its last @."""
    name, sign, wanted = spec.rpartition("@")
    if (
        not sign
        or not _NAME.fullmatch(name)
        or not wanted.strip()
        or wanted.startswith("-")
        or not _WANTED.fullmatch(wanted)
    ):
        raise Problem(f"{one_line(spec, 80)} is not NAME@VERSION", todo=usage, code=Code.USAGE)
    return name, wanted


async def _place(host: CommandHost, name: str, options: Mapping[str, object]) -> RegistryPlace:
    """Where the package is: at the registry that is given, else where this project publishes it. Raises Problem."""
    package = npm.read_package(host.project)
    given = options.get("registry")
    if package is None or package.name != name:
        return await place_of(host.project, {"name": name}, str(given or ""))
    return await place_of(host.project, package.document, str(given or _of_targets(host, name)))


def _of_targets(host: CommandHost, name: str) -> str:
    """The registry that the targets name which publish this package; empty where that is for npm's settings to say.

    Raises Problem where they name more than one.
    """
    publishing = [t for t in host.definition().targets if t.kind == _KIND and t.settings.get("publish")]
    named = list(dict.fromkeys(str(target.settings.get("registry") or "") for target in publishing))
    if len(named) > 1:
        shown = few([registry or "the one of npm's settings" for registry in named])
        what = f"{name} is published at more than one registry: {shown}"
        raise Problem(what, ".loops/targets.toml", "--registry ADDRESS   # names one", code=Code.USAGE)
    return named[0] if named else ""


def _unknown(spec: str, name: str, place: RegistryPlace) -> Problem:
    todo = f"npm view {name} versions --registry {place.registry}"
    return Problem(one_line(f"{place.registry} has no version {spec}"), todo=todo, code=Code.NAME_UNKNOWN)


# --- doing ----------------------------------------------------------------------------------------------------------


async def _bring_about(wanted: Correction, options: Mapping[str, object]) -> int:
    host, as_json = wanted.host, options.get("json") is True
    if wanted.already:
        return _told(wanted, as_json=as_json, already=True)
    if not as_json:
        host.say(f"{wanted.words}\n  {command_line(wanted.argv)}")
    if options.get("yes") is not True:
        answer = await host.ask("Do it? [y/N]")
        if answer is None:
            host.say("nothing was done; use --yes to do it")
            return _WAITING
        if yes_or_no(answer) is not True:
            raise Problem("nothing was done", todo="use --yes to do it without asking", code=Code.DECLINED)
    waits = await _asked(wanted)
    if waits:
        return waits
    return _told(wanted, as_json=as_json, already=False)


async def _asked(wanted: Correction) -> int:
    """Have it done, and seen; gives 3 where nobody is there to type a one-time password. Raises Problem."""
    host, password = wanted.host, ""
    tries = _TRIES
    while True:
        answer = await corrections.correct(host.project, wanted.place, wanted.argv, password)
        if answer.outcome is not PublishOutcome.PASSWORD:
            break
        if not tries:
            what = f"{_TRIES} one-time passwords were rejected: nothing was done"
            raise Problem(what, wanted.place.registry, "run the command again", code=Code.DECLINED)
        if answer.browser:
            host.say(answer.browser.steps)
        typed = await _password(host, wanted.place)
        if typed is None:
            host.say("nothing was done: the registry asks for a one-time password, which must be typed in a terminal")
            return _WAITING
        password, tries = typed, tries - 1
    # What was lost on the way may have arrived, what was taken may be shown a little later, and who was overtaken was
    # so perhaps by the npm of the same command, given before and cut off.
    for wait in _LOOKS_AFTER_S if answer.outcome in _MAY_BE_DONE else ():
        await asyncio.sleep(wait)
        if await wanted.is_said():
            return 0
    if answer.outcome is not PublishOutcome.DONE:
        again = f"npm login --registry {wanted.place.registry}, then run the command again"
        todo = again if answer.outcome is PublishOutcome.SIGNED_OUT else ""
        raise RegistryProblem(answer, wanted.place.registry, todo)
    what = "npm reports success, but the registry does not show it"
    raise Problem(what, wanted.place.registry, "run the command again a little later", code=Code.EFFECT_UNPROVEN)


async def _password(host: CommandHost, place: RegistryPlace) -> str | None:
    """A one-time password as it is typed, None where nobody can type one. Raises Problem when none is typed.

    What cannot be one is not sent, so the registry rejects nothing and no try is used.
    """
    for _ in range(_TRIES):
        typed = await host.ask(f"{place.registry} asks for a one-time password:", hidden=True)
        if typed is None:
            return None
        if password := plain_password(typed):
            return password
        host.say(NO_PASSWORD)
    raise Problem(NO_PASSWORD, place.registry, "run the command again", code=Code.DECLINED)


def _told(wanted: Correction, *, as_json: bool, already: bool) -> int:
    if as_json:
        wanted.host.say_json({**wanted.facts, "already": already})
    else:
        wanted.host.say(f"{wanted.words}: {'already so' if already else 'done, confirmed by the registry'}")
    return 0
