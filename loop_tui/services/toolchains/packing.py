"""The tarball of a package, made by the project's own tool, and what must not be in it.

Which file was made is told by the folder that it was put into, which was empty: what a tool prints of it stands amid
what the project's own scripts print (husky's `prepare` writes a text without a line end before npm's JSON).
"""

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import open_plain
from loop_tui.model.excerpt import telling
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line, mask
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.process import shell

from .dependencies import LINKS, dependencies_of
from .npm import Package, PackageManager, force, lone_script_argv

PACK_TIMEOUT_S = 1800
GUARD = "prepublishOnly"
"""The script that `npm publish` of a folder runs first, and `npm publish` of a tarball never."""
_LOCAL = ("workspace:", "catalog:")
_PLACES = (*LINKS, "./", "../", "/", "~/")
_INSTALLED = ("dependencies", "optionalDependencies", "peerDependencies")
_SUFFIXES = (".tgz", ".tar.gz")
_EXCERPT_LINES = 15


class Packer(Struct, frozen=True):
    """The tool that packs a project: its manager, and which line of it where they differ (`major` 0: unknown)."""

    manager: PackageManager
    major: int = 0

    def argv(self, package: Package, folder: Path) -> list[str]:
        """The command that packs the package into a folder."""
        match self.manager:
            case PackageManager.PNPM:
                return ["pnpm", "pack", "--pack-destination", str(folder)]
            case PackageManager.YARN if self.major == 1:
                return ["yarn", "pack", "--filename", str(folder / "package.tgz")]
            case PackageManager.YARN:
                return ["yarn", "pack", "--out", str(folder / "%s-%v.tgz")]
            case PackageManager.BUN:
                return ["bun", "pm", "pack", "--destination", str(folder)]
            case _:
                return ["npm", "pack", "--pack-destination", str(folder), *force(package)]


async def packer_of(package: Package, manager: PackageManager) -> Packer:
    """The tool that packs the package, in the version that works there. Raises Problem when it does not start."""
    if manager is not PackageManager.YARN:
        return Packer(manager)
    done = await shell.capture(["yarn", "--version"], cwd=package.project, timeout_s=60)
    major = done.stdout.strip().partition(".")[0]
    if done.exit_code != 0 or not major.isdigit():
        words = mask(one_line(done.stderr or done.stdout, 400))
        raise Problem(f"yarn does not start: {words}", str(package.path), "yarn --version", code=Code.PROGRAM_FAILED)
    return Packer(manager, int(major))


async def pack(package: Package, packer: Packer, folder: Path, *, guard: bool = False) -> Path:
    """Make the tarball in `folder`, which is empty, and give its path. The project's pack scripts run.

    With `guard` its `prepublishOnly` runs before, as it does before a folder is published. Raises Problem with the end
    of what the tool said, for a tarball of another name or version, and for one whose package.json leads nowhere
    outside of the repository.
    """
    if guard and package.script(GUARD) is not None:
        await _run(package, lone_script_argv(packer.manager, GUARD), f"the {GUARD} script")
    argv = packer.argv(package, folder)
    command = " ".join(argv[:3] if argv[1] == "pm" else argv[:2])
    await _run(package, argv, command)
    made = [path for path in folder.iterdir() if path.name.endswith(_SUFFIXES)]
    if len(made) != 1:
        what = f"{command} made {count_of(len(made), 'tarball') if made else 'no tarball'}"
        raise Problem(what, str(package.path), command, code=Code.PROGRAM_FAILED)
    _refuse_other(package, made[0])
    packed = _named(package, made[0])
    _refuse_local(package, packed)
    return packed


async def _run(package: Package, argv: list[str], what: str) -> None:
    done = await shell.capture(argv, cwd=package.project, timeout_s=PACK_TIMEOUT_S)
    if done.exit_code == 0:
        return
    lines = [line for line in clean(mask(f"{done.stderr}\n{done.stdout}")).splitlines() if line.strip()]
    excerpt = "\n".join(telling(lines, _EXCERPT_LINES)[1])
    raise Problem(
        f"{what} failed (exit {done.exit_code}): {excerpt}",
        str(package.path),
        f"see it work: {command_line(argv)}",
        code=Code.PROGRAM_FAILED,
    )


def tarball_name(name: str, version: str) -> str:
    """The name that every registry gives a tarball: scope and name without @ and slash, and the version."""
    return f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def _named(package: Package, made: Path) -> Path:
    """The tarball under the name that every registry gives it."""
    name = tarball_name(package.name, package.version)
    return made if made.name == name else made.rename(made.with_name(name))


def _refuse_other(package: Package, packed: Path) -> None:
    """Raise Problem when the tarball holds another package or version than package.json says.

    A pack script wrote it, an `.npmrc` says `workspace`, or the tool packs another folder (`publishConfig.directory`).
    """
    document = packed_document(packed)
    wanted, found = (package.name, package.version), (document.get("name"), document.get("version"))
    if wanted != found:
        holds = one_line(" ".join(str(value) for value in found if value)) or "no name and version"
        what = f"the tarball holds {holds}, and package.json says {one_line(' '.join(wanted))}"
        todo = "see its pack scripts (prepack, prepare), `workspace` in .npmrc, and publishConfig.directory"
        raise Problem(what, str(package.path), todo, code=Code.CHECK_FAILED)


def _refuse_local(package: Package, packed: Path) -> None:
    """Raise Problem when the tarball asks for packages in words that mean something only inside this repository."""
    found = [
        f"{key} {one_line(name)} {one_line(wanted, 80)}"
        for key, name, wanted in dependencies_of(packed_document(packed))
        if wanted.startswith(_LOCAL)
    ]
    if found:
        what = f"the tarball depends on packages that exist only in this workspace: {'; '.join(found[:5])}"
        todo = "pack it with the workspace's own tool (pnpm, yarn 2 or later, bun), or use plain versions"
        raise Problem(what, str(package.path), todo, code=Code.PROGRAM_FAILED)


def places_in(tarball: Path) -> tuple[str, ...]:
    """What a tarball asks for by a place on this machine, where nobody else has it: `dependencies lib file:../lib`.

    What only its developers install does not count, nor what is bundled in it.
    """
    document = packed_document(tarball)
    bundled = document.get("bundleDependencies", document.get("bundledDependencies"))
    inside = document.get("dependencies") if bundled is True else bundled
    names = [str(name) for name in inside] if isinstance(inside, list | dict) else []
    return tuple(
        f"{key} {one_line(name)} {one_line(wanted, 80)}"
        for key, name, wanted in dependencies_of(document)
        if key in _INSTALLED and wanted.strip().startswith(_PLACES) and name not in names
    )


def packed_document(tarball: Path) -> Mapping[str, JsonValue]:
    """The package.json inside a tarball; empty when it cannot be read."""
    try:
        with open_plain(tarball) as file, tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                if member.name.count("/") == 1 and member.name.endswith("/package.json"):
                    packed = archive.extractfile(member)
                    document = json.loads(packed.read(MANIFEST.most)) if packed else None
                    return document if isinstance(document, dict) else {}
    except (OSError, tarfile.TarError, ValueError, RecursionError):
        return {}
    return {}
