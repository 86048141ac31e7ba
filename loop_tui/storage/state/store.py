"""The state file of a run: locked, fenced, atomic, never losing what is not ours (SPEC section 3).

Whoever wants to change a run gives the store a step: a pure function from the state that is on disk to the one that
is wanted. It is called under the lock, and again when somebody wrote in between, so no update is ever lost.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.atomic import (
    Mark,
    check_target,
    mark_of,
    replace_if,
    revision,
    sync_folder,
    temp_of,
    write_atomic,
    write_new,
    write_problem,
)
from loop_tui.fs.git_exclude import keep_out_of_git
from loop_tui.fs.limits import STATE
from loop_tui.fs.paths import project_state_path, run_folder
from loop_tui.fs.plain import read_plain
from loop_tui.fs.present import is_there
from loop_tui.fs.run_tree import check_run_folder
from loop_tui.model.binding import Binding, binding_of, difference
from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import canonical_id
from loop_tui.model.owner import Claim
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.transaction import Stamp, Transaction, begun, stale
from loop_tui.ports import Committed, Loaded

from .claims import CLAIMS_NAME, FOREIGN_NAME, read_claims, read_foreign, write_claims, write_foreign
from .deliverables import find_deliverable
from .dialects import new_text
from .journal import JOURNAL_NAME, Journal
from .last_good import LastGood
from .owner import (
    DEFINITION_NAME,
    OWNER_NAME,
    Ownership,
    new_record,
    read_owner,
    write_copy,
    write_record,
)
from .reader import read_state
from .signing import Known, believed, signed
from .state_lock import StateLock
from .taken_back import TakenBack
from .transaction import edited, stamper, written

LOCK_TIMEOUT_S = 30.0
_MOST_ATTEMPTS = 100
# An editor that writes in place leaves half a file for a moment: this long a damaged file gets to become whole.
_SETTLING_S = 1.0
_GRAIN_NS = 50_000_000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The state file of one loop in one project, with its run folder.

    `definition` completes what a file leaves out; `secrets` are values that reach neither the file nor the journal.
    """

    def __init__(
        self,
        project: Path,
        loop: str,
        *,
        definition: LoopDefinition | None = None,
        now: Callable[[], datetime] = _utc_now,
        secrets: Sequence[str] = (),
        lock_timeout_s: float = LOCK_TIMEOUT_S,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.project = project
        self.loop = canonical_id(loop)
        self.definition = definition
        self.path = project_state_path(project, loop)
        self.run_dir = run_folder(project, loop)
        self._secrets = tuple(secrets)
        self.journal = Journal(self.run_dir / JOURNAL_NAME, secrets)
        self._taken_back = TakenBack(self.journal)
        self.now = now
        self._lock = StateLock(project, self.loop, self.run_dir, lock_timeout_s)
        self._last_good = LastGood(self.run_dir)
        self.env = env
        self._last: Loaded | None = None
        self._read_as: Ownership | None = None
        self._adopting: Ownership | None = None
        self._owner: tuple[object, Ownership] | None = None
        self._heard: tuple[tuple[Mark | None, ...], float] | None = None

    def exists(self) -> bool:
        """True when there is a state file, readable or not."""
        return is_there(self.path)

    def mark(self) -> tuple[Mark | None, ...] | None:
        """What changes when the state file is written, or its claims or owner (see `atomic.mark_of`); None without."""
        own = mark_of(self.path)
        return None if own is None else (own, *(mark_of(self.run_dir / name) for name in (CLAIMS_NAME, OWNER_NAME)))

    # --- whose it is

    def owner(self) -> Ownership:
        """Whose the run of this folder is, as its record says (see `read_owner`)."""
        mark = (mark_of(self.run_dir / OWNER_NAME), mark_of(self.run_dir / DEFINITION_NAME))
        if self._owner is None or self._owner[0] != mark:
            self._owner = (mark, read_owner(self.run_dir, self.project, self.loop, self.env))
        return self._owner[1]

    def ours(self, run: str) -> bool:
        """True when that run is ours to drive (see `RunStore.ours`)."""
        return self.owner().of(run)

    def heard(self) -> float:
        """When somebody else than us wrote the state last, in seconds since 1970; 0 when nobody ever did.

        What was found is remembered as long as no file that tells of it changes: it is asked again and again.
        """
        here = tuple(mark_of(p) for p in (self.path, self._last_good.path, self.run_dir / FOREIGN_NAME))
        if self._heard is None or self._heard[0] != here or _is_fresh(here[0]):
            self._heard = here, self._look_who_wrote()
        return self._heard[1]

    def _look_who_wrote(self) -> float:
        try:
            written = self.path.stat().st_mtime
            if revision(read_plain(self.path, STATE, follow=True)) != self._last_good.known_revision():
                return written
        except OSError:
            return 0.0
        return read_foreign(self.run_dir)

    def binding(self, state: RunState, gate: str) -> Binding:
        """What an approval of a gate would bind to now. Raises Problem without a definition."""
        return binding_of(state, self._defined(), gate, self.find)

    def find(self, name: str) -> Deliverable | None:
        """The document of that name as it lies there now; None when it is missing or empty."""
        return find_deliverable(self.run_dir, self.project, name)

    @contextlib.contextmanager
    def taking_over(self, owner: Ownership) -> Iterator[None]:
        """While inside, what is written is signed for that owner, and read as it stands there (`takeover`)."""
        with self.locked():
            self._adopting = owner
            try:
                yield
            finally:
                self._adopting = None
                self._last = None

    def beat(self, by: str) -> bool:
        """Say that whoever goes by that name is still at work; True when they have a claim here. Raises Problem."""
        now = self.now().timestamp()
        claims = read_claims(self.run_dir, now)
        if not any(claim.by == by for claim in claims):
            return False
        with self.locked():
            claims = read_claims(self.run_dir, now)
            write_claims(self.run_dir, [c.model_copy(update={"beat": now}) if c.by == by else c for c in claims])
        return True

    def _defined(self) -> LoopDefinition:
        if self.definition is None:
            raise Problem(f"{self.loop} has no definition", str(self.path), code=Code.LOOP_UNKNOWN)
        return self.definition

    def events(self) -> list[Event]:
        """The journal, oldest first."""
        return self.journal.read()

    def load(self) -> Loaded | None:
        """The state as it is on disk, or None without a file.

        Raises Problem for a damaged file, with the place in it and the last good copy when there is one.
        """
        if not self.exists():
            return None
        try:
            return self._read()
        except Problem as problem:
            if not self.exists():
                return None
            raise self._with_hint(problem) from problem

    def load_whole(self) -> Loaded | None:
        """As `load`; a file that somebody is just writing gets a moment to become whole."""
        if not self.exists():
            return None
        try:
            return self._settled()
        except Problem:
            if not self.exists():
                return None
            raise

    def _read(self) -> Loaded:
        """The state as we believe it: whole where it is ours, as it is written where it is somebody else's."""
        check_run_folder(self.run_dir)
        owner = self._adopting or self.owner()
        known = self._last if self._read_as is owner else None
        found = read_state(self.path, self.definition, known)
        if found is not known:
            found = self._understood(found, owner)
        claims: tuple[Claim, ...] = ()
        if owner.of(found.state.run) and mark_of(self.run_dir / CLAIMS_NAME) is not None:
            claims = read_claims(self.run_dir, self.now().timestamp(), self.heard())
        if claims != found.state.claims:
            found = found._replace(state=found.state.model_copy(update={"claims": claims}))
        self._last, self._read_as = found, owner
        return found

    def _understood(self, found: Loaded, owner: Ownership) -> Loaded:
        if owner is self._adopting or not owner.of(found.state.run) or owner.signer is None:
            return found
        undone, last = self._taken_back.gates(self.definition), self._last
        known = None
        if last is not None and last.written is not None and self._read_as is owner:
            known = Known(last.written, last.state)
        state = believed(found.state, self.definition, owner.signer, undone, known)
        return found._replace(state=state, written=found.state)

    def create(self, state: RunState, change: Change, then: Transaction | None = None) -> Loaded:
        """Start a run of ours: its definition and its owner, its state file, its journal; hide the file from git.

        Raises Problem when there is a state file already, without a definition, or when something cannot be written.
        """
        if self.definition is None:
            raise Problem(f"{self.loop} has no definition to start from", str(self.path), code=Code.LOOP_UNKNOWN)
        taken = Problem(
            "a state file exists already",
            str(self.path),
            "continue that run, or abort it before you start another",
            code=Code.RUN_EXISTS,
        )
        with self.locked():
            if os.path.lexists(self.path):
                raise taken
            moment = stamp(self.now())
            state = state.model_copy(
                update={"started_at": state.started_at or moment, "updated_at": state.updated_at or moment}
            )
            record, signer = new_record(
                self.project,
                self.loop,
                run=state.run,
                by=str(change.context.get("by") or ""),
                at=moment,
                definition=self.definition,
                env=self.env,
            )
            state = state.model_copy(update={"definition": record.definition})
            state, events = begun(state, change, then, stamper(state.run, self.now, self._secrets))
            data = new_text(signed(RunState(loop=state.loop), state, signer), self.definition).encode("utf-8")
            write_copy(self.run_dir, self.definition)
            write_record(self.run_dir, record)
            for path in (self.path, temp_of(self.path)):
                keep_out_of_git(path)
            # In the project it would be a change that nobody made, should we be killed before it is gone.
            if not write_new(self.path, data, temp_folder=self.run_dir):
                raise taken
            self.journal.append(events)
            self._last_good.keep(data)
            return self._read()

    def transact(self, step: Transaction, *, seen: Binding | None = None) -> Committed | Refusal:
        """Bring a change about: read, let `step` decide, write what differs, journal its events.

        With `seen`, what whoever decides about a gate saw, nothing is decided where that is not what is there now.
        `step` may be called more than once and must not do anything but decide. A Refusal changes nothing. Nothing is
        written when nothing differs. What others wrote since we last looked is journaled first, as `edited` with the
        whole state. Raises Problem when the file is gone, damaged, read-only for us or changing without end, and when
        the lock is not free in time.
        """
        if not self.exists():
            raise _gone(self.path)
        with self.locked():
            check_target(self.path, within=self.project)
            for _ in range(_MOST_ATTEMPTS):
                before = self._settled()
                stamped = stamper(before.state.run, self.now, self._secrets)
                self._note_edit(before, stamped)
                if seen is not None and (changed := difference(seen, self.binding(before.state, seen.gate))):
                    return stale(changed)
                outcome = step(before.state, stamped)
                if isinstance(outcome, Refusal):
                    return outcome
                state, events = outcome
                if state.claims != before.state.claims:
                    write_claims(self.run_dir, state.claims)
                owner = self._adopting or self.owner()
                ours = owner.of(state.run)
                wanted = written(
                    before,
                    state,
                    events,
                    now=self.now,
                    where=str(self.path),
                    definition=self.definition,
                    signer=owner.signer if ours else None,
                    touch=ours,
                    anew=self._adopting is not None,
                )
                if wanted is None:
                    self.journal.append(events)
                    return Committed(state, before.revision, tuple(events))
                state, after = wanted
                data = after.text.encode("utf-8")
                if replace_if(self.path, data, before.revision, within=self.project):
                    self._last = self._understood(after, owner)
                    self.journal.append(events)
                    self._last_good.keep(data)
                    return Committed(state, after.revision, tuple(events))
        raise Problem("keeps being changed by a program that ignores its lock", str(self.path), code=Code.STATE_BUSY)

    def last_good(self) -> Path | None:
        """The copy of the state file as it was after our last look at it, or None when there is none that reads."""
        return self._last_good.readable(self.definition)

    def restore_last_good(self) -> Loaded:
        """Put the last good copy in the place of a damaged state file, which is kept in the run folder.

        Only ever called because a person said so. Raises Problem when there is no such copy, and when the state file
        is not damaged at all.
        """
        with self.locked():
            check_target(self.path, within=self.project)
            data = self._last_good.readable_bytes(self.definition)
            try:
                read_state(self.path, self.definition)
            except Problem:
                pass
            else:
                raise Problem(
                    "the state file is not damaged",
                    str(self.path),
                    "edit it, or keep it",
                    code=Code.NOT_ALLOWED,
                )
            self._put_aside()
            write_atomic(self.path, data, within=self.project)
            loaded = self._read()
            self.journal.append([stamper(loaded.state.run, self.now)(edited(loaded.state, "restored"))])
            return loaded

    def remove(self) -> None:
        """Take the state file away, with its last good copy, once the run is archived. Nothing happens without one."""
        with self.locked():
            try:
                temp_of(self.path).unlink(missing_ok=True)
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise write_problem(error, self.path) from error
            # Should a power cut bring the state file back, it names its archive, and whoever resumes ends there again.
            with contextlib.suppress(OSError):
                sync_folder(self.path.parent)
            with contextlib.suppress(OSError):
                self._last_good.remove()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock on the state, which whoever asks may have already. Raises Problem when it does not get free."""
        with self._lock.held():
            yield

    def _settled(self) -> Loaded:
        """The state on disk. A file that was written a moment ago and does not read gets a little time to."""
        deadline = time.monotonic() + _SETTLING_S
        while True:
            try:
                return self._read()
            except Problem as problem:
                if problem.code is Code.PATH_UNSAFE:
                    raise  # No program is just writing a link or a pipe.
                try:
                    age_s = time.time() - self.path.stat().st_mtime
                except FileNotFoundError:
                    raise _gone(self.path) from problem
                except OSError:
                    raise self._with_hint(problem) from problem
                if time.monotonic() > deadline or not 0 <= age_s < 1:
                    raise self._with_hint(problem) from problem
                time.sleep(_SETTLING_S / 50)

    def _with_hint(self, problem: Problem) -> Problem:
        if problem.code is Code.PATH_UNSAFE:
            return problem  # What is in the way is not the state, and no copy of that puts it right.
        copy = self.last_good()
        if copy is None:
            todo = problem.todo or "fix the file, or move it away and start a new run"
            return Problem(problem.what, problem.where, todo, code=problem.code)
        hint = f"the last good copy is {copy}; `loop-tui state restore {self.loop}` restores it"
        return Problem(
            problem.what, problem.where, f"{problem.todo}; {hint}" if problem.todo else hint, code=problem.code
        )

    def _note_edit(self, found: Loaded, stamped: Stamp) -> None:
        """Journal what others wrote since our last write, or since a write of ours that was cut short."""
        if self._last_good.known_revision() != found.revision:
            with contextlib.suppress(OSError):
                write_foreign(self.run_dir, self.path.stat().st_mtime)
            self.journal.append([stamped(edited(found.state))])
            self._last_good.keep(found.text.encode("utf-8"))

    def _put_aside(self) -> None:
        try:
            data = read_plain(self.path, STATE, follow=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Problem(f"cannot be read: {error.strerror}", str(self.path), code=Code.FILE_UNREADABLE) from error
        write_atomic(self.run_dir / f"damaged-{self.now():%Y%m%dT%H%M%S%f}.json", data)


def _is_fresh(mark: Mark | None) -> bool:
    """True for a file that may be written again without another mark: within the grain of the clock."""
    return mark is not None and abs(time.time_ns() - mark[0]) < _GRAIN_NS


def _gone(path: Path) -> Problem:
    return Problem("there is no state file", str(path), "start a run with `loop-tui run`", code=Code.STATE_GONE)
