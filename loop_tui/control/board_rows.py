"""The rows of the board by their files: read when something was written, or when time alone makes another row."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace

from loop_tui.fs.paths import project_state_path, run_folder
from loop_tui.fs.present import is_file, is_folder
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem, headline
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.storage.definitions.catalog import find, roots
from loop_tui.storage.state.owner import read_owner
from loop_tui.storage.state.reader import NotALoopState

from .board_file import NEVER, BoardClock, BoardFile
from .board_row import NEEDS_YOU, QUIET, RunRow
from .run_reader import GRACE_S, MOST_WRITING_S


class BoardRows:
    """What each state file says. Nothing is written but, with `keeps`, answers that other programs erased."""

    def __init__(self, now: BoardClock, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._now = now
        self._rows: dict[Path, RunRow] = {}
        self._files: dict[Path, BoardFile] = {}
        self._broken: dict[Path, float] = {}
        """Files that did not read whole lately, and when the first time was, by the clock of this process."""
        self._again: dict[Path, float] = {}
        """Those of them that may become whole, and when to look again though nobody has written."""
        self._definitions: dict[tuple[Path | None, str], LoopDefinition | None] = {}

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """The rows, in no order."""
        return tuple(self._rows.values())

    @property
    def paths(self) -> set[Path]:
        """The files that have a row."""
        return set(self._rows)

    @property
    def unsettled(self) -> tuple[Path, ...]:
        """Files that may be half written: nobody has heard of it yet."""
        return tuple(self._again)

    def stale(self, project: Path) -> tuple[Path, ...]:
        """The files of a project of whose runs somebody else may work on them now than when they were read."""
        return tuple(path for path, file in tuple(self._files.items()) if path.parent == project and file.stale)

    def overdue(self) -> tuple[Path, ...]:
        """The files that are to be read though nobody wrote to them."""
        now, here = self._now().timestamp(), time.monotonic()
        waited = tuple(path for path, again in self._again.items() if again <= here)
        return (*(path for path, file in tuple(self._files.items()) if file.due <= now), *waited)

    def due_s(self) -> float | None:
        """In how many seconds a file is to be read though nobody writes to it; None when none is."""
        now, here = self._now().timestamp(), time.monotonic()
        found = min((file.due for file in self._files.values()), default=NEVER) - now
        found = min(found, min(self._again.values(), default=NEVER) - here)
        return max(0.0, found) if found != NEVER else None

    def news(self) -> tuple[str, ...]:
        """What a person has to be told of that no row shows, once."""
        told: list[str] = []
        for path, file in tuple(self._files.items()):
            if file.news:
                told += [f"{one_line(path.parent.name, 60)}: {line}" for line in file.news]
                file.news = []
        return tuple(told)

    def read(self, path: Path) -> bool:
        """Read a file anew; True when its run has gone."""
        if not is_file(path):
            self._files.pop(path, None)
            self._whole(path)
            return self._rows.pop(path, None) is not None
        file = self._files.get(path) or BoardFile(path, self._definition, self._now, keeps=self._keeps)
        self._files[path] = file
        try:
            self._rows[path] = file.read()
        except Problem as problem:
            self._not_read(path, problem)
        else:
            self._whole(path)
        return False

    def _whole(self, path: Path) -> None:
        self._broken.pop(path, None)
        self._again.pop(path, None)

    def _not_read(self, path: Path, problem: Problem) -> None:
        """Half a file is a passing thing: what is known of the run stays, and a moment later what is wrong is told."""
        known = self._rows.get(path)
        if isinstance(problem, NotALoopState) and not self._unread(path).opens:
            # Somebody else's file: many programs call theirs something-state.json.
            self._rows.pop(path, None)
            self._files.pop(path, None)
            self._whole(path)
            return
        here, age_s = time.monotonic(), _age_s(path)
        since = self._broken.setdefault(path, here)
        # No program is just writing a link or a pipe: of those nothing becomes whole.
        passes = problem.code is not Code.PATH_UNSAFE
        if passes and since != NEVER and here - since < MOST_WRITING_S and age_s < GRACE_S:
            self._again[path] = here + GRACE_S - age_s
            return
        self._broken[path] = NEVER
        self._again.pop(path, None)
        known = known or self._unread(path)
        self._rows[path] = replace(
            known,
            group=NEEDS_YOU if known.ours else QUIET,
            word=NEEDS_YOU if known.ours else QUIET,
            headline=one_line(headline(problem.what, str(path)), 200),
            trouble=one_line(str(problem), 400),
        )

    def _unread(self, path: Path) -> RunRow:
        """The row of a file that was never read: by its name it may be one that opens, where the remedy is offered."""
        project, loop, ours = path.parent, f"{path.name.removesuffix('-state.json')}-loop", False
        try:
            definition = self._definition(project, loop)
            opens = definition is not None and path == project_state_path(project, loop)
            ours = opens and read_owner(run_folder(project, loop), project, loop).record is not None
        except Problem:
            opens = False
        name = one_line(project.name, 60)
        return RunRow(path=path, project=project, loop=loop if opens else "", name=name, opens=opens, ours=ours)

    def _definition(self, project: Path, loop: str) -> LoopDefinition | None:
        """The definition of a loop: looked up once for all projects that bring none along."""
        own = any(is_folder(folder / name) for folder in roots(project) for name in (".loops", "loops"))
        key = (project if own else None, loop)
        if key not in self._definitions:
            try:
                self._definitions[key] = find(project, loop).definition
            except Problem:
                self._definitions[key] = None
        return self._definitions[key]


def _age_s(path: Path) -> float:
    """How long ago a file was written; 0 where nobody knows."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return 0.0
