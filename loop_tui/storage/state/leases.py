"""Who drives a run (SPEC section 3): one driver, told by an operating system lock and a lease file.

On one machine the lock decides: the system frees it in the moment its holder dies, however it dies. The file says who
that is, and speaks for machines that share the folder but not the lock.
"""

import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from pydantic import ValidationError

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.limits import RECORD
from loop_tui.fs.paths import ensure_run_folder, run_folder
from loop_tui.fs.plain import read_of_system, read_plain
from loop_tui.model.clock import stamp, words
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

LOCK_NAME = "driver.lock"
LEASE_NAME = "lease.json"
FRESH_S = 90.0
"""How long after its last heartbeat a driver of another machine counts as alive."""
AHEAD_S = 30.0
"""How far the clock of another machine may be ahead of ours."""

# How long a loser waits for the winner's lease file, which follows the winner's lock by a few milliseconds.
_PATIENCE_S = 2.0
_POLL_S = 0.01
_LONGEST_S = 100 * 365 * 86_400.0

Now = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Held:
    """The lease of this process. Implements `ports.HeldLease`.

    `previous` is the lease of a driver that died, whose programs are to be ended.
    """

    def __init__(
        self, run_dir: Path, record: LeaseRecord, previous: LeaseRecord | None, unlock: Callable[[], None], now: Now
    ) -> None:
        self.record = record
        self.previous = previous
        self._path = run_dir / LEASE_NAME
        self._unlock = unlock
        self._now = now
        self._released = False

    def beat(self) -> None:
        """Say that the driver lives; call it every `HEARTBEAT_S` seconds.

        A lease that somebody removed is put back. Raises Problem when it cannot be written, and when somebody else has
        taken the run over, as another machine may once a person has removed it: the driver then has to stop.
        """
        if self._released:
            return
        found = read_lease(self._path)
        if found is not None and found.token != self.record.token:
            raise Problem(
                f"the run is now driven by {found.name or found.pid} on {found.host}",
                str(self._path),
                code=Code.LEASE_LOST,
            )
        self.record = self.record.model_copy(update={"heartbeat": self._now().timestamp()})
        _write(self._path, self.record)

    def release(self) -> None:
        """Let the next driver in. May be called again."""
        if self._released:
            return
        self._released = True
        # The file goes first: whoever gets the lock finds no lease that could be taken for a dead driver's.
        found = read_lease(self._path)
        if found is not None and found.token == self.record.token:
            # A disk that refuses once must not make a run that is over look like one whose driver died.
            for _ in range(2):
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)
                    break
        self._unlock()


class RunLease:
    """The lease of the run of one loop in one project. Implements `ports.Lease`."""

    def __init__(self, project: Path, loop: str, now: Now = _utc_now) -> None:
        self._project = project
        self._loop = loop
        self._now = now

    def acquire(self, name: str) -> Held | LeaseRecord:
        """The right to drive, or the record of who has it (see `Lease.acquire`); makes the run folder."""
        return acquire(ensure_run_folder(self._project, self._loop), name, self._now)

    def current(self) -> LeaseRecord | None:
        """The record of the living driver, or None."""
        return current(run_folder(self._project, self._loop), self._now)


def acquire(run_dir: Path, name: str, now: Now = _utc_now) -> Held | LeaseRecord:
    """The right to drive the run of that folder, or the lease of the one who has it.

    Never waits for a driver to end. Raises Problem when the lock or the lease cannot be written, and when nobody can
    tell whether the driver of another machine lives.
    """
    path = run_dir / LEASE_NAME
    deadline = time.monotonic() + _PATIENCE_S
    while (unlock := _locked(run_dir)) is None:
        other = read_lease(path)
        if other is not None and _standing(other, now) is Standing.ALIVE:
            return other
        if time.monotonic() > deadline:
            # Locked, and the lease is missing or stale: somebody drives, though we cannot say who.
            return other or LeaseRecord(pid=0, host=_host(), name="another process")
        time.sleep(_POLL_S)
    try:
        previous = read_lease(path)
        # A lock file that vanished makes no living driver dead; what this process itself left behind is no other one.
        is_other = previous is not None and (previous.host != _host() or previous.pid != os.getpid())
        if previous is not None and is_other:
            if _standing(previous, now) is Standing.ALIVE:
                unlock()
                return previous
            if (doubt := doubtful(run_dir, now)) is not None:
                raise doubt
        moment = now()
        lease = LeaseRecord(
            pid=os.getpid(),
            host=_host(),
            process_started=process_started(os.getpid()) or 0,
            heartbeat=moment.timestamp(),
            name=name,
            token=secrets.token_hex(8),
            since=stamp(moment),
        )
        _write(path, lease)
    except BaseException:
        unlock()
        raise
    return Held(run_dir, lease, previous, unlock, now)


