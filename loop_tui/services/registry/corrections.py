"""What can still be changed of a version that is out: its deprecation, and which dist-tags name it.

Each function is one question or one change, as in `npm_registry`; none of them tries twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.text import clean
from loop_tui.process import shell

from .answers import PublishAnswer, PublishOutcome, RegistryProblem, first_object, read_npm
from .npm_registry import LOOK_TIMEOUT_S, PUBLISH_TIMEOUT_S, with_password
from .place import RegistryPlace

_ONCE = "--fetch-retries=0"


@dataclass(frozen=True)
class OutVersion:
    """A version as a registry has it. `deprecated` is what whoever installs it is told; empty where it is not."""

    version: str
    deprecated: str = ""


async def versions_in(project: Path, place: RegistryPlace, name: str, wanted: str) -> tuple[OutVersion, ...]:
    """The versions in a range, or with a dist-tag, lowest first; none where the registry has none.

    Raises RegistryProblem.
    """
    # With two fields that every version has npm prints objects, whatever else a version has.
    printed = await _view(project, place, f"{name}@{wanted}", "name", "version", "deprecated")
    found = json.loads(printed) if printed.strip() else []
    rows = found if isinstance(found, list) else [found]
    return tuple(
        OutVersion(str(row.get("version", "")), _text(row.get("deprecated"))) for row in rows if isinstance(row, dict)
    )


async def dist_tags_of(project: Path, place: RegistryPlace, name: str) -> Mapping[str, str]:
    """The version that each dist-tag names; empty where the registry has no such package. Raises RegistryProblem."""
    found = first_object(await _view(project, place, name, "dist-tags"))
    return {tag: version for tag, version in found.items() if isinstance(version, str)}


def deprecate_command(place: RegistryPlace, name: str, wanted: str, message: str) -> list[str]:
    """The command that says of versions that they are deprecated; of an empty message, that they are not any more."""
    return ["npm", "deprecate", "--json", _ONCE, *place.arguments, "--", f"{name}@{wanted}", message]


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
