"""package.json and the programs around it: which package manager, which scripts, the version write, the tarball."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import JsonValue

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask
from loop_tui.model.text import one_line
from loop_tui.process import shell

PACK_TIMEOUT_S = 1800
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_PLACEHOLDER = "no test specified"  # what `npm init` writes as the test script


class PackageManager(StrEnum):
    """Who runs the scripts of a project."""

    NPM = "npm"
    PNPM = "pnpm"
    YARN = "yarn"
    BUN = "bun"


# npm-shrinkwrap.json goes before package-lock.json, as in npm itself.
_LOCKS = {
    "pnpm-lock.yaml": PackageManager.PNPM,
    "bun.lock": PackageManager.BUN,
    "bun.lockb": PackageManager.BUN,
    "yarn.lock": PackageManager.YARN,
    "npm-shrinkwrap.json": PackageManager.NPM,
    "package-lock.json": PackageManager.NPM,
}


@dataclass(frozen=True)
class Package:
    """What package.json says. `version` is empty when it says none; `document` is all of it."""

    path: Path
    name: str = ""
    version: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        """The folder that package.json is in."""
        return self.path.parent

    def script(self, name: str) -> str | None:
        """The command of a script, or None when there is none; the stub that `npm init` leaves counts as none."""
        command = self.scripts.get(name, "").strip()
        return None if not command or (name == "test" and _PLACEHOLDER in command) else command


@dataclass(frozen=True)
class LockVersion:
    """A version of the project itself that stands in its lock file; `key` says where in it."""

    path: Path
    key: str
    version: str


def read_package(project: Path) -> Package | None:
    """What the project's package.json says, or None when there is none.

    Raises Problem naming file and line when it is not JSON, and the key when a value is of the wrong kind.
    """
    path = project / "package.json"
    document = _read_object(path)
    if document is None:
        return None
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
        what = "is nested too deeply, or holds too large a number"
        raise Problem(what, str(path), code=Code.FILE_INVALID) from None
    if not isinstance(document, dict):
        raise Problem("holds no object", f"{path}:1:1", "it should start with {", code=Code.FILE_INVALID)
    return document


def detect_manager(package: Package, top: Path | None = None) -> PackageManager:
    """The package manager of a project: packageManager field, devEngines, lock file, npm (SHIP "npm").

    Lock files are looked for from the project's folder up to `top`, the repository's root, for workspaces.
    """
    if named := _known(package.document.get("packageManager")):
        return named
    if named := _dev_engine(package):
        return named
    for folder in (package.project, *package.project.parents):
        for name, manager in _LOCKS.items():
            if (folder / name).exists():
                return manager
        if top is None or folder == top:
            break
    return PackageManager.NPM


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


def lock_versions(project: Path) -> tuple[LockVersion, ...]:
    """The project's own version as npm's lock file has it, up to twice; nothing for other lock files.

    Raises Problem when the lock is not JSON.
    """
    found = []
    lock, path = _npm_lock(project)
    if isinstance(version := lock.get("version"), str):
        found.append(LockVersion(path, "version", version))
    if isinstance(version := _lock_root(lock).get("version"), str):
        found.append(LockVersion(path, 'packages[""].version', version))
    return tuple(found)


def _npm_lock(project: Path) -> tuple[dict[str, JsonValue], Path]:
    for name in ("npm-shrinkwrap.json", "package-lock.json"):
        document = _read_object(project / name)
        if document is not None:
            return document, project / name
    return {}, project / "package-lock.json"


def _lock_root(lock: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    packages = lock.get("packages")
    root = packages.get("") if isinstance(packages, dict) else None
    return root if isinstance(root, dict) else {}


def lock_drift(package: Package) -> tuple[str, ...]:
    """How npm's lock file differs from package.json, in words; empty when it agrees or there is none."""
    found = [
        f"{lock.path.name} {lock.key} is {one_line(lock.version)}, package.json says {one_line(package.version)}"
        for lock in lock_versions(package.project)
        if package.version and lock.version != package.version
    ]
    lock, path = _npm_lock(package.project)
    root = _lock_root(lock)
    if root:
        found += [
            f"{path.name} was made for other {key}"
            for key in _DEPENDENCIES
            if (root.get(key) or {}) != (package.document.get(key) or {})
        ]
    return tuple(found)


def version_argv(package: Package, version: str) -> list[str]:
    """The command that writes a version into package.json and npm's lock, and does nothing else (SHIP "npm").

    npm writes the version for every package manager: it touches no other manager's lock file.
    """
    argv = ["npm", "version", version, "--no-git-tag-version", "--ignore-scripts", "--allow-same-version"]
    return [*argv, "--workspaces-update=false", *_force(package)]


def _force(package: Package) -> tuple[str, ...]:
    # Where devEngines names another manager, npm refuses to work (EBADDEVENGINES) unless told that it is meant.
    return ("--force",) if _dev_engine(package) not in (None, PackageManager.NPM) else ()


async def write_version(package: Package, version: str) -> None:
    """Write this version into package.json and npm's lock. Raises Problem with npm's words."""
    done = await shell.capture(version_argv(package, version), cwd=package.project, timeout_s=120)
    if done.exit_code != 0:
        words = mask(one_line(done.stderr or done.stdout, 400))
        raise Problem(f"npm could not write version {version}: {words}", str(package.path), code=Code.PROGRAM_FAILED)


async def pack(package: Package, folder: Path) -> Path:
    """Make the npm tarball in `folder` and give its path. The project's pack scripts run. Raises Problem."""
    argv = ["npm", "pack", "--json", "--pack-destination", str(folder), *_force(package)]
    done = await shell.capture(argv, cwd=package.project, timeout_s=PACK_TIMEOUT_S)
    if done.exit_code != 0:
        words = mask(one_line(done.stderr or done.stdout, 400))
        raise Problem(f"npm pack failed: {words}", str(package.path), "npm pack", code=Code.PROGRAM_FAILED)
    name = read_pack(done.stdout)
    if name is None or not (folder / name).is_file():
        raise Problem(
            "npm pack does not say which file it made", str(package.path), "npm pack --json", code=Code.PROGRAM_FAILED
        )
    return folder / name


def read_pack(output: str) -> str | None:
    """The file name in what `npm pack --json` prints, or None.

    npm prints a list, later versions an object by package name; what pack scripts print may stand before it.
    """
    lines = output.splitlines(keepends=True)
    for start, line in enumerate(lines):
        if line.startswith(("[", "{")):
            try:
                document = json.loads("".join(lines[start:]))
            except (ValueError, RecursionError):
                continue
            if name := _file_name(document):
                return name
    return None


def _file_name(document: object) -> str | None:
    entries: Sequence[object] = (
        document if isinstance(document, list) else list(document.values()) if isinstance(document, dict) else ()
    )
    named = [entry.get("filename") for entry in entries if isinstance(entry, dict)]
    names = [name for name in named if isinstance(name, str)]
    # Older npm gave the name of a scoped package with its slash, and the file without.
    return names[0].removeprefix("@").replace("/", "-") if names else None
