"""package.json: what it says, which package manager is meant, and which scripts there are."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .dependencies import DEPENDENCIES
from .locks import BUN_BINARY_LOCK, BUN_LOCK, LOCKS_OF_NPM, PNPM_LOCK, YARN_LOCK

_PLACEHOLDER = "no test specified"  # what `npm init` writes as the test script


class PackageManager(StrEnum):
    """Who runs the scripts of a project."""

    NPM = "npm"
    PNPM = "pnpm"
    YARN = "yarn"
    BUN = "bun"


_MANAGERS = {
    PNPM_LOCK: PackageManager.PNPM,
    BUN_LOCK: PackageManager.BUN,
    BUN_BINARY_LOCK: PackageManager.BUN,
    YARN_LOCK: PackageManager.YARN,
    **dict.fromkeys(LOCKS_OF_NPM, PackageManager.NPM),
}


class Package(Struct, frozen=True):
    """What package.json says. `version` is empty when it says none; `document` is all of it."""

    path: Path
    name: str = ""
    version: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        """True when it is never published: `"private": true`, or anything else that npm takes for true."""
        return bool(self.document.get("private"))

    @property
    def project(self) -> Path:
        """The folder that package.json is in."""
        return self.path.parent

    def script(self, name: str) -> str | None:
        """The command of a script, or None when there is none; the stub that `npm init` leaves counts as none."""
        command = self.scripts.get(name, "").strip()
        return None if not command or (name == "test" and _PLACEHOLDER in command) else command


def read_package(project: Path) -> Package | None:
    """What the project's package.json says, or None when there is none.

    Raises Problem naming file and line when it is not JSON, and the key when a value is of the wrong kind.
    """
    path = project / "package.json"
    document = _read_object(path)
    return None if document is None else package_of(path, document)


def package_of(path: Path, document: dict[str, JsonValue]) -> Package:
    """The package of a package.json at that path that says this. Raises Problem naming the key of a wrong kind."""
    for key, kind, words in (("name", str, "text"), ("version", str, "text"), ("scripts", dict, "an object")):
        if not isinstance(document.get(key, kind()), kind):
            raise Problem(f'"{key}" is not {words}', str(path), f'fix "{key}" in {path.name}', code=Code.FILE_INVALID)
    scripts = document.get("scripts", {})
    assert isinstance(scripts, dict)  # checked above; tells the type checker
    return Package(
        path=path,
        name=str(document.get("name", "")),
        version=str(document.get("version", "")),
        scripts={name: command for name, command in scripts.items() if isinstance(command, str)},
        document=document,
    )


def _read_object(path: Path) -> dict[str, JsonValue] | None:
    try:
        data = read_plain(path, MANIFEST, follow=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from None
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem(
            f"is not UTF-8 (byte {error.start})", str(path), "save it as UTF-8", code=Code.FILE_INVALID
        ) from None
    except json.JSONDecodeError as error:
        raise Problem(
            f"is not JSON: {error.msg}",
            f"{path}:{error.lineno}:{error.colno}",
            "fix that line",
            code=Code.FILE_INVALID,
        ) from None
    except (ValueError, RecursionError):
        what = "is nested too deeply, or a number is too large"
        raise Problem(what, str(path), code=Code.FILE_INVALID) from None
    if not isinstance(document, dict):
        raise Problem("does not hold an object", f"{path}:1:1", "it should start with {", code=Code.FILE_INVALID)
    return document


def detect_manager(package: Package, top: Path | None = None) -> PackageManager:
    """The package manager of a project: packageManager field, devEngines, lock file, npm (SHIP "npm").

    Each is looked for from the project's folder up to `top`, the repository's root, for workspaces.
    """
    for folder in (package.project, *package.project.parents):
        if named := named_manager(package if folder == package.project else _package_above(folder)):
            return named
        for name, manager in _MANAGERS.items():
            if (folder / name).exists():
                return manager
        if top is None or folder == top:
            break
    return PackageManager.NPM


def wanted_version(package: Package, top: Path | None = None) -> str:
    """The version that the packageManager field asks for, of this package or one above it; empty when none does."""
    for folder in (package.project, *package.project.parents):
        above = package if folder == package.project else _package_above(folder)
        value = above.document.get("packageManager") if above else None
        if isinstance(value, str) and _known(value):
            return value.partition("@")[2].partition("+")[0]
        if top is None or folder == top:
            break
    return ""


def named_manager(package: Package | None) -> PackageManager | None:
    """The manager that a package.json itself names, in `packageManager` or `devEngines`; None when it names none."""
    if package is None:
        return None
    return _known(package.document.get("packageManager")) or _dev_engine(package)


def _package_above(folder: Path) -> Package | None:
    """The package.json of a folder above the project; one that cannot be read names nothing."""
    try:
        return read_package(folder)
    except Problem:
        return None


def _known(value: JsonValue) -> PackageManager | None:
    name = value.partition("@")[0].strip() if isinstance(value, str) else ""
    return PackageManager(name) if name in set(PackageManager) else None


def _dev_engine(package: Package) -> PackageManager | None:
    engines = package.document.get("devEngines")
    wanted = engines.get("packageManager") if isinstance(engines, dict) else None
    for entry in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(entry, dict) and (named := _known(entry.get("name"))):
            return named
    return None


def script_argv(manager: PackageManager, name: str) -> list[str]:
    """The command that runs a script of package.json."""
    if name == "test" and manager in (PackageManager.NPM, PackageManager.PNPM, PackageManager.YARN):
        return [manager.value, "test"]  # the words people know; `bun test` would be bun's own test runner
    return [manager.value, "run", name]


def lone_script_argv(manager: PackageManager, name: str) -> list[str]:
    """The command that runs a script of package.json without those that npm and pnpm run before and after it."""
    alone = {PackageManager.NPM: ["--ignore-scripts"], PackageManager.PNPM: ["--config.enable-pre-post-scripts=false"]}
    return [manager.value, *alone.get(manager, []), "run", name]


def _npm_lock(project: Path) -> tuple[dict[str, JsonValue], Path]:
    for name in LOCKS_OF_NPM:
        document = _read_object(project / name)
        if document is not None:
            return document, project / name
    return {}, project / "package-lock.json"


def _lock_root(lock: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    packages = lock.get("packages")
    root = packages.get("") if isinstance(packages, dict) else None
    return root if isinstance(root, dict) else {}


def lock_drift(package: Package) -> tuple[str, ...]:
    """For which dependencies npm's lock file was made other than package.json has them, in words.

    Empty when it agrees or there is none. Raises Problem when the lock is not JSON.
    """
    lock, path = _npm_lock(package.project)
    root = _lock_root(lock)
    if not root:
        return ()
    return tuple(
        f"{path.name} was made for different {key}"
        for key in DEPENDENCIES
        if (root.get(key) or {}) != (package.document.get(key) or {})
    )


def force(package: Package) -> tuple[str, ...]:
    """The word that npm needs where devEngines names another manager: it refuses to work (EBADDEVENGINES) without."""
    return ("--force",) if _dev_engine(package) not in (None, PackageManager.NPM) else ()
