"""Which project and which run a command is about."""

import os
from dataclasses import dataclass
from pathlib import Path

from loop_tui.control.client import RunClient
from loop_tui.control.execution import execution_in
from loop_tui.control.person import person
from loop_tui.control.run_definition import RunDefinition, definition_of
from loop_tui.fs.demo import refuse_demo
from loop_tui.fs.paths import find_state_files, run_folder
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line, secrets_in
from loop_tui.ports import Loaded
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.storage.state.reader import read_state
from loop_tui.storage.state.store import Store

DEFAULT_LOOP = "distribution-loop"


@dataclass(frozen=True)
class ChosenRun:
    """A project, a loop of it, and the store of their run."""

    project: Path
    known: RunDefinition
    store: Store

    @property
    def definition(self) -> LoopDefinition:
        """The definition that the run goes by."""
        return self.store.definition or self.known.definition

    def client(self, by: str = "") -> RunClient:
        """Who says something to the run: the person of this terminal, or whoever goes by that name."""
        return RunClient(self.store, ProcessLauncher(by or person()), by)

    def loaded(self) -> Loaded:
        """The run as it is on disk. Raises Problem when there is none."""
        loaded = self.store.load_whole()
        if loaded is None:
            if execution_in(self.project) is not None:
                what = "this run is of the orchestrator server, which reads its files only when it starts"
                todo = "`loop-tui status` says where it is answered"
                raise Problem(what, str(self.project), todo, code=Code.STATE_FOREIGN)
            raise Problem(
                f"no run of {self.definition.id} here",
                str(self.store.path),
                "`loop-tui go` starts one",
                code=Code.RUN_UNKNOWN,
            )
        return loaded


def project_folder(folder: Path | None) -> Path:
    """The project folder that is meant, absolute. Raises Problem when it is no folder, and for one of a demo."""
    project = (folder or Path()).absolute()
    if not project.is_dir():
        raise Problem("no such folder", str(project), code=Code.FOLDER_MISSING)
    refuse_demo(project)
    return project


def place(folder: Path | None, loop: str | None) -> ChosenRun:
    """The project and loop that are meant: the loop named, else the one run found there, else distribution.

    Raises Problem when several runs are found and none was named.
    """
    project = project_folder(folder)
    known = definition_of(project, loop or loop_of(project) or DEFAULT_LOOP)
    store = Store(project, known.definition.id, definition=known.definition, secrets=secrets_in(os.environ))
    return ChosenRun(project, known, store)


def loop_of(project: Path) -> str | None:
    """The loop of the one state file in a project, or None without any. Raises Problem when there are several."""
    loops: list[str] = []
    for path in find_state_files(project):
        loop = _loop_in(path)
        if loop is not None and loop not in loops:
            loops.append(loop)
    if len(loops) > 1:
        names = ", ".join(one_line(loop, 40) for loop in loops)
        raise Problem(f"several runs here: {names}", str(project), "say which with --loop", code=Code.RUN_AMBIGUOUS)
    return loops[0] if loops else None


def _loop_in(path: Path) -> str | None:
    """The loop that a state file is about; by its name when it cannot be read, None when it is no loop state."""
    try:
        state = read_state(path).state
    except Problem:
        stem = path.name.removesuffix("-state.json")
        return f"{stem}-loop" if (run_folder(path.parent, f"{stem}-loop")).is_dir() else None
    return canonical_id(state.loop) if state.dialect.writable else None
