"""Workspaces of npm, pnpm, yarn and bun: which packages belong together, and who among them depends on whom."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .dependencies import dependencies_of
from .npm import Package, read_package
from .ranges import accepts, raised
from .workspace_patterns import places

PNPM = "pnpm-workspace.yaml"
_PEERS = "peerDependencies"


class NpmWorkspace(Struct, frozen=True):
    """The packages of one workspace. `folder` is its top; `members` are the others, by their folder from there."""

    folder: Path
    root: Package
    members: Mapping[str, Package]

    def place_of(self, package: Package) -> str:
        """Where a package lies, from the top of the workspace; empty for the top itself."""
        return next((place for place, known in self.members.items() if known.path == package.path), "")


class Dependent(Struct, frozen=True):
    """A package of the workspace whose range another version would break.

    `after` is the range that accepts it; `is_plain` says that it follows from the old one, and that nobody but this
    workspace is told anything by it.
    """

    package: Package
    place: str
    key: str
    name: str
    before: str
    after: str
    is_plain: bool

    @property
    def words(self) -> str:
        """For people: `packages/b dependencies: a ^1.0.0 -> ^2.0.0`."""
        return f"{self.place or '.'} {self.key}: {self.name} {self.before} -> {self.after}"


def workspace_of(package: Package, top: Path | None) -> NpmWorkspace | None:
    """The workspace that a package is the top or a member of, or None; looked for up to `top`, the repository's root.

    Raises Problem for files that cannot be read.
    """
    if top is None:
        return _at(package.project, package)
    for folder in (package.project, *package.project.parents):
        found = _at(folder, package)
        if found is not None:
            return found
        if folder == top:
            break
    return None


def _at(folder: Path, package: Package) -> NpmWorkspace | None:
    """The workspace whose top is that folder, if the package belongs to it."""
    root = package if folder == package.project else read_package(folder)
    patterns = _pnpm(folder) or (_patterns(root.document.get("workspaces")) if root is not None else ())
    if not patterns or root is None:
        return None
    members = {}
    for place in places(folder, patterns):
        known = package if folder / place == package.project else read_package(folder / place)
        if known is not None:
            members[place] = known
    is_member = folder == package.project or any(known is package for known in members.values())
    return NpmWorkspace(folder, root, members) if is_member else None


def _patterns(value: JsonValue) -> tuple[str, ...]:
    listed = value.get("packages") if isinstance(value, dict) else value
    return tuple(text for text in listed if isinstance(text, str)) if isinstance(listed, list) else ()


def _pnpm(folder: Path) -> tuple[str, ...]:
    path = folder / PNPM
    if not path.exists():
        return ()
    # Imported here: most projects have no such file.
    import yaml

    try:
        document = yaml.safe_load(read_text(path, MANIFEST, follow=True))
    except OSError:
        return ()
    except (ValueError, yaml.YAMLError, RecursionError):
        raise Problem("is not YAML", str(path), "fix it", code=Code.FILE_INVALID) from None
    return _patterns(document if isinstance(document, dict) else None)


def dependents(workspace: NpmWorkspace, package: Package, before: str, version: str) -> tuple[Dependent, ...]:
    """Whose ranges accept the version `before` of the package and not the other: what takes the package from here now.

    A range that did not accept `before` either takes another release, from a registry, and is left alone.
    """
    found = []
    for place, other in (("", workspace.root), *workspace.members.items()):
        if other.path == package.path:
            continue
        for key, name, spec in dependencies_of(other.document):
            if name != package.name or accepts(spec, version) is not False or not accepts(spec, before):
                continue
            after = raised(spec, version)
            plain = after is not None and key != _PEERS
            found.append(Dependent(other, place, key, name, spec, after or f"^{version}", plain))
    return tuple(found)
