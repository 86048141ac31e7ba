"""Which commands check a project, told by its files (SPEC section 4 "Hard verification")."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.known_checks import CHECKS, TYPES, known_checks


class CheckCommand(Struct, frozen=True):
    """One check to run. `argv` is None when there is nothing to run, and `missing` says what is not there."""

    name: str
    argv: tuple[str, ...] | None = None
    missing: str = ""


class Stack(Struct, frozen=True):
    """How a project is checked: what kind it is, for people, and its jobs."""

    kind: str
    jobs: tuple[CheckCommand, ...]


def detect(project: Path, settings: Mapping[str, JsonValue], top: Path | None = None) -> Stack:
    """The jobs build, test and lint, and `types` where the project has such a check.

    `settings` may name the command of each as a list of words (an empty one leaves it out) or the name of a script of
    package.json. Raises Problem for a damaged package.json and for settings that are neither.
    """
    package = npm.read_package(project)
    manager = npm.detect_manager(package, top) if package is not None else npm.PackageManager.NPM
    known = known_checks(project, package, manager)
    names = (*CHECKS, TYPES) if TYPES in known.commands or TYPES in settings else CHECKS
    jobs = []
    for name in names:
        argv, why = known.commands.get(name), known.missing
        if name in settings:
            argv, why = _set(name, settings[name], package, manager), "disabled in the settings"
        jobs.append(CheckCommand(name, argv, "" if argv else why))
    return Stack(known.kind, tuple(jobs))


def _set(
    name: str, value: JsonValue, package: npm.Package | None, manager: npm.PackageManager
) -> tuple[str, ...] | None:
    if isinstance(value, str) and package is not None and value:
        return tuple(npm.script_argv(manager, value))
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(str(word) for word in value) or None
    if value is None or value is False:
        return None
    raise Problem(
        f"the setting {name} is not a command",
        "code-verification",
        f'{name} = ["program", "argument"]',
        code=Code.DEFINITION_INVALID,
    )
