"""What a folder is opened as. Asked before the first paint: what reads state files is imported only where some are."""

import contextlib
from pathlib import Path

from loop_tui.fs.homes import config_dir
from loop_tui.fs.paths import find_state_files, project_state_path
from loop_tui.fs.present import is_folder
from loop_tui.fs.shipped import shipped_loops
from loop_tui.model.names import DEFAULT_LOOP
from loop_tui.model.problem import Problem

_SIGNS = {".git", ".loop", ".loops", "loops", "package.json"}
"""What shows that a folder is somebody's project."""


def runs_here(project: Path) -> int:
    """How many files here have the name of a state file; a folder that cannot be read has none."""
    with contextlib.suppress(OSError):
        return sum(entry.name.endswith("-state.json") for entry in project.iterdir())
    return 0


def nothing_in(project: Path) -> bool:
    """True when there is neither a run nor anything that a loop could ship: no state file, package or repository."""
    with contextlib.suppress(OSError):
        names = {entry.name for entry in project.iterdir()}
        if names & _SIGNS or any(name.endswith("state.json") for name in names):
            return False
        return not any((folder / ".git").exists() for folder in project.parents)
    return False


def foreign_run(project: Path) -> bool:
    """True when the runs in a folder are all of loops that are unknown here: they are listed, and only looked at."""
    files = find_state_files(project)
    if not files or _shipped_here(project).keys() & set(files):
        return False
    from loop_tui.storage.definitions.catalog import catalog
    from loop_tui.storage.state.reader import read_state

    if {project_state_path(project, each.definition.id) for each in catalog(project)[0]} & set(files):
        return False
    for path in files:
        with contextlib.suppress(Problem):
            read_state(path)
            return True
    return False


def loop_of(project: Path) -> str:
    """The loop to open in a folder: that of its state file, the newest when there are several, else distribution."""
    files = find_state_files(project)
    if not files:
        return DEFAULT_LOOP
    shipped, newest = _shipped_here(project), max(files, key=_changed_at)
    if newest in shipped:
        return shipped[newest]
    from loop_tui.storage.definitions.catalog import catalog

    places = {project_state_path(project, each.definition.id): each.definition.id for each in catalog(project)[0]}
    known = [path for path in files if path in places]
    return places[max(known, key=_changed_at)] if known else DEFAULT_LOOP


def _shipped_here(project: Path) -> dict[Path, str]:
    """Where the shipped loops have their state files here, if there are no others: then no definition needs reading."""
    folders = [folder / name for folder in (project, *project.parents) for name in (".loops", "loops")]
    if any(is_folder(folder) for folder in (*folders, config_dir() / "loops")):
        return {}
    return {project_state_path(project, loop): loop for loop in shipped_loops()}


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
