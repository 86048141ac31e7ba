"""A registry behind narrow functions, each one question or one change (SHIP "Publishing").

None of them tries twice, so that nothing is published twice behind anybody's back, and none waits for anything. Those
that ask raise RegistryProblem; `publish` gives what was answered.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.fed_pipe import fed_pipe
from loop_tui.fs.limits import RECORD
from loop_tui.fs.plain import read_text
from loop_tui.model.regex import regex
from loop_tui.model.secrets import MASK
from loop_tui.process import shell
from loop_tui.services.toolchains.npm import PackageManager

from . import direct
from .answers import PublishAnswer, PublishOutcome, RegistryProblem, first_object, read_npm, read_yarn, said
from .documents import KnownPackage as KnownPackage
from .documents import PublishedVersion as PublishedVersion
from .documents import published, tags_in
from .place import NPMJS, RegistryPlace

LOOK_TIMEOUT_S = 60.0
PUBLISH_TIMEOUT_S = 900.0
_ONCE = "--fetch-retries=0"
_PASSWORD = regex(r"[A-Za-z0-9_-]{1,200}")
_VARIABLE = regex(r"(?<!\\)(\\*)(\$\{[^${}]+\})")
_OTP_LINE = regex(r"""\s*["']?otp["']?\s*(\[\]\s*)?(=|$)""")
NO_PASSWORD = "that is not a one-time password: it may only have letters, digits, '-' and '_'"  # noqa: S105  # a complaint


class PublishRequest(Struct, frozen=True):
    """A tarball and where it goes. `yarn_major` says which yarn it is, where the manager is yarn."""

    tarball: Path
    place: RegistryPlace
    tag: str
    access: str = ""
    provenance: bool = False
    manager: PackageManager = PackageManager.NPM
    yarn_major: int = 0
    own_registry: str = ""
    """The registry that the package itself names (`publishConfig`)."""


async def view(project: Path, place: RegistryPlace, name: str, version: str) -> PublishedVersion | None:
    """The version as the registry has it now, None when it is not there. Raises RegistryProblem.

    npm has the last word. Only a version that is plainly there, with a dist-tag that names it, is believed without it:
    that saves its start.
    """
    told = await direct.ask(project, place, name, version)
    if told is not None and told.found is not None and version in told.tags.values():
        return told.found
    argv = [
        "npm",
        "view",
        f"{name}@{version}",
        "dist",
        "dist-tags",
        "--json",
        "--prefer-online",
        _ONCE,
        *place.arguments,
    ]
    answer, printed = await _ask(project, place, argv)
    if answer.outcome is PublishOutcome.DONE:
        found = first_object(printed)
        dist = found.get("dist")
        # npm prints nothing and exits with 0 for a package that has other versions only (npm 9 and before).
        if not isinstance(dist, dict):
            return None
        return published(dist, tags_in(found.get("dist-tags")))
    error = first_object(printed).get("error")
    if isinstance(error, dict) and error.get("code") == "E404":
        return None
    raise RegistryProblem(answer, place.registry)


async def known_of(project: Path, place: RegistryPlace, name: str) -> KnownPackage | None:
    """What the registry has of a package now; None where npm does not tell. Raises RegistryProblem.

    npm tells nothing of a package without the dist-tag `latest`.
    """
    argv = ["npm", "view", name, "versions", "dist-tags", "--json", "--prefer-online", _ONCE, *place.arguments]
    answer, printed = await _ask(project, place, argv)
    found = first_object(printed)
    if answer.outcome is PublishOutcome.DONE:
        versions = found.get("versions")
        # npm leaves out the brackets around a single one.
        listed = versions if isinstance(versions, list) else [versions]
        known = frozenset(version for version in listed if isinstance(version, str))
        return KnownPackage(known, tags_in(found.get("dist-tags"))) if known else None
    error = found.get("error")
    if isinstance(error, dict) and error.get("code") == "E404":
        return KnownPackage()
    raise RegistryProblem(answer, place.registry)


async def whoami(project: Path, place: RegistryPlace) -> str | None:
    """Who is signed in there, None when nobody is. Raises RegistryProblem, also for a registry that does not tell."""
    answer, printed = await _ask(project, place, ["npm", "whoami", "--json", _ONCE, *place.arguments])
    if answer.outcome is PublishOutcome.DONE:
        return said(printed.strip().strip('"'))
    if answer.outcome is PublishOutcome.SIGNED_OUT:
        return None
    raise RegistryProblem(answer, place.registry)


async def ping(project: Path, place: RegistryPlace) -> None:
    """See whether a registry answers. Raises RegistryProblem, which is external where it does not."""
    answer, _ = await _ask(project, place, ["npm", "ping", "--json", _ONCE, *place.arguments])
    if answer.outcome is not PublishOutcome.DONE:
        raise RegistryProblem(answer, place.registry)


async def fetch(project: Path, place: RegistryPlace, name: str, version: str, folder: Path) -> Path:
    """Fetch the tarball of a version into an empty folder, and give its path. Raises RegistryProblem, Problem."""
    argv = ["npm", "pack", f"{name}@{version}", "--json", "--ignore-scripts", "--prefer-online", _ONCE]
    answer, _ = await _ask(project, place, [*argv, "--pack-destination", _literal(folder), *place.arguments])
    made = sorted(folder.iterdir())
    if answer.outcome is PublishOutcome.DONE and len(made) == 1:
        return made[0]
    raise RegistryProblem(answer, place.registry)


async def publish(project: Path, wanted: PublishRequest, password: str = "") -> PublishAnswer:
    """Publish the tarball, and give what was answered. Raises Problem when the program is missing.

    With a one-time password npm does it whatever the manager is: it alone reads its settings from a pipe, so that the
    password is in no argument, no variable and no file.
    """
    try:
        if password:
            return await _with_password(project, wanted, password)
        argv, env = command_of(wanted)
        done = await shell.capture(argv, cwd=project, env=env, timeout_s=PUBLISH_TIMEOUT_S)
    except shell.TimedOut as problem:
        return PublishAnswer(PublishOutcome.LOST, problem.what)
    return read_yarn(done) if argv[0] == "yarn" else read_npm(done)


def command_of(wanted: PublishRequest) -> tuple[list[str], Mapping[str, str]]:
    """The command that publishes, and the variables it needs.

    yarn 2 and later and bun publish no tarball. yarn 1 does, and would run the scripts of the folder around that.
    pnpm hands the tarball to npm, and takes no option that it does not know itself. Where the registry is not the one
    that the project's settings lead to, npm does it: the others follow a scope's own setting before an option.
    """
    place = wanted.place
    options = ["--tag", wanted.tag, *(["--access", wanted.access] if wanted.access else [])]
    if wanted.manager is PackageManager.PNPM and place.is_usual:
        argv = ["pnpm", "publish", str(wanted.tarball), "--no-git-checks", "--json", *options]
        env = {"npm_config_fetch_retries": "0"}
        if place.scope:
            env[f"npm_config_{place.scope}:registry"] = place.registry
        proven = ["--provenance"] if wanted.provenance else []
        return [*argv, "--registry", place.registry, *proven], env
    if _yarn_does(wanted):
        argv = ["yarn", "publish", str(wanted.tarball), "--non-interactive", "--no-git-tag-version", "--ignore-scripts"]
        return [*argv, "--json", *options, "--registry", place.registry], {}
    proven = ["--provenance"] if wanted.provenance else []
    return ["npm", "publish", str(wanted.tarball), "--json", _ONCE, *options, *proven, *place.arguments], {}


def _yarn_does(wanted: PublishRequest) -> bool:
    """True where yarn 1 publishes, and to the registry that is meant: it follows `publishConfig` before all else."""
    own = wanted.own_registry.rstrip("/")
    return (
        wanted.manager is PackageManager.YARN
        and wanted.yarn_major == 1
        and wanted.place.is_usual
        and not wanted.provenance
        and own in ("", wanted.place.registry.rstrip("/"))
    )


async def _with_password(project: Path, wanted: PublishRequest, password: str) -> PublishAnswer:
    as_npm = PublishRequest(wanted.tarball, wanted.place, wanted.tag, wanted.access, wanted.provenance)
    argv, _ = command_of(as_npm)
    return await with_password(project, wanted.place, argv, password)


async def with_password(project: Path, place: RegistryPlace, argv: list[str], password: str) -> PublishAnswer:
    """Run an npm command with a one-time password, which goes through a pipe. Raises TimedOut, Problem.

    The pipe is npm's weakest source: a variable is taken away, and what a file says is told instead of a refusal.
    """
    password = plain_password(password)
    if not password:
        return PublishAnswer(PublishOutcome.PASSWORD, NO_PASSWORD)
    # npm takes an empty variable for none.
    env = {name: "" for name in os.environ if name.lower() == "npm_config_otp"}
    # Before all else: at the end it might fall into a section.
    settings = f"otp={password}\n{_global_settings(place)}\n"
    async with fed_pipe("otp", settings) as pipe:
        # Right behind `npm`: what follows `--` is no option.
        argv = [argv[0], f"--globalconfig={_literal(pipe)}", *argv[1:]]
        done = await shell.capture(argv, cwd=project, env=env, timeout_s=PUBLISH_TIMEOUT_S)
    answer = read_npm(done)
    if answer.outcome is PublishOutcome.PASSWORD and await _is_set_in_a_file(project, env):
        return PublishAnswer(PublishOutcome.REFUSED, "otp is set in an .npmrc and overrides what you type: remove it")
    return replace(answer, words=answer.words.replace(password, MASK))


def _literal(path: Path) -> str:
    """A path as npm takes it for a setting: there it would put a variable's value in the place of its `${NAME}`."""
    return _VARIABLE.sub(lambda found: f"{found[1] * 2}\\{found[2]}", str(path))


def plain_password(typed: str) -> str:
    """A one-time password without the blanks that an app shows in it; empty where that is none."""
    password = "".join(typed.split())
    return password if _PASSWORD.fullmatch(password) else ""


async def _is_set_in_a_file(project: Path, env: Mapping[str, str]) -> bool:
    """True where a file that npm reads before its global one (which we replace) holds a one-time password."""
    argv = ["npm", "config", "get", "otp", f"--globalconfig={os.devnull}"]
    done = await shell.capture(argv, cwd=project, env=env, timeout_s=LOOK_TIMEOUT_S)
    return done.ok and done.stdout.strip() not in ("", "null", "undefined")


def _global_settings(place: RegistryPlace) -> str:
    """What npm's own file of global settings holds, but for its one-time password: the pipe takes its place."""
    try:
        text = read_text(place.global_settings, RECORD, follow=True) if place.global_settings else ""
    except (OSError, ValueError):
        return ""
    return "\n".join(line for line in text.splitlines() if not _OTP_LINE.match(line))


async def _ask(project: Path, place: RegistryPlace, argv: list[str]) -> tuple[PublishAnswer, str]:
    """How it ended, and what npm printed. Raises RegistryProblem when nobody answered in time."""
    try:
        done = await shell.capture(argv, cwd=project, timeout_s=LOOK_TIMEOUT_S)
    except shell.TimedOut as problem:
        raise RegistryProblem(PublishAnswer(PublishOutcome.LOST, problem.what), place.registry) from problem
    return read_npm(done), done.stdout


def is_npmjs(place: RegistryPlace) -> bool:
    """True for the public registry of npm."""
    return place.registry == NPMJS


def described(document: Mapping[str, JsonValue]) -> str:
    """The registry that a package.json names for publishing, empty without one."""
    own = document.get("publishConfig")
    registry = own.get("registry") if isinstance(own, dict) else None
    return registry if isinstance(registry, str) else ""
