"""One look at the files of a run: what a snapshot is made of. Blocking; called in a thread by the feed."""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from loop_tui.engine.decide import decide
from loop_tui.engine.progress import waiting_gate
from loop_tui.fs.atomic import Mark, mark_of
from loop_tui.fs.git_head import head_of
from loop_tui.fs.whole_lines import tail
from loop_tui.model.actions import ExecuteSkill
from loop_tui.model.binding import Binding, deliverables_of
from loop_tui.model.clock import parse_stamp, stamp
from loop_tui.model.definition import GateDefinition
from loop_tui.model.events import Category, Event
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import deliverable_names
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import secrets_in
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus, SkillStatus
from loop_tui.model.text import one_line
from loop_tui.model.working_time import waited_for_secrets
from loop_tui.ports import Loaded
from loop_tui.storage.definitions.trust import trust_file
from loop_tui.storage.state.deliverables import DELIVERABLES, find_deliverable
from loop_tui.storage.state.journal import JOURNAL_NAME, Journal
from loop_tui.storage.state.leases import current, process_started
from loop_tui.storage.state.owner import OWNER_NAME
from loop_tui.storage.state.store import Store

from .archived import ended_of
from .keeping import Keeping
from .presence import presence_in
from .run_definition import RunDefinition, definition_of
from .shipped import Shipped, last_shipped, of_folder, runs_here
from .snapshot import Ended, Running, Snapshot, Trouble, TrustAsk

if TYPE_CHECKING:
    from loop_tui.model.stats.usual import Usual

GRACE_S = 2.0
"""How long a state file that is half written may stay as it is before anybody is told."""
MOST_WRITING_S = 15.0
"""How long a state file may be half written though somebody still writes it: after that it is damaged."""
_AGAIN_S = 0.05
START_PATIENCE_S = 15.0
"""How long a driver that was started may take to show up before the screen stops saying so."""


