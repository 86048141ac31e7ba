"""One state file on the board: read as whoever it belongs to has it, and when that will be another by time alone."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from loop_tui.engine.decide import decide
from loop_tui.engine.progress import waiting_gate
from loop_tui.fs.atomic import Mark, mark_of
from loop_tui.fs.paths import project_state_path
from loop_tui.model.clock import parse_stamp, stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import secrets_in
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus, word_of
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded
from loop_tui.storage.state.claims import CLAIMS_NAME, QUIET_AFTER_S
from loop_tui.storage.state.leases import LEASE_NAME, current, doubtful, read_lease
from loop_tui.storage.state.owner import OWNER_NAME, Ownership
from loop_tui.storage.state.reader import read_state
from loop_tui.storage.state.store import Store

from .attention import Attention, AttentionKind, attention_of
from .board_row import BLOCKED, DONE, ELSEWHERE, FAILED, NEEDS_YOU, QUIET, RUNNING, STOPPED, RunRow
from .execution import execution_snapshot
from .keeping import Keeping
from .presence import Presence, presence_in, presence_of, time_of_day
from .snapshot import Snapshot

Definitions = Callable[[Path, str], LoopDefinition | None]
"""What the catalog has for a loop in a project folder."""
BoardClock = Callable[[], datetime]

NEVER = math.inf
TELLING = (LEASE_NAME, OWNER_NAME, CLAIMS_NAME)
"""The files of a run folder that say who works on its run."""
_LATER_S = 0.05
"""How long after a moment it is over for certain."""

_NEEDS = frozenset(
    {
        AttentionKind.TROUBLE,
        AttentionKind.QUESTION,
        AttentionKind.GATE,
        AttentionKind.MANUAL,
        AttentionKind.DELIVERABLE,
        AttentionKind.BOUNDARY,
        AttentionKind.UNREADABLE,
        AttentionKind.TRUST,
    }
)
_GROUPS = {
    AttentionKind.FAILED: FAILED,
    AttentionKind.BLOCKED: BLOCKED,
    AttentionKind.RUNNING: RUNNING,
    AttentionKind.OPENING: RUNNING,
    **dict.fromkeys(_NEEDS, NEEDS_YOU),
}
_ASKS = frozenset({AttentionKind.GATE, AttentionKind.QUESTION})
_OVER = frozenset({AttentionKind.COMPLETE, AttentionKind.ENDED})


class BoardFile:
    """A state file that is read again and again.

    `due` is when it has to be read though nothing was written to it, in seconds since 1970. What it says is believed as
    the store of that run believes it. Nothing is written to it but, with `keeps`, an answer that was erased.
    """

    def __init__(self, path: Path, definitions: Definitions, now: BoardClock, *, keeps: bool = False) -> None:
        self.news: list[str] = []
        """What was told of answers that somebody erased."""
        self._keeps = keeps
        self._keeping: Keeping | None = None
        self.path = path
        self.store: Store | None = None
        self.due = NEVER
        self._definitions = definitions
        self._now = now
        self._owner: Ownership | None = None
        self._run = ""
        self._marks: tuple[Mark | None, ...] = ()

    @property
    def stale(self) -> bool:
        """True when a file that says who works on the run is not as it was when the row was read."""
        return self._telling() != self._marks

    def _telling(self) -> tuple[Mark | None, ...]:
        return tuple(mark_of(self.store.run_dir / name) for name in TELLING) if self.store is not None else ()

    def read(self) -> RunRow:
        """The row of what the file says now. Raises Problem as `read_state`."""
        self.due = NEVER
        self._marks = self._telling()
        loaded = self._again(self.store) if self.store is not None else None
        if loaded is not None and self.store is not None:
            return self._of_store(self.store, loaded.state)
        self.store = None
        state = read_state(self.path).state
        if not state.dialect.writable:
            return self._execution(state.loop)
        try:
            opens = project_state_path(self.path.parent, state.loop) == self.path
        except Problem:
            opens = False
        if not opens:
            return self._listed(state.loop)
        store = Store(self.path.parent, state.loop, now=self._now, secrets=secrets_in(os.environ))
        self._owner, self._run = store.owner(), state.run
        own = self._owner.definition if self._owner.of(state.run) else None
        store.definition = own or self._definitions(self.path.parent, store.loop)
        self.store, self._keeping = store, Keeping(store) if self._keeps else None
        self._marks = self._telling()
        loaded = store.load()
        return self._of_store(store, loaded.state if loaded is not None else state)

    def _again(self, store: Store) -> Loaded | None:
        """What the store says now; None where another run lies there, or it belongs to somebody else than before."""
        if store.owner() is not self._owner:
            return None
        loaded = store.load()
        same = loaded is not None and loaded.state.run == self._run and loaded.state.loop == store.loop
        return loaded if same else None

    def _of_store(self, store: Store, state: RunState) -> RunRow:
        told = self._keeping.keep(state) if self._keeping is not None else ()
        if told and (again := store.load()) is not None:
            state = again.state
        self.news += told
        lease = current(store.run_dir)
        presence = presence_in(store, state, lease, self._now().timestamp())
        self._due_by(presence)
        row = self._row(_snapshot(self.path, state, store.definition, presence, lease), opens=True)
        return self._doubted(row, store) if row.group == STOPPED else row

    def _doubted(self, row: RunRow, store: Store) -> RunRow:
        """Nobody can tell whether a driver of another machine lives: such a run is not said to have stopped."""
        lease = read_lease(store.run_dir / LEASE_NAME)
        if lease is None or doubtful(store.run_dir, self._now) is None:
            return row
        since = time_of_day(lease.heartbeat, self._now().timestamp())
        who = f"{one_line(lease.name, 30) or 'a driver'} on {one_line(lease.host, 30)}"
        word = f"quiet since {since}" if since else QUIET
        return replace(row, group=QUIET, word=word, headline=f"{word}: {who} may still drive it")

    def _listed(self, loop: str) -> RunRow:
        """A file that does not lie where its loop has it: it is nobody's run here, and does not open."""
        definition = self._definitions(self.path.parent, loop)
        state = read_state(self.path, definition).state
        presence = presence_of(state, ours=False, driver=None, heard=_written(self.path), now=self._now().timestamp())
        self._due_by(presence)
        return self._row(_snapshot(self.path, state, definition, presence, None), opens=False)

    def _execution(self, loop: str) -> RunRow:
        definition = self._definitions(self.path.parent, loop)
        found = read_state(self.path, definition)
        now = self._now().timestamp()
        shot = execution_snapshot(self.path, found, definition, written=_written(self.path), now=now)
        if shot.presence is not None:
            self._due_by(shot.presence)
        return self._row(shot, opens=True)

    def _due_by(self, presence: Presence) -> None:
        if presence.working:
            self.due = presence.heard + QUIET_AFTER_S + _LATER_S

    def _row(self, shot: Snapshot, *, opens: bool) -> RunRow:
        state, presence = shot.state, shot.presence
        assert state is not None
        assert presence is not None
        need = attention_of(shot) if shot.definition is not None else None
        # A file that does not say when it was written tells it all the same.
        changed_at = state.updated_at or (stamp(datetime.fromtimestamp(presence.heard, UTC)) if presence.heard else "")
        group = self._group(need, state, presence, changed_at)
        headline = need.headline if need is not None else _plain_headline(state, presence)
        return RunRow(
            path=self.path,
            project=self.path.parent,
            loop=one_line(state.loop, 80),
            name=one_line(state.system or self.path.parent.name, 60),
            run=one_line(state.run, 80),
            phase=one_line(state.phase, 40),
            place=state.index + 1,
            phases=len(state.phases),
            status=state.status.value,
            group=group,
            word=presence.word if group == QUIET and presence.heard else group,
            by=one_line(presence.by, 60),
            ours=presence.ours,
            headline=headline,
            driven=presence.driver is not None,
            dialect=state.dialect.value,
            started_at=one_line(state.started_at, 40),
            updated_at=one_line(changed_at, 40),
            opens=opens,
            asks=opens and state.dialect.writable and need is not None and need.kind in _ASKS,
        )

    def _group(self, need: Attention | None, state: RunState, presence: Presence, changed_at: str) -> str:
        """Where a run stands: by what it needs; else by who works on it, and whether anybody does."""
        if need is None:
            found = _plain_group(state)
        elif need.kind in _OVER:
            found = DONE
        else:
            found = _GROUPS.get(need.kind, "")
        if found == DONE and not self._is_today(changed_at):
            found = STOPPED if presence.ours else QUIET
        if found:
            return found
        if presence.elsewhere:
            return ELSEWHERE if presence.working or presence.driver is not None else QUIET
        return RUNNING if presence.driver is not None else STOPPED

    def _is_today(self, moment: str) -> bool:
        found = parse_stamp(moment) if moment else None
        return found is not None and found.astimezone().date() == self._now().astimezone().date()


def _snapshot(
    path: Path, state: RunState, definition: LoopDefinition | None, presence: Presence, lease: LeaseRecord | None
) -> Snapshot:
    shot = Snapshot(
        project=path.parent,
        loop=state.loop,
        opened=True,
        state=state,
        definition=definition,
        lease=lease,
        presence=presence,
    )
    if definition is None:
        return shot
    return replace(shot, action=decide(state, definition), gate=waiting_gate(state, definition))


def _plain_group(state: RunState) -> str:
    """Where a run stands whose loop nobody knows here, by what its file says alone; empty where nothing is needed."""
    if state.status.value in ("failed", "blocked", "complete"):
        return {"failed": FAILED, "blocked": BLOCKED}.get(state.status.value, DONE)
    return NEEDS_YOU if state.awaited or state.pending_questions else ""


def _plain_headline(state: RunState, presence: Presence) -> str:
    if state.pending_questions:
        return one_line(state.pending_questions[0].text, 200)
    if state.awaited:
        return f"{one_line(state.phase, 40)} waits for an approval"
    return presence.word if state.status is RunStatus.ACTIVE else word_of(state.status)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
