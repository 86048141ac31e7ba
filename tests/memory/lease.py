"""Who drives a run, in memory. Implements `ports.Lease`."""

from loop_tui.model.clock import stamp
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.ports import Clock


class MemoryLease:
    """The record of whoever drives. `die` is what the system does to the lock of a process that ends.

    `token` marks the programs of each driver; without one no programs of a dead driver are looked for.
    """

    def __init__(self, clock: Clock, token: str = "") -> None:
        self._clock = clock
        self._token = token
        self._count = 0
        self.record: LeaseRecord | None = None
        self.alive = False

    def acquire(self, name: str) -> "MemoryHeld | LeaseRecord":
        """The right to drive, or the record of who has it."""
        if self.record is not None and self.alive:
            return self.record
        previous = self.record
        self._count += 1
        moment = self._clock.now()
        token = f"{self._token}-{self._count}" if self._token else ""
        # A driver is told from the next one by its process: there is no token to tell it by when none is wanted.
        self.record = LeaseRecord(
            pid=self._count, host="memory", heartbeat=moment.timestamp(), name=name, token=token, since=stamp(moment)
        )
        self.alive = True
        return MemoryHeld(self, self.record, previous)

    def current(self) -> LeaseRecord | None:
        """The record of the living driver."""
        return self.record if self.alive else None

    def die(self) -> None:
        """The driver ends without giving the lease back."""
        self.alive = False

    def take_over(self, name: str = "somebody") -> None:
        """Let another machine take the run over while its driver lives."""
        self._count += 1
        self.record = LeaseRecord(pid=self._count, host="elsewhere", name=name)
        self.alive = True

    def beat(self, record: LeaseRecord) -> LeaseRecord:
        """The record with its heartbeat. Raises Problem when it is another driver's by now."""
        if self.record is not None and self.record.pid != record.pid:
            raise Problem(
                f"the run is now driven by {self.record.name} on {self.record.host}", "memory", code=Code.LEASE_LOST
            )
        self.record = record.model_copy(update={"heartbeat": self._clock.now().timestamp()})
        return self.record

    def give_back(self, record: LeaseRecord) -> None:
        """Nobody drives any more, when this one still did."""
        if self.record is not None and self.record.pid == record.pid:
            self.record = None
            self.alive = False


class MemoryHeld:
    """The right to drive, held. Implements `ports.HeldLease`."""

    def __init__(self, lease: MemoryLease, record: LeaseRecord, previous: LeaseRecord | None) -> None:
        self._lease = lease
        self._released = False
        self.record = record
        self.previous = previous

    def beat(self) -> None:
        """Say that the driver lives."""
        if not self._released:
            self.record = self._lease.beat(self.record)

    def release(self) -> None:
        """Let the next driver in."""
        self._released = True
        self._lease.give_back(self.record)
