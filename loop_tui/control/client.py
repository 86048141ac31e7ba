"""What a person does to a run from the screen: a write through the store, and the start of a driver."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from loop_tui.control.person import person
from loop_tui.engine import commands
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.ports import Launcher
from loop_tui.storage.definitions.trust import remember
from loop_tui.storage.state.leases import current
from loop_tui.storage.state.store import Store

from .snapshot import Snapshot, TrustAsk

STALE = "the run changed meanwhile: nothing was decided"


@dataclass(frozen=True)
class ClientResult:
    """How it went. `refused` says in one line why nothing changed; `pid` is the driver that was started."""

    refused: str = ""
    pid: int = 0


class RunClient:
    """The one who looks at a run. Every method either does what it says or tells why not; none raises a Problem."""

    def __init__(self, store: Store, launcher: Launcher) -> None:
        self.store = store
        self.by = person()
        self._launcher = launcher

    async def go(self, snapshot: Snapshot) -> ClientResult:
        """Go on, or start a run: writes what that means, and starts a driver."""
        if snapshot.state is None:
            return await self._start()
        return await self._tell(lambda state, loop: commands.go(state, loop, self.by), start=True)

    async def pause(self) -> ClientResult:
        """Stop after the skill that runs."""
        return await self._tell(lambda state, loop: commands.pause(state, self.by))

    async def resume(self, *, start: bool) -> ClientResult:
        """Let a paused or blocked run go on."""
        return await self._tell(lambda state, loop: commands.resume(state, self.by), start=start)

    async def skip(self, skill: str, phase: str, reason: str) -> ClientResult:
        """Settle a skill without doing it."""
        return await self._tell(lambda state, loop: commands.skip(state, skill, reason, self.by, phase))

    async def jump(self, phase: str, reason: str) -> ClientResult:
        """Go to a phase: back opens it again, forward skips what lies between, with a reason."""
        return await self._tell(lambda state, loop: commands.jump(state, loop, phase, self.by, reason), start=True)

    async def complete(self, skill: str, summary: str) -> ClientResult:
        """Say that a skill that is done by hand is done."""
        return await self._tell(
            lambda state, loop: commands.complete(state, loop, skill, self.by, summary=summary), start=True
        )

    async def abort(self, reason: str) -> ClientResult:
        """End the run; the driver archives it as abandoned."""
        return await self._tell(lambda state, loop: commands.abort(state, reason, self.by), start=True)

    async def answer(self, question: str, text: str) -> ClientResult:
        """Answer a question, bound to its id, and start the next driver."""
        return await self._tell(lambda state, loop: commands.answer(state, question, text, self.by), start=True)

    async def decide(self, seen: RunState, gate: str, answer: str, text: str = "") -> ClientResult:
        """Answer a gate, provided that the run is still as the person saw it; then start the next driver."""

        def wish(state: RunState, loop: LoopDefinition) -> commands.Wanted:
            if state != seen:
                return Refusal(reason=STALE)
            if answer == "approve":
                return commands.approve(state, loop, self.by, gate, text)
            if answer == "changes":
                return commands.request_changes(state, loop, self.by, text, gate)
            return commands.reject(state, loop, self.by, gate)

        return await self._tell(wish, start=answer != "reject")

    async def restore(self) -> ClientResult:
        """Put the last good copy in the place of a damaged state file."""
        try:
            await asyncio.to_thread(self.store.restore_last_good)
        except Problem as problem:
            return ClientResult(str(problem))
        return ClientResult()

    async def trust(self, ask: TrustAsk) -> ClientResult:
        """Remember that this very file may run."""
        try:
            await asyncio.to_thread(remember, self.store.project, ask.path, ask.sha256, datetime.now(UTC))
        except Problem as problem:
            return ClientResult(str(problem))
        return ClientResult()

    def stop(self, lease: LeaseRecord) -> ClientResult:
        """Ask the driver to end now. It ends what it started, and the run can be resumed."""
        now = current(self.store.run_dir)
        if now is None or (now.pid, now.host) != (lease.pid, lease.host):
            return ClientResult("that driver has ended already")
        if now.host != socket.gethostname() or now.pid <= 0:
            return ClientResult(f"the driver runs on {one_line(now.host, 60)}: stop it there")
        try:
            os.kill(now.pid, signal.SIGTERM)
        except OSError as error:
            return ClientResult(f"the driver cannot be stopped: {error.strerror}")
        return ClientResult()

    async def _tell(
        self, wish: Callable[[RunState, LoopDefinition], commands.Wanted], *, start: bool = False
    ) -> ClientResult:
        definition = self.store.definition
        if definition is None:
            return ClientResult("there is no definition of this loop")
        asked: Wish = lambda state: wish(state, definition)  # noqa: E731
        try:
            outcome = await asyncio.to_thread(self.store.transact, step(definition, asked))
        except Problem as problem:
            return ClientResult(str(problem))
        if isinstance(outcome, Refusal):
            return ClientResult(str(outcome))
        return await self._start() if start else ClientResult()

    async def _start(self) -> ClientResult:
        try:
            return ClientResult(pid=await asyncio.to_thread(self._launcher.start, self.store.project, self.store.loop))
        except Problem as problem:
            return ClientResult(str(problem))
