"""Where the version of this project stands, and how the project wants it written: `[release]` of its settings."""

from pathlib import Path

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.named_files import SLOT, NamedFile, read_entry
from loop_tui.services.toolchains.version_write import VersionSites, VersionWrite
from loop_tui.services.toolchains.workspaces import dependents, workspace_of

from .settings import AFTER, BEFORE, FILES, NEVER, SCRIPTS, LoopProject, release_settings


def named_files(definition: LoopDefinition) -> tuple[NamedFile, ...]:
    """The files that the setting `version_files` names. Raises Problem for entries that are none."""
    value = release_settings(definition).get(FILES, [])
    entries = [read_entry(text) if isinstance(text, str) else None for text in value] if isinstance(value, list) else []
    found = tuple(entry for entry in entries if entry is not None)
    if not isinstance(value, list) or len(found) != len(entries):
        todo = f'write it like {FILES} = ["src/version.ts", "README.md: badge/v{SLOT}-blue"]'
        raise Problem(f"{FILES} is not a list of files", definition.source, todo, code=Code.DEFINITION_INVALID)
    return found


def sites_of(subject: LoopProject, package: npm.Package, root: Path | None) -> VersionSites:
    """Where the version of the package stands. Raises Problem for files of its workspace that cannot be read."""
    return VersionSites(package, workspace_of(package, root), named_files(subject.definition))


def planned_write(
    subject: LoopProject, package: npm.Package, root: Path | None, before: str, after: str
) -> VersionWrite:
    """The write of a version with all ranges that it would break. Raises Problem as `sites_of`."""
    sites = sites_of(subject, package, root)
    found = dependents(sites.workspace, package, before, after) if sites.workspace else ()
    return VersionWrite(sites, before, after, found)


def scripts_around(definition: LoopDefinition, package: npm.Package) -> tuple[str, ...]:
    """Which of `preversion` and `version` are run around the write: those there are, unless the setting says fewer."""
    value = release_settings(definition).get(SCRIPTS)
    wanted = value if isinstance(value, list) else [BEFORE, AFTER]
    return tuple(name for name in (BEFORE, AFTER) if name in wanted and package.script(name) is not None)


def scripts_left_out(definition: LoopDefinition, package: npm.Package) -> tuple[str, ...]:
    """The version scripts of the package that are not run: those that the setting leaves out, and `postversion`."""
    run = scripts_around(definition, package)
    return tuple(name for name in (BEFORE, AFTER, NEVER) if package.script(name) is not None and name not in run)