def _locked(run_dir: Path) -> Callable[[], None] | None:
    """Take the locks of the driver and give what frees them; None while another driver has one of them.

    There are two: the file says at a glance what it is for, and the folder stays locked when somebody removes the file.
    Raises Problem.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(run_dir / LOCK_NAME, thread_local=False)
    try:
        lock.acquire(blocking=False)
        free = lock_folder(run_dir)
    except Timeout:
        return None
    except OSError as error:
        lock.release()
        raise Problem(
            f"cannot be locked: {error.strerror}", str(run_dir / LOCK_NAME), code=Code.NOT_WRITABLE
        ) from error
    if free is None:
        lock.release()
        return None

    def unlock() -> None:
        free()
        lock.release()

    return unlock


def current(run_dir: Path, now: Now = _utc_now) -> LeaseRecord | None:
    """The lease of the driver that works on the run, or None when there is none alive. Cheap; takes nothing over."""
    lease = read_lease(run_dir / LEASE_NAME)
    return lease if lease is not None and _standing(lease, now) is Standing.ALIVE else None


def doubtful(run_dir: Path, now: Now = _utc_now) -> Problem | None:
    """What to say of a lease of another machine that beats no more, or from the future; None without one."""
    path = run_dir / LEASE_NAME
    lease = read_lease(path)
    if lease is None or _standing(lease, now) is not Standing.UNKNOWN:
        return None
    name, host = one_line(lease.name, 60) or "a driver", one_line(lease.host, 60)
    what = f"it is unknown whether {name} on {host} still drives this run: {_last_beat(lease, now)}"
    todo = f"check on {host}; if it has ended, remove {path.name}, {THEN_GO}"
    return Problem(what, one_line(str(path)), todo, code=Code.LEASE_UNKNOWN)


def _last_beat(lease: LeaseRecord, now: Now) -> str:
    ago_s = now().timestamp() - lease.heartbeat
    if not lease.heartbeat or abs(ago_s) > _LONGEST_S:
        return "its last heartbeat has no valid time"
    said = words(round(abs(ago_s) * 1000))
    return f"its last heartbeat was {said} ago" if ago_s > 0 else f"its last heartbeat is {said} in the future"


def read_lease(path: Path) -> LeaseRecord | None:
    """The lease in a file, of a driver dead or alive; None when there is none that can be read."""
    try:
        return LeaseRecord.model_validate_json(read_plain(path, RECORD))
    except (OSError, ValidationError):
        return None


def process_started(pid: int) -> float | None:
    """When a process started, to tell it from a later one of the same id; None when there is no such process.

    On Linux seconds since the machine started, which no change of the clock moves; elsewhere seconds since 1970.
    A process that has ended and waits to be collected by its parent is none.
    """
    if sys.platform.startswith("linux"):
        try:
            text = read_of_system(f"/proc/{pid}/stat")
        except OSError:
            return None
        # The name in parentheses may hold anything; the fields after it are: state, parent, ..., start (the 20th).
        fields = text[text.rindex(b")") + 2 :].split()
        return None if fields[0] in (b"Z", b"X") else int(fields[19]) / os.sysconf("SC_CLK_TCK")
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, ValueError, OverflowError):
        return None


class Standing(Enum):
    """Whether the driver of a lease lives, as far as can be told from here."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


def _standing(lease: LeaseRecord, now: Now) -> Standing:
    """Of this machine the process tells; of another only its heartbeat, which must be neither old nor ahead."""
    if lease.host != _host():
        is_fresh = -AHEAD_S <= now().timestamp() - lease.heartbeat <= FRESH_S
        return Standing.ALIVE if is_fresh else Standing.UNKNOWN
    started = process_started(lease.pid)
    lives = started is not None and (not lease.process_started or abs(started - lease.process_started) < 1)
    return Standing.ALIVE if lives else Standing.DEAD


def _host() -> str:
    return socket.gethostname()


def _write(path: Path, lease: LeaseRecord) -> None:
    # Not durable: after a power cut nobody drives, whatever the file says.
    write_atomic(path, lease.model_dump_json().encode(), durable=False)
