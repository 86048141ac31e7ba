"""Where the documents of the three tiers are (SPEC section 7): looking for them opens none of them.

The organization's is in the person's home of archives, the system's in `.claude` at the top of the repository, those of
modules in `.claude` of their folders. A repository within the repository is another system.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.git_exclude import repository_of
from loop_tui.fs.paths import claude_home
from loop_tui.fs.present import is_there

NAME = "DREAM-STATE.md"
FOLDER = ".claude"
_ROADMAPS = ("ROADMAP.md", f"{FOLDER}/ROADMAP.md", "docs/ROADMAP.md")
_REGISTRIES = ("modules.json", "dream-state.json")
_DEEPEST = 6
MOST_FOLDERS = 5000
"""So many folders of a project are looked into for documents of modules."""
_OTHERS = frozenset(
    {"node_modules", "vendor", "target", "dist", "build", "out", "venv", "__pycache__", "site-packages"}
)


class DreamPlaces(Struct, frozen=True):
    """The documents of a project: paths that need not exist, and those of modules that do.

    `system` is None where the project's `.claude` is the organization's. `is_cut` says that the project has more
    folders than were looked into.
    """

    top: Path
    organization: Path
    system: Path | None
    modules: tuple[Path, ...]
    registries: tuple[Path, ...]
    roadmaps: tuple[Path, ...]
    roadmap_json: tuple[Path, ...]
    is_cut: bool = False


def find_places(project: Path, env: Mapping[str, str] | None = None, *, with_modules: bool = True) -> DreamPlaces:
    """Where the documents of a project are, from its folder or any below it; those of modules may be left out."""
    top = top_of(project)
    home = claude_home(env)
    is_home = os.path.realpath(top / FOLDER) == os.path.realpath(home)
    modules, is_cut = _modules(top) if with_modules and not is_home else ((), False)
    return DreamPlaces(
        top=top,
        organization=home / NAME,
        system=None if is_home else top / FOLDER / NAME,
        modules=modules,
        registries=tuple(path for name in _REGISTRIES if is_there(path := top / FOLDER / name)),
        roadmaps=tuple(path for name in _ROADMAPS if is_there(path := top / name)),
        roadmap_json=tuple(path for name in (f"{FOLDER}/roadmap.json", "roadmap.json") if is_there(path := top / name)),
        is_cut=is_cut,
    )


def top_of(project: Path) -> Path:
    """The top of the repository around a folder, or the folder itself where there is none."""
    found = repository_of(project)
    return found[0] if found is not None else project


def _modules(top: Path) -> tuple[tuple[Path, ...], bool]:
    """The documents of modules below the top, by folder, and whether there are folders that were not looked into."""
    found: list[Path] = []
    waiting = [(top, 0)]
    for _ in range(MOST_FOLDERS):
        if not waiting:
            break
        folder, depth = waiting.pop()
        below = _folders(folder, is_top=not depth)
        if depth and FOLDER in below and is_there(path := folder / FOLDER / NAME):
            found.append(path)
        if depth < _DEEPEST:
            names = sorted(name for name in below if not name.startswith(".") and name not in _OTHERS)
            waiting += [(folder / name, depth + 1) for name in reversed(names)]
    return tuple(found), bool(waiting)


def _folders(folder: Path, *, is_top: bool) -> set[str]:
    """The folders in a folder, without links; none of another repository, and of what may not be looked at."""
    try:
        with os.scandir(folder) as entries:
            found = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    except OSError:
        return set()
    if ".git" in found and not is_top:
        return set()
    return {name for name, is_folder in found.items() if is_folder}
