"""Which project and which run a command is about."""

import os
from pathlib import Path

from msgspec import Struct

from loop_tui.control.client import RunClient
from loop_tui.control.execution import execution_in
from loop_tui.control.person import person
from loop_tui.control.run_definition import RunDefinition, definition_of
from loop_tui.fs.demo import refuse_demo
from loop_tui.fs.paths import STATE_SUFFIX, find_state_files, project_state_path, run_folder
from loop_tui.fs.present import is_folder
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import DEFAULT_LOOP, canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import secrets_in
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.storage.definitions.catalog import catalog
from loop_tui.storage.state.reader import NotALoopState, read_state
from loop_tui.storage.state.store import Store


class ChosenRun(Struct, frozen=True):
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
                what = "this run belongs to the orchestrator server, which reads its files only at its own start"
                todo = "`loop-tui status` shows where to answer it"
                raise Problem(what, str(self.project), todo, code=Code.STATE_FOREIGN)
            raise Problem(
                f"no run of {self.definition.id} here",
                str(self.store.path),
                "`loop-tui go` starts one",
                code=Code.RUN_UNKNOWN,
            )
        return loaded


def project_folder(folder: Path | None) -> Path:
    """The project folder that is meant, absolute. Raises Problem when it is not a folder, and for one of a demo."""
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
    """The loop of the one state file in a project, or None without any.

    Raises Problem when there are several, and for a damaged file that no known loop has, where there is no other run.
    """
    loops: list[str] = []
    damaged: list[Problem] = []
    for path in find_state_files(project):
        try:
            loop = _loop_in(path)
        except Problem as problem:
            damaged.append(problem)
            continue
        if loop is not None and loop not in loops:
            loops.append(loop)
    if damaged and not loops:
        what, todo = damaged[0], damaged[0].todo or "fix the file, or move it away"
        raise Problem(what.what, what.where, todo, code=what.code)
    if len(loops) > 1:
        names = ", ".join(one_line(loop, 40) for loop in loops)
        raise Problem(f"several runs here: {names}", str(project), "choose one with --loop", code=Code.RUN_AMBIGUOUS)
    return loops[0] if loops else None


def _loop_in(path: Path) -> str | None:
    """The loop that a state file is about, None when it is no loop state; by its name when it is damaged.

    Raises the Problem that reading it raised where no loop is known that has its state there.
    """
    try:
        state = read_state(path).state
    except NotALoopState:
        return None
    except Problem:
        loop = _loop_by_name(path)
        if loop is None:
            raise
        return loop
    return canonical_id(state.loop) if state.dialect.writable else None


def _stem(path: Path) -> str:
    return f"{path.name.removesuffix(STATE_SUFFIX)}-loop"


def _loop_by_name(path: Path) -> str | None:
    """The loop whose state lies in a file of that name: one that is known here, or one that has a run folder."""
    known = (found.definition.id for found in catalog(path.parent)[0])
    loop = next((each for each in known if project_state_path(path.parent, each) == path), None)
    try:
        return loop or (_stem(path) if is_folder(run_folder(path.parent, _stem(path))) else None)
    except Problem:  # Its name is no id of a loop.
        return None
