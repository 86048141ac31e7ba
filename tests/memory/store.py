"""The state and the journal of a run in memory. Implements `ports.RunStore`."""

from collections.abc import Callable, Hashable

from loop_tui.fs.atomic import revision
from loop_tui.model.binding import Binding, Find, binding_of, difference
from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.owner import Claim
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.transaction import Transaction, begun, stale
from loop_tui.ports import Clock, Committed, Loaded
from loop_tui.storage.state.dialects import new_text
from loop_tui.storage.state.reader import understood
from loop_tui.storage.state.signing import Signer, believed, signed
from loop_tui.storage.state.transaction import edited, stamper, written

_MOST_ATTEMPTS = 100


class MemoryStore:
    """The text of a state file and the events of its journal.

    `interrupt` is called between a read and the write that rests on it: there somebody else may `overwrite`.
    """

    def __init__(
        self,
        definition: LoopDefinition,
        where: str,
        clock: Clock,
        *,
        find: Find | None = None,
        key: bytes | None = None,
    ) -> None:
        self.definition = definition
        self.find: Find = find or (lambda name: None)
        self.key = key
        self.elsewhere = False
        self.where = where
        self.text: str | None = None
        self.journal: list[Event] = []
        self.interrupt: Callable[[], None] = lambda: None
        self.writes = 0
        self._clock = clock
        self._known = ""
        self._last: Loaded | None = None
        self._claims: tuple[Claim, ...] = ()

    def _signer(self, run: str) -> Signer | None:
        """Who signs for a run of ours; with a key, every run that was created here is one."""
        return Signer(self.key, run, "memory") if self.key is not None else None

    def ours(self, run: str) -> bool:
        """True: what is in memory is ours, unless a test says otherwise."""
        return not self.elsewhere

    def binding(self, state: RunState, gate: str) -> Binding:
        """What an approval of a gate would bind to now (see `RunStore.binding`)."""
        return binding_of(state, self.definition, gate, self.find)

    def exists(self) -> bool:
        """True when there is a state."""
        return self.text is not None

    def mark(self) -> Hashable | None:
        """The number of writes, and who has claimed what; None without a state."""
        return None if self.text is None else (self.writes, self._claims)

    def overwrite(self, text: str | None) -> None:
        """Write as somebody does who knows nothing of stores; None removes the state."""
        self.text = text
        self.writes += 1

    def events(self) -> list[Event]:
        """The journal, oldest first."""
        return list(self.journal)

    def load(self) -> Loaded | None:
        """The state, or None without one. Raises Problem when it is damaged."""
        return None if self.text is None else self._read(self.text)

    def create(self, state: RunState, change: Change, then: Transaction | None = None) -> Loaded:
        """Start a run (see `RunStore.create`)."""
        if self.text is not None:
            raise Problem("a state file exists already", self.where, code=Code.RUN_EXISTS)
        moment = stamp(self._clock.now())
        times = {"started_at": state.started_at or moment, "updated_at": state.updated_at or moment}
        state = state.model_copy(update=times)
        state, events = begun(state, change, then, stamper(state.run, self._clock.now))
        signer = self._signer(state.run)
        self._write(new_text(signed(RunState(loop=state.loop), state, signer) if signer else state, self.definition))
        self.journal += events
        return self._read(self.text or "")

    def transact(self, step: Transaction, *, seen: Binding | None = None) -> Committed | Refusal:
        """Bring a change about (see `RunStore.transact`)."""
        for _ in range(_MOST_ATTEMPTS):
            if self.text is None:
                raise Problem("there is no state file", self.where, code=Code.STATE_GONE)
            before = self._read(self.text)
            stamped = stamper(before.state.run, self._clock.now)
            if before.revision != self._known:
                self.journal.append(stamped(edited(before.state)))
                self._known = before.revision
            if seen is not None and (changed := difference(seen, self.binding(before.state, seen.gate))):
                return stale(changed)
            outcome = step(before.state, stamped)
            if isinstance(outcome, Refusal):
                return outcome
            state, events = outcome
            self._claims = state.claims
            wanted = written(
                before,
                state,
                events,
                now=self._clock.now,
                where=self.where,
                definition=self.definition,
                signer=self._signer(state.run),
            )
            if wanted is None:
                self.journal += events
                return Committed(state, before.revision, tuple(events))
            self.interrupt()
            if self.text is not None and revision(self.text.encode()) == before.revision:
                state, after = wanted
                self._last = None
                self._write(after.text)
                self.journal += events
                return Committed(state, after.revision, tuple(events))
        raise Problem("keeps being changed by a program that ignores its lock", self.where, code=Code.STATE_BUSY)

    def remove(self) -> None:
        """Take the state away."""
        if self.text is not None:
            self.overwrite(None)

    def _write(self, text: str) -> None:
        self.overwrite(text)
        self._known = revision(text.encode())

    def _read(self, text: str) -> Loaded:
        found = revision(text.encode())
        if self._last is None or self._last.revision != found:
            self._last = understood(text, found, self.where, self.definition)
            if signer := self._signer(self._last.state.run):
                told = self._last.state
                self._last = self._last._replace(state=believed(told, self.definition, signer), written=told)
        if self._last.state.claims != self._claims:
            self._last = self._last._replace(state=self._last.state.model_copy(update={"claims": self._claims}))
        return self._last
