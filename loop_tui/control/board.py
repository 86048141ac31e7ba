"""Many runs at once: what each state file below some folders says, kept up to date (SCREEN "Home")."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from loop_tui.engine.decide import decide
from loop_tui.engine.progress import waiting_gate
from loop_tui.fs.paths import RUNS, is_state_name, project_state_path, run_folder
from loop_tui.fs.present import is_file, is_folder
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.discover import Finder
from loop_tui.storage.state.leases import LEASE_NAME, current
from loop_tui.storage.state.reader import NotALoopState, read_state
from loop_tui.storage.watch import watch

from .attention import Attention, AttentionKind, attention_of
from .board_row import BLOCKED, DONE, IDLE, NEEDS_YOU, RUNNING, RunRow
from .done_today import done_today
from .snapshot import Snapshot

BATCH_S = 0.1
"""The shortest time between two pictures of the board."""
RELOOK_S = 0.5
"""How long after a new folder it is looked for anew: folders come in crowds."""
# Looks for new folders come so far apart that they never take more than a tenth of the time.
_LOOK_SHARE = 10

_GROUPS = {
    AttentionKind.RUNNING: RUNNING,
    AttentionKind.OPENING: RUNNING,
    AttentionKind.BLOCKED: BLOCKED,
    AttentionKind.COMPLETE: DONE,
    AttentionKind.ENDED: DONE,
    AttentionKind.PAUSED: IDLE,
    AttentionKind.STOPPED: IDLE,
    AttentionKind.RESUME: IDLE,
    AttentionKind.IDLE: IDLE,
    AttentionKind.GONE: IDLE,
}
"""Where a run stands on the board; every other need is one that only a person can meet."""


@dataclass(frozen=True)
class Picture:
    """All rows, in no order. `full` says that there were more folders than are looked into."""

    rows: tuple[RunRow, ...] = ()
    folders: int = 0
    full: bool = False


class Board:
    """The runs below `roots`. What it reads is only read."""

    def __init__(
        self, roots: Iterable[Path], depth: int | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        unique = tuple(dict.fromkeys(root.absolute() for root in roots))
        self.finder = Finder(unique) if depth is None else Finder(unique, depth)
        self._rows: dict[Path, RunRow] = {}
        self._definitions: dict[str, LoopDefinition | None] = {}
        self._watched: frozenset[Path] = frozenset()
        self._look_s = 0.0
        self._now = now
        self._done: tuple[RunRow, ...] = ()
        self._done_on: date | None = None

    def picture(self) -> Picture:
        """The board as it is."""
        here = {(row.run, row.name) for row in self._rows.values() if row.run}
        over = tuple(row for row in self._done if (row.run, row.name) not in here)
        return Picture((*self._rows.values(), *over), len(self._watched), self.finder.full)

    def look(self) -> Picture:
        """Look everywhere once, without watching."""
        self._watched = self.finder()
        for path in self.finder.files:
            self._read(path)
        self._look_back()
        return self.picture()

    def _look_back(self) -> None:
        """Read what ended today, when a run has gone from its folder since, or the day is another."""
        today = self._now().astimezone().date()
        if self._done_on != today:
            self._done, self._done_on = done_today(self._now()), today

    async def pictures(self, stop: asyncio.Event) -> AsyncGenerator[Picture, None]:
        """The board whenever it changes, until `stop` is set."""
        shown: Picture | None = None
        at = 0.0
        # Set when folders appear: until they are looked into nobody hears of what is written there.
        relook = asyncio.Event()
        loop = asyncio.get_running_loop()
        planned: asyncio.TimerHandle | None = None
        async with aclosing(watch(self._folders, stop, relook)) as batches:  # type: ignore[type-var]
            async for changed in batches:
                if shown is None:
                    changed |= self._rows.keys()
                await asyncio.sleep(max(0.0, at + BATCH_S - time.monotonic()))
                new_folder = await asyncio.to_thread(self._take, frozenset(changed))
                at = time.monotonic()
                if new_folder and (planned is None or planned.when() <= loop.time()):
                    planned = loop.call_later(max(RELOOK_S, self._look_s * _LOOK_SHARE), relook.set)
                picture = self.picture()
                if picture != shown:
                    shown = picture
                    yield picture

    def _folders(self) -> Iterable[Path]:
        """What to watch: where state files are or may come, and the run folders, where a driver leaves its lease."""
        started = time.monotonic()
        self._watched = self.finder()
        self._look_s = time.monotonic() - started
        leases = {run_folder(row.project, row.loop) for row in tuple(self._rows.values()) if row.opens}
        return self._watched | leases

    def _take(self, changed: frozenset[Path]) -> bool:
        """Read what changed; True when a folder came that is not watched yet."""
        new_folder = False
        for path in changed:
            if is_state_name(path.name):
                self._read(path)
            elif path.name == LEASE_NAME and path.parent.parent.name == RUNS:
                for row in [r for r in self._rows.values() if r.project == path.parent.parent.parent]:
                    self._read(row.path)
            elif path not in self.finder.looked and self.finder.looks_into(path) and is_folder(path):
                new_folder = True
        self._look_back()
        return new_folder

    def _read(self, path: Path) -> None:
        before = self._rows.get(path)
        if not is_file(path):
            if self._rows.pop(path, None) is not None:
                self._done_on = None
            return
        try:
            state = read_state(path).state
        except Problem as problem:
            if isinstance(problem, NotALoopState) and not self._unread(path).opens:
                # Somebody else's file: many programs call theirs something-state.json.
                self._rows.pop(path, None)
                return
            # Half a file is a passing thing: what was known of the run stays, with a word of what is wrong now.
            known = before or self._unread(path)
            self._rows[path] = replace(
                known,
                group=NEEDS_YOU,
                headline=one_line(f"{path.name}: {problem.what}", 200),
                trouble=one_line(str(problem), 400),
            )
            return
        self._rows[path] = self._row(path, state)

    def _unread(self, path: Path) -> RunRow:
        """The row of a file that was never read: by its name it may be one that opens, where the remedy is offered."""
        loop = f"{path.name.removesuffix('-state.json')}-loop"
        try:
            opens = path == project_state_path(path.parent, loop) and self._definition(path.parent, loop) is not None
        except Problem:
            opens = False
        name = one_line(path.parent.name, 60)
        return RunRow(path=path, project=path.parent, loop=loop if opens else "", name=name, opens=opens)

    def _row(self, path: Path, state: RunState) -> RunRow:
        project, loop = path.parent, state.loop
        try:
            opens = project_state_path(project, loop) == path and state.dialect.writable
            lease = current(run_folder(project, loop)) if opens else None
        except Problem:
            opens, lease = False, None
        # A file of another program is shown as it says; what it needs is for that program to know.
        definition = self._definition(project, loop) if state.dialect.writable else None
        need = _need(project, state, definition, lease)
        group = _GROUPS.get(need.kind, NEEDS_YOU) if definition is not None else _plain_group(state)
        if group == RUNNING and definition is None and state.dialect.writable and lease is None:
            group = IDLE
        if group == DONE and not self._is_today(state.updated_at):
            group = IDLE
        return RunRow(
            path=path,
            project=project,
            loop=loop,
            name=one_line(state.system or project.name, 60),
            run=state.run,
            phase=one_line(state.phase, 40),
            place=state.index + 1,
            phases=len(state.phases),
            status=state.status.value,
            group=group,
            headline=need.headline if definition is not None else state.status.value,
            driven=lease is not None,
            dialect=state.dialect.value,
            started_at=state.started_at,
            updated_at=state.updated_at,
            opens=opens,
        )

    def _is_today(self, moment: str) -> bool:
        found = parse_stamp(moment) if moment else None
        return found is not None and found.astimezone().date() == self._now().astimezone().date()

    def _definition(self, project: Path, loop: str) -> LoopDefinition | None:
        """The definition of a loop: looked up once for all projects that bring none along."""
        own = any(is_folder(project / name) for name in (".loops", "loops"))
        key = f"{project}\0{loop}" if own else loop
        if key not in self._definitions:
            try:
                self._definitions[key] = find(project, loop).definition
            except Problem:
                self._definitions[key] = None
        return self._definitions[key]


def _need(project: Path, state: RunState, definition: LoopDefinition | None, lease: LeaseRecord | None) -> Attention:
    shot = Snapshot(project=project, loop=state.loop, opened=True, state=state, definition=definition, lease=lease)
    if definition is not None:
        shot = replace(shot, action=decide(state, definition), gate=waiting_gate(state, definition))
    return attention_of(shot)


def _plain_group(state: RunState) -> str:
    """Where a run stands whose loop nobody knows: by its status alone."""
    return {"blocked": BLOCKED, "failed": NEEDS_YOU, "complete": DONE, "paused": IDLE}.get(state.status.value, RUNNING)
