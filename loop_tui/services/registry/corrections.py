"""What can still be changed of a version that is out: its deprecation, and which dist-tags name it.

Each function is one question or one change, as in `npm_registry`; none of them tries twice.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import JsonValue
from semver import Version

from loop_tui.fs.plain import parse_json
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean, one_line
from loop_tui.process import shell
from loop_tui.services.toolchains.ranges import accepts

from .answers import PublishAnswer, PublishOutcome, RegistryProblem, first_object, read_npm
from .documents import tags_in
from .npm_registry import LOOK_TIMEOUT_S, PUBLISH_TIMEOUT_S, with_password
from .place import RegistryPlace

_ONCE = "--fetch-retries=0"
_MOST = 2000
"""So many versions are named on one command line at most."""


class OutVersion(Struct, frozen=True):
    """A version as a registry has it. `deprecated` is what whoever installs it is told; empty where it is not."""

    version: str
    deprecated: str = ""


async def versions_in(project: Path, place: RegistryPlace, name: str, wanted: str) -> tuple[OutVersion, ...]:
    """The versions in a range, or with a dist-tag, lowest first; none where the registry has none.

    A range takes pre-releases as it does for `npm deprecate`; `npm view` by itself leaves them out. Raises
    RegistryProblem, and Problem for more than one command can name.
    """
    if accepts(wanted, "0.0.0") is None or Version.is_valid(wanted):
        return await _seen(project, place, name, wanted)
    known = _list(await _view(project, place, name, "versions"))
    found = [v for v in known if isinstance(v, str) and accepts(wanted, v, prereleases=True)]
    if len(found) > _MOST:
        raise Problem(f"{wanted} matches {len(found)} versions", todo="name a smaller range", code=Code.USAGE)
    return await these_versions(project, place, name, found)


async def these_versions(
    project: Path, place: RegistryPlace, name: str, versions: Sequence[str]
) -> tuple[OutVersion, ...]:
    """These very versions, as far as the registry has them. Raises RegistryProblem."""
    return await _seen(project, place, name, _any_of(versions)) if versions else ()


async def _seen(project: Path, place: RegistryPlace, name: str, wanted: str) -> tuple[OutVersion, ...]:
    # With two fields that every version has npm prints objects, whatever else a version has.
    rows = _list(await _view(project, place, f"{name}@{wanted}", "name", "version", "deprecated"))
    return tuple(
        OutVersion(str(row.get("version", "")), _text(row.get("deprecated"))) for row in rows if isinstance(row, dict)
    )


def _any_of(versions: Sequence[str]) -> str:
    """A range that these versions are in and no others, whatever npm makes of pre-releases."""
    return "||".join(versions)


def _list(printed: str) -> list[JsonValue]:
    """What `npm view --json` printed: it leaves out the brackets around a single thing. Raises Problem."""
    try:
        found: Any = parse_json(printed) if printed.strip() else []
    except ValueError as error:
        what = f"npm view printed invalid JSON: {one_line(printed, 80)}"
        raise Problem(what, todo="npm view NAME versions   # see it", code=Code.PROGRAM_FAILED) from error
    return found if isinstance(found, list) else [found]


async def dist_tags_of(project: Path, place: RegistryPlace, name: str) -> Mapping[str, str]:
    """The version that each dist-tag names; empty where the registry has no such package. Raises RegistryProblem."""
    return tags_in(first_object(await _view(project, place, name, "dist-tags")))


def deprecate_command(place: RegistryPlace, name: str, versions: Sequence[str], message: str) -> list[str]:
    """The command that says of these versions that they are deprecated; with an empty message, not any more."""
    return ["npm", "deprecate", "--json", _ONCE, *place.arguments, "--", f"{name}@{_any_of(versions)}", message]


def dist_tag_command(place: RegistryPlace, name: str, version: str, tag: str) -> list[str]:
    """The command that lets a dist-tag name a version."""
    return ["npm", "dist-tag", "add", "--json", _ONCE, *place.arguments, "--", f"{name}@{version}", tag]


async def correct(project: Path, place: RegistryPlace, argv: list[str], password: str = "") -> PublishAnswer:
    """Run one of these commands, and give what was answered. A one-time password goes through a pipe."""
    try:
        if password:
            return await with_password(project, place, argv, password)
        done = await shell.capture(argv, cwd=project, timeout_s=PUBLISH_TIMEOUT_S)
    except shell.TimedOut as problem:
        return PublishAnswer(PublishOutcome.LOST, problem.what)
    return read_npm(done)


async def _view(project: Path, place: RegistryPlace, spec: str, *fields: str) -> str:
    """What `npm view` prints, nothing for what the registry does not have. Raises RegistryProblem."""
    argv = ["npm", "view", "--json", "--prefer-online", _ONCE, *place.arguments, "--", spec, *fields]
    try:
        done = await shell.capture(argv, cwd=project, timeout_s=LOOK_TIMEOUT_S)
    except shell.TimedOut as problem:
        raise RegistryProblem(PublishAnswer(PublishOutcome.LOST, problem.what), place.registry) from problem
    if done.exit_code == 0:
        return done.stdout
    error = first_object(done.stdout).get("error")
    if isinstance(error, dict) and error.get("code") in ("E404", "ETARGET"):
        return ""
    raise RegistryProblem(read_npm(done), place.registry)


def _text(value: object) -> str:
    return clean(value).strip() if isinstance(value, str) else ""
