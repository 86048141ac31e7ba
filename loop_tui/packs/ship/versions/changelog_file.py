"""Which changelog a package has, and whether a run may raise it."""

from pathlib import Path

from msgspec import Struct

from loop_tui.fs.paths import name_below
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.version_write import file_bytes

from .keep_a_changelog import Changelog, read_changelog
from .places import scripts_around
from .settings import CHANGELOG, LoopProject, release_settings

NAME = "CHANGELOG.md"
"""The file, in the package's folder."""
_CHANGESETS = ".changeset"


class ChangelogLook(Struct, frozen=True):
    """What there is. `changelog` is None where nothing is to be raised; `why_not` says why, empty without a file."""

    path: Path
    changelog: Changelog | None = None
    why_not: str = ""


def is_raised(definition: LoopDefinition) -> bool:
    """The setting `changelog`: true where nothing else is said."""
    return release_settings(definition).get(CHANGELOG) is not False


async def found_changelog(subject: LoopProject, root: Path) -> ChangelogLook:
    """The changelog that a run would raise. Looks only. Raises Problem for a file that cannot be read."""
    path = subject.project / NAME
    data = file_bytes(path)
    if data is None:
        return ChangelogLook(path)
    if why := _why_not(subject, root):
        return ChangelogLook(path, why_not=why)
    try:
        changelog = read_changelog(data, str(path))
        name = name_below(path, root)
    except Problem as problem:
        return ChangelogLook(path, why_not=f"it {problem.what}")
    if not await git.ask(root, "ls-files", "-z", "--", name):
        return ChangelogLook(path, why_not="git does not track it")
    return ChangelogLook(path, changelog)


def _why_not(subject: LoopProject, root: Path) -> str:
    if not is_raised(subject.definition):
        return f"{CHANGELOG} = false"
    if any((folder / _CHANGESETS).is_dir() for folder in (subject.project, root)):
        return f"{_CHANGESETS}/ is there, and its program writes the changelog"
    package = npm.read_package(subject.project)
    for script in scripts_around(subject.definition, package) if package is not None else ():
        if "changelog" in ((package.script(script) if package else "") or "").lower():
            return f"the {script} script of package.json writes it"
    return ""