class RunReader:
    """Reads a run again and again, and remembers between the looks what a single look cannot know."""

    def __init__(
        self,
        project: Path,
        loop: str,
        env: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.now = now
        self.project = project
        self.loop = loop
        self._env = env
        self.store = Store(project, loop, secrets=secrets_in(os.environ if env is None else env), env=env)
        self.state_path = self.store.path
        self.run_dir = self.store.run_dir
        self.failed_start = ""
        self.known: RunDefinition | None = None
        self._known_marks: tuple[Mark | None, ...] | None = None
        self._broken_since: float | None = None
        self._bound: tuple[object, Binding, tuple[Deliverable, ...]] | None = None
        self._loaded: Loaded | None = None
        self._loaded_mark: tuple[Mark | None, ...] | None = None
        self._last = Snapshot(project=project, loop=loop)
        self._journal_place = 0
        self._since: dict[str, str] = {}
        self._started: tuple[int, float, str] | None = None
        self._first = True
        self._resume_answered = False
        self._put_away: RunState | None = None
        self._usual: Usual | None = None
        self._last_shipped: Shipped | None = None
        self.keeps = False
        """Whether an answer that somebody erased is written again; nothing else is ever written here."""
        self._keeping = Keeping(self.store, env)
        self._news: list[str] = []
        self.panel: tuple[str, ...] = ()
        """What packs said of the run last; shown with the next look."""

    def learn(self) -> None:
        """Ask the archive how long this loop and its skills usually take. What it does not know stays unsaid."""
        from loop_tui.fs.paths import claude_home

        from .usual import usual_here

        state = self._last.state
        # Without a run it is the system that one would have here: what others take says nothing of it.
        system = state.system if state else one_line(self.project.resolve().name)
        runs = runs_here(claude_home(self._env), self.loop, system)
        self._usual = usual_here(runs, self.project, self.loop, system, self._env)
        self._last_shipped = last_shipped(of_folder(runs, self.project))

    @property
    def waits(self) -> bool:
        """True when nothing is on its way: no driver works or starts here, and no file is half written."""
        return self._last.lease is None and self._started is None and self._broken_since is None

    def open(self) -> None:
        """Find the definition. What is wrong with it shows in the next look."""
        self._define()

    def started(self, pid: int) -> None:
        """A driver was started by us and should show up soon."""
        self._started = (pid, time.monotonic(), self._last.revision)

    def dismiss(self) -> None:
        """The person has seen the summary, or said whether to resume."""
        # Looks go on in another thread meanwhile: what was dismissed is remembered, not taken out of the last look.
        self._resume_answered = True
        self._put_away = self._last.ended.state if self._last.ended else None

    def look(self) -> Snapshot:
        """The run as it is now."""
        trouble = self._define()
        definition = self.store.definition
        lease = current(self.run_dir)
        loaded: Loaded | None = None
        has_last_good = False
        if trouble is None:
            try:
                loaded = self._kept(self._settled())
            except Problem as problem:
                trouble, has_last_good = Trouble.of(problem), self.store.last_good() is not None
        try:
            self._read_journal()
        except Problem as problem:
            trouble = trouble or Trouble.of(problem)
        before = self._last
        state = loaded.state if loaded else None
        shot = Snapshot(
            project=self.project,
            loop=self.loop,
            opened=True,
            definition=definition,
            trust=self._trust(),
            state=state,
            revision=loaded.revision if loaded else "",
            trouble=trouble,
            has_last_good=has_last_good,
            lease=lease.model_copy(update={"heartbeat": 0.0}) if lease else None,
            ended=self._kept_end(before) if state is None and trouble is None else None,
            usual=self._usual,
            panel=self.panel if state is not None else (),
            head=head_of(self.project),
        )
        if state is not None and definition is not None:
            gate = waiting_gate(state, definition)
            shot = replace(
                shot,
                action=decide(state, definition),
                gate=gate,
                **self._of_gate(state, gate),
                presence=presence_in(self.store, state, lease, self.now().timestamp()),
                newer=self.known.newer if self.known else "",
            )
            shot = replace(shot, running=self._running(shot), resumable=self._is_resumable(shot))
        elif before.state is not None and trouble is None:
            shot = replace(shot, ended=ended_of(before.state, definition, self._env))
        elif shot.ended is not None and not shot.ended.archive:
            shot = replace(shot, ended=ended_of(shot.ended.state, definition, self._env))
        if shot.ended is not None and shot.ended.shipped is not None:
            self._last_shipped = shot.ended.shipped
        shot = replace(shot, starting=self._is_starting(shot), last=self._last_shipped)
        self._first = False
        self._last = shot
        return shot

    def _kept_end(self, before: Snapshot) -> Ended | None:
        return before.ended if before.ended is not None and before.ended.state is not self._put_away else None

    def _define(self) -> Trouble | None:
        """Learn anew which definition the run goes by, when its file, the owner or the state came or went."""
        source = Path(self.known.found.path) if self.known and self.known.found else None
        marks = (mark_of(source) if source else None, mark_of(self.run_dir / OWNER_NAME))
        here = (*marks, mark_of(trust_file(self._env)), (0, 0, int(self.state_path.exists())))
        if self.known is not None and here == self._known_marks:
            return None
        try:
            self.known = definition_of(self.project, self.loop, self._env)
        except Problem as problem:
            self.known = None
            return Trouble.of(problem)
        source = Path(self.known.found.path) if self.known.found else None
        self._known_marks = (mark_of(source) if source else None, *here[1:])
        self.store.definition = self.known.definition
        self._loaded_mark = None
        return None

    def news(self) -> tuple[str, ...]:
        """What a person has to be told of that no picture shows, once."""
        told, self._news = tuple(self._news), []
        return told

    def _kept(self, loaded: Loaded | None) -> Loaded | None:
        """The state with the answers that somebody erased in it. Raises Problem as `_settled`."""
        told = self._keeping.keep(loaded.state) if self.keeps and loaded is not None else ()
        self._news += told
        return self._settled() if told else loaded

    def _settled(self) -> Loaded | None:
        """The state, or the last that was whole while the file is being written. Raises Problem after a moment."""
        try:
            loaded = self._load()
        except Problem as problem:
            if problem.code is Code.PATH_UNSAFE:
                raise  # No program is just writing a link or a pipe.
            now = time.monotonic()
            self._broken_since = self._broken_since or now
            if self._first and self._loaded is None and now - self._broken_since < GRACE_S and self._is_fresh():
                # The screen opened in the moment that somebody writes: nothing is known yet that could be shown.
                time.sleep(_AGAIN_S)
                return self._settled()
            long_s = now - self._broken_since
            passes = long_s < GRACE_S or (self._is_fresh() and long_s < MOST_WRITING_S)
            if self._loaded is None or not passes:
                raise
            return self._loaded
        self._broken_since = None
        return loaded

    def _is_fresh(self) -> bool:
        """True when the state file was written a moment ago."""
        mark = mark_of(self.state_path)
        return mark is not None and time.time_ns() - mark[0] < GRACE_S * 1e9

    def _of_gate(self, state: RunState, gate: GateDefinition | None) -> dict[str, Any]:
        """What an approval would bind to, with its documents. These are read again only when they changed."""
        definition = self.store.definition
        if gate is None or definition is None:
            return {}
        names = deliverables_of(definition, gate)
        folders = (self.run_dir / DELIVERABLES, self.project)
        files = [folder / known for name in names for known in deliverable_names(name) for folder in folders]
        here = (gate.id, self._loaded.revision if self._loaded else "", tuple(mark_of(path) for path in files))
        if self._bound is None or self._bound[0] != here:
            found = [find_deliverable(self.run_dir, self.project, name) for name in names]
            there = tuple(each for each in found if each is not None)
            self._bound = (here, self.store.binding(state, gate.id), there)
        return {"binding": self._bound[1], "documents": self._bound[2]}

    def _load(self) -> Loaded | None:
        mark = self.store.mark()
        if mark is None or mark != self._loaded_mark or (self._loaded and self._loaded.state.claims):
            self._loaded = self.store.load()
            # A file that was written within the clock's grain may change again without a new mark.
            fresh = mark is not None and mark[0] is not None and abs(time.time_ns() - mark[0][0]) < 50_000_000
            self._loaded_mark = None if fresh else mark
        return self._loaded

    def _trust(self) -> TrustAsk | None:
        return self.known.trust if self.known is not None else None

    def _read_journal(self) -> None:
        path = self.run_dir / JOURNAL_NAME
        if (_size(path) or 0) == self._journal_place:
            return
        events, self._journal_place = Journal(path).read_from(self._journal_place)
        for event in events:
            _note(event, self._since)

    def _running(self, shot: Snapshot) -> Running | None:
        if shot.lease is None or shot.state is None:
            return None
        if isinstance(shot.action, ExecuteSkill):
            phase, skill = shot.action.phase, shot.action.skill
        elif shot.state.status is RunStatus.PAUSED:
            # Nothing follows, but what was begun goes on to its end.
            begun = [entry for entry in shot.state.skill_log if entry.status is SkillStatus.ACTIVE]
            if not begun:
                return None
            phase, skill = begun[-1].phase, begun[-1].skill
        else:
            return None
        since = self._since.get(f"{phase}/{skill}", "")
        return Running(phase, skill, _worked_since(shot.state, since, stamp(self.now())))

    def _is_resumable(self, shot: Snapshot) -> bool:
        """A state file that was there when the screen opened, and that nobody drives, is asked about once."""
        if shot.state is None or shot.driven or self._started is not None or self._resume_answered:
            return False
        if self._first:
            return shot.state.status in (RunStatus.ACTIVE, RunStatus.PAUSED)
        return self._last.resumable

    def _is_starting(self, shot: Snapshot) -> bool:
        if self._started is None:
            return False
        pid, since, revision = self._started
        gone = process_started(pid) is None
        late = time.monotonic() - since > START_PATIENCE_S
        if shot.lease is None and not gone and not late:
            return True
        self._started = None
        if shot.lease is None and shot.revision == revision and gone and shot.ended is None:
            self.failed_start = self._last_words()
        return False

    def _last_words(self) -> str:
        said = one_line(tail_of(self.run_dir / "driver.log"), 300)
        return f"the driver ended immediately: {said}" if said else "the driver ended immediately without a message"


def _note(event: Event, since: dict[str, str]) -> None:
    if event.category is Category.SKILL and event.action == "started":
        since[f"{event.context.get('phase', '')}/{event.subject}"] = event.timestamp


def _worked_since(state: RunState, since: str, now: str) -> str:
    """A moment so long ago as the skill that runs has worked: when it began, later by what it waited for secrets."""
    begun = parse_stamp(since)
    waited = waited_for_secrets(state, since, now) if begun is not None else 0
    return stamp(begun + timedelta(milliseconds=waited)) if begun is not None and waited else since


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def tail_of(path: Path, most_bytes: int = 2000) -> str:
    """The last line of a text file that is not blank, raw; empty when there is none."""
    try:
        lines = [line for line in tail(path, most_bytes).decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1] if lines else ""
