"""Does the project's package manager work, and does it take this project? Said before anything is changed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line
from loop_tui.process import shell
from loop_tui.process.environment import absolute_path

from .npm import Package, PackageManager, wanted_version

_NOWHERE = Path("/")
_TIMEOUT_S = 60.0
_YARN_PATH = regex(r'(?m)^\s*(?:yarnPath\s*:|"?yarn-path"?\s)')
_COREPACK = "corepack"


class ManagerProblem(Struct, frozen=True):
    """Why a program cannot do this project's work, and the command that does away with it."""

    program: str
    words: str
    fix: str


async def troubles(
    package: Package, manager: PackageManager, top: Path | None, *, looking: bool, started: bool = False
) -> tuple[ManagerProblem, ...]:
    """What is wrong with node and the package manager of a project; empty when they work.

    A look runs nothing in the project: there yarn would be the program that the project names. Otherwise the manager is
    asked to list the scripts, which it refuses where it refuses the project. `started` says that npm is started in the
    project anyway: then it is only asked where package.json names what npm has to check before (`devEngines`).
    """
    names = tuple(dict.fromkeys(("node", manager.value)))
    missing = [
        ManagerProblem(name, f"{name} is not installed", shell.how_to_get(name)) for name in names if not _found(name)
    ]
    if missing:
        return tuple(missing)
    if started and manager is PackageManager.NPM and "devEngines" not in package.document:
        return ()
    if not looking and manager is not PackageManager.YARN:
        refused = await _refusal(package, manager)
        # Who does not start anywhere is told so.
        return (await _broken(names) or (refused,)) if refused else ()
    if broken := await _broken(names):
        return broken
    version = "" if _is_corepack(manager.value) else await _version(manager.value)
    wrong = _wrong_line(package, manager, top, version) if isinstance(version, str) else version
    if wrong is None and not looking:
        wrong = await _refusal(package, manager)
    return (wrong,) if wrong else ()


async def _broken(names: Sequence[str]) -> tuple[ManagerProblem, ...]:
    """Which of the programs do not start at all; corepack's stand-ins are not asked, they would fetch something."""
    found = await asyncio.gather(*(_version(name) for name in names if not _is_corepack(name)))
    return tuple(each for each in found if isinstance(each, ManagerProblem))


def _found(name: str) -> Path | None:
    # A program that lies in the project is none of the person's.
    return shell.which(name, {"PATH": absolute_path()})


def _is_corepack(name: str) -> bool:
    """True when the program is corepack's stand-in, which fetches what the project names and starts that."""
    path = _found(name)
    return path is not None and _COREPACK in path.resolve().parts


async def _version(name: str) -> str | ManagerProblem:
    """The version of a program, asked outside of every project."""
    fix = f"{name} --version   # see it work"
    try:
        done = await shell.capture(
            [name, "--version"], cwd=_NOWHERE, env={"PATH": absolute_path()}, timeout_s=_TIMEOUT_S
        )
    except Problem as problem:
        return ManagerProblem(name, f"{name} does not start: {problem.what}", fix)
    if done.exit_code == 0:
        return done.stdout.strip()
    return ManagerProblem(name, f"{name} does not start: {shell.why_it_ended(done)}", fix)


def _wrong_line(package: Package, manager: PackageManager, top: Path | None, version: str) -> ManagerProblem | None:
    """yarn 1 where the project wants a later one: it refuses every command but --version."""
    wanted = wanted_version(package, top)
    if manager is not PackageManager.YARN or not version.startswith(("0.", "1.")):
        return None
    if not wanted or wanted.startswith(("0.", "1.")) or _names_its_yarn(package.project, top):
        return None
    fix = "corepack enable yarn" if _found(_COREPACK) else "npm install --global corepack && corepack enable yarn"
    words = (
        f"yarn here is {one_line(version, 20)}, package.json asks for yarn@{one_line(wanted, 20)}: yarn would refuse"
    )
    return ManagerProblem("yarn", words, fix)


def _names_its_yarn(project: Path, top: Path | None) -> bool:
    """True when the project holds the yarn that is to be started, which yarn 1 obeys."""
    for folder in (project, *project.parents):
        for name in (".yarnrc.yml", ".yarnrc"):
            try:
                if _YARN_PATH.search(read_text(folder / name, MANIFEST, follow=True, errors="replace")):
                    return True
            except OSError:
                continue
        if top is None or folder == top:
            break
    return False


async def _refusal(package: Package, manager: PackageManager) -> ManagerProblem | None:
    """Why the manager does not work on this project, in its own words."""
    name, argv = manager.value, [manager.value, "run"]
    fix = f"cd {package.project} && {' '.join(argv)}   # see it work"
    try:
        done = await shell.capture(argv, cwd=package.project, timeout_s=_TIMEOUT_S)
    except Problem as problem:
        return ManagerProblem(name, f"{name} does not work here: {problem.what}", fix)
    if done.exit_code == 0:
        return None
    return ManagerProblem(name, f"{name} refuses this project: {shell.why_it_ended(done)}", fix)
