"""What a person or an agent does to a run, from whichever face: a write through the store, and the next driver."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from loop_tui.engine import changes, commands
from loop_tui.engine.approvals import changed_since_approval
from loop_tui.engine.decide import decide
from loop_tui.engine.elsewhere import only_answers, only_status
from loop_tui.engine.secret_questions import asks_secret, disguised
from loop_tui.engine.transaction import always, onward, step
from loop_tui.fs.needs import unmet
from loop_tui.model.actions import Wait
from loop_tui.model.answers import complaint
from loop_tui.model.binding import Binding, deliverables_of
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Event, Refusal
from loop_tui.model.evidence import Check, Deliverable, Question, QuestionKind
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.model.transaction import Stamp, Transaction
from loop_tui.ports import Committed, Launcher, Loaded
from loop_tui.storage.state.leases import current, doubtful
from loop_tui.storage.state.sent_back import documents_now, keep_sent_back
from loop_tui.storage.state.store import Store

from .answers import with_code
from .person import person
from .reports import note_in_log
from .run_definition import definition_of
from .said import MOST_QUESTION, said
from .secrets import give, is_secret
from .snapshot import TrustAsk
from .trust import agree

Says = Callable[[RunState, LoopDefinition, str], commands.Wanted]
"""What somebody wants of a run: given its state, its loop, and the name they go by."""
Allowed = Literal["answer", "status", "nothing"]
"""What of a wish may be written to a run that somebody else drives."""


class Start(Struct, frozen=True):
    """What became of starting a driver: the process id of the one that was started, or why none was.

    `driver` is the one that has the run already; `waits` says that only a person can go on; `trust` is what a person
    has to agree to first; `elsewhere` says that somebody else drives the run, and how that is known.
    """

    pid: int = 0
    driver: LeaseRecord | None = None
    waits: str = ""
    trust: TrustAsk | None = None
    elsewhere: str = ""


class RunClient:
    """One run, and the person who says something to it. Methods raise Problem when the run does not take it.

    A run that somebody else drives takes answers, and being asked to pause; no driver is ever started for it. `seen` is
    what the person saw of a gate when they decided: where it is given, and is not what is there now, nothing is decided
    (SPEC section 4). Control sequences in a text are dropped (section 8).
    """

    def __init__(self, store: Store, launcher: Launcher, by: str = "") -> None:
        self.store = store
        self.by = by or person()
        self._launcher = launcher

    # --- what is said to a run

    def go(self) -> Committed | None:
        """Let the run go on; None when there is none yet. A driver has to be started for either."""
        if not self.store.exists():
            return None
        return self.write(lambda state, loop, by: commands.go(state, loop, by))

    def pause(self) -> Committed:
        """Stop after the skill that runs."""
        return self.write(lambda state, loop, by: commands.pause(state, by), elsewhere="status")

    def resume(self) -> Committed:
        """Let a paused or blocked run go on."""
        return self.write(lambda state, loop, by: commands.resume(state, by), elsewhere="status")

    def skip(self, skill: str, reason: str, phase: str = "") -> Committed:
        """Settle a skill without doing it."""
        why = said(reason, "the reason")
        return self.write(lambda state, loop, by: commands.skip(state, skill, why, by, phase))

    def jump(self, phase: str, reason: str = "") -> Committed:
        """Go to a phase: back opens it again, forward skips what lies between, with a reason."""
        why = said(reason, "the reason")
        return self.write(lambda state, loop, by: commands.jump(state, loop, phase, by, why))

    def complete(
        self,
        skill: str,
        summary: str = "",
        phase: str = "",
        *,
        checks: Sequence[Check] = (),
        files: Sequence[Deliverable] = (),
        references: Sequence[str] = (),
    ) -> Committed:
        """Say that a skill that is done by hand, or that was claimed, is done; what is said of checks is a report.

        Refused while a file that a manual skill has to leave is missing or empty.
        """
        done = said(summary, "the summary")
        return self.write(
            lambda state, loop, by: commands.complete(
                state,
                loop,
                skill,
                by,
                phase,
                done,
                checks=checks,
                files=files,
                references=references,
                find=self.store.find,
            )
        )

    def abort(self, reason: str) -> Committed:
        """End the run; the driver archives it as abandoned."""
        why = said(reason, "the reason")
        return self.write(lambda state, loop, by: commands.abort(state, why, by))

    def answer(self, question: str, text: str) -> Committed:
        """Answer a question by its id; without one the question that is open. No text takes its default."""
        if (secret := self.secret(question)) is not None:
            raise _is_typed(secret)
        answer = said(text, "the answer").strip()

        def says(state: RunState, loop: LoopDefinition, by: str) -> commands.Wanted:
            meant = _meant(state, question)
            if meant is not None and meant.answer is None and is_secret(self.store, state, meant):
                # Also where somebody made another one of it in the file: what is written there can be read.
                raise _is_typed(meant)
            return _answer(state, question, answer, by)

        return self.write(says, elsewhere="answer")

    def secret(self, question: str) -> Question | None:
        """The question that waits for a secret, by its id, else the one that is open; None for any other."""
        loaded = self.store.load_whole()
        meant = _meant(loaded.state, question) if loaded is not None else None
        if loaded is None or meant is None or meant.answer is not None:
            return None
        return meant if is_secret(self.store, loaded.state, meant) else None

    def give(self, question: str, text: str) -> None:
        """Give the secret that a driver asks for to it, and write it nowhere."""
        give(self.store, question, text, self.by)

    def approve(self, gate: str = "", reason: str = "", *, seen: Binding | None = None) -> Committed:
        """Let the run through a gate, else the one that waits: bound to what was seen, else to what is there."""
        why = said(reason, "the reason")

        def says(state: RunState, loop: LoopDefinition, by: str) -> commands.Wanted:
            meant = commands.the_gate(state, loop, gate)
            if isinstance(meant, Refusal):
                return meant
            bound = seen or (self.store.binding(state, meant) if loop.gate(meant) else None)
            return commands.approve(state, loop, by, meant, why, bound)

        return self.write(says, seen, elsewhere="answer")

    def request_changes(self, text: str, gate: str = "", *, seen: Binding | None = None) -> Committed:
        """Reject a gate and say what is to change. Its documents are kept: the next ones are compared with them."""
        feedback = said(text, "the feedback")
        documents = self._documents(gate)
        committed = self.write(
            lambda state, loop, by: commands.request_changes(state, loop, by, feedback, gate),
            seen,
            elsewhere="answer",
        )
        keep_sent_back(self.store.run_dir, documents)
        return committed

    def _documents(self, gate: str) -> dict[str, bytes]:
        loaded, definition = self.store.load_whole(), self.store.definition
        meant = commands.the_gate(loaded.state, definition, gate) if loaded is not None and definition else None
        known = definition.gate(meant) if definition is not None and isinstance(meant, str) else None
        names = deliverables_of(definition, known) if definition is not None and known is not None else ()
        return documents_now(self.store.run_dir, self.store.project, names)

    def reject(self, gate: str = "", *, seen: Binding | None = None) -> Committed:
        """Do not let the run through. It waits there."""
        return self.write(lambda state, loop, by: commands.reject(state, loop, by, gate), seen, elsewhere="answer")

    # --- what an agent or a script says

    def claim(self, skill: str = "", phase: str = "") -> Committed:
        """Take a skill, or without a name the whole run, from our driver."""
        return self.write(lambda state, loop, by: commands.claim(state, skill, by, phase))

    def release(self, skill: str = "", phase: str = "") -> Committed:
        """Give back what is claimed."""
        return self.write(lambda state, loop, by: commands.release(state, skill, by, phase))

    def heartbeat(self) -> bool:
        """Say that whoever has a claim here is still at work; True when they have one. Raises Problem."""
        return self.store.beat(self.by)

    def release_own(self) -> Committed:
        """Give back all that whoever speaks has claimed."""
        return self.write(lambda state, loop, by: commands.release_own(state, by))

    def log(self, text: str, level: LogLevel = LogLevel.INFO) -> Committed:
        """Note something in the journal, and where the run is ours in its output log, for the screen to show."""
        words = said(text, "the line").strip()
        noted = self.write(lambda state, loop, by: commands.note(words, by, level.value), elsewhere="answer")
        if self.store.ours(noted.state.run):
            note_in_log(self.store, noted.state, self.by, words, level)
        return noted

    def ask(self, question: Question, *, block: bool = False) -> Committed:
        """Ask the person something; the run waits for the answer, and is BLOCKED until then with `block`."""
        said(question.text, "the question", MOST_QUESTION)
        said(question.detail, "the text of the question")
        return self.write(
            lambda state, loop, by: commands.ask(state, question, by, block=block),
            elsewhere="nothing" if block else "answer",
        )

    # --- writing

    @property
    def elsewhere(self) -> str:
        """How it is known that somebody else drives the run; nothing where it is ours, or there is none."""
        loaded = self.store.load_whole()
        return self._elsewhere(loaded.state) if loaded is not None else ""

    def _elsewhere(self, state: RunState) -> str:
        owner = self.store.owner()
        return "" if owner.of(state.run) else owner.found or "its owner record is that of another run"

    def write(self, says: Says, seen: Binding | None = None, *, elsewhere: Allowed = "nothing") -> Committed:
        """Bring about what somebody says. Raises Problem when there is no run or no loop, and with what is refused."""
        definition = self.store.definition
        if definition is None:
            raise Problem("there is no definition of this loop", self.store.loop, code=Code.LOOP_UNKNOWN)
        self._void_changed(definition)
        self._undisguise(definition)
        outcome = self.store.transact(self._step(definition, says, elsewhere), seen=seen)
        if isinstance(outcome, Refusal):
            raise Problem(outcome.reason, definition.id, outcome.todo, code=outcome.code)
        self.store.beat(self.by)
        return outcome

    def _void_changed(self, definition: LoopDefinition) -> None:
        """Void approvals on a run of ours whose documents are others now: no driver may be there to see it."""
        loaded = self.store.load_whole()
        if loaded is None or not self.store.ours(loaded.state.run):
            return
        for gate, reason in changed_since_approval(loaded.state, definition, self.store.find, self.store.events):
            self.store.transact(step(definition, always(changes.gate_voided(gate, reason, documents=True))))

    def _undisguise(self, definition: LoopDefinition) -> None:
        """Take back questions for a secret of which somebody made others in the file: the next driver asks again."""
        loaded = self.store.load_whole()
        if loaded is None or not loaded.state.pending_questions or not self.store.ours(loaded.state.run):
            return
        with contextlib.suppress(OSError):
            for question in disguised(loaded.state, self.store.events()):
                self.store.transact(step(definition, always(changes.withdrawn(question.id, self.by))))

    def _step(self, definition: LoopDefinition, says: Says, elsewhere: Allowed) -> Transaction:
        def wish(state: RunState) -> commands.Wanted:
            return says(state, definition, self.by)

        def run(state: RunState, stamped: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
            def stamp(change: Change) -> Event:
                return with_code(stamped(change))

            found = self._elsewhere(state)
            if not found:
                # On a run that somebody claimed nobody of ours enters and leaves phases but what is said here.
                made = onward(definition, wish, lambda action: False) if state.run_claim else step(definition, wish)
                return made(state, stamp)
            if elsewhere == "nothing":
                return Refusal(
                    reason=f"this run is driven elsewhere ({found})",
                    todo="`loop-tui adopt` takes it over",
                    code=Code.ELSEWHERE,
                )
            outcome = step(definition, wish)(state, stamp)
            if isinstance(outcome, Refusal):
                return outcome
            narrow = only_answers if elsewhere == "answer" else only_status
            return narrow(state, outcome[0]), outcome[1]

        return run

    # --- drivers

    def start(self, state: RunState | None, begins: Sequence[str] = ()) -> Start:
        """Start the next driver of a run in that state (None: of a new run), where that has a use.

        `begins` are options for a new run, as `Launcher.start` takes them.

        None is started for a run that somebody else drives, while one drives already, where only a person can go on,
        and where the loop comes with the repository and nobody agreed to it. Raises Problem when it cannot be started,
        for a new run where the project is not what its loop needs, and where nobody can tell whether one drives.
        """
        driver = current(self.store.run_dir)
        if driver is not None:
            return Start(driver=driver)
        if (unknown := doubtful(self.store.run_dir)) is not None:
            raise unknown
        if state is not None and (found := self._elsewhere(state)):
            return Start(elsewhere=found)
        known = definition_of(self.store.project, self.store.loop)
        action = decide(state, known.definition) if state is not None else None
        if isinstance(action, Wait) and action.on != "deliverable" and not (state and asks_secret(state, action)):
            return Start(waits=action.reason)
        missing = unmet(known.definition.id, known.definition.needs, self.store.project) if state is None else None
        if missing is not None:
            raise missing
        if known.trust is not None:
            return Start(trust=known.trust)
        return Start(pid=self._launcher.start(self.store.project, self.store.loop, begins if state is None else ()))

    def stop(self, lease: LeaseRecord) -> None:
        """Ask the driver that the person saw to end now. It ends what it started, and the run can be resumed."""
        now = current(self.store.run_dir)
        if now is None or (now.pid, now.host) != (lease.pid, lease.host):
            raise Problem("that driver has already ended", code=Code.NOT_ALLOWED)
        if now.host != socket.gethostname() or now.pid <= 0:
            raise Problem(f"the driver runs on {one_line(now.host, 60)}: stop it there", code=Code.LEASE_HELD)
        try:
            os.kill(now.pid, signal.SIGTERM)
        except OSError as error:
            raise Problem(f"the driver cannot be stopped: {error.strerror}", code=Code.LEASE_HELD) from error

    # --- files

    def restore(self) -> Loaded:
        """Put the last good copy in the place of a damaged state file, and give what it holds."""
        return self.store.restore_last_good()

    def trust(self, ask: TrustAsk) -> None:
        """Remember that this very file may run."""
        agree(self.store.project, ask)


def _is_typed(question: Question) -> Problem:
    what, todo = complaint(question.model_copy(update={"kind": QuestionKind.SECRET}), "") or ("", "")
    return Problem(what, one_line(question.id, 60), todo, code=Code.USAGE)


def _meant(state: RunState, question: str) -> Question | None:
    return state.question(question) if question else next(iter(state.pending_questions), None)


def _answer(state: RunState, question: str, text: str, by: str) -> commands.Wanted:
    """The answer to a question, else its default; a question without one needs a text."""
    meant = _meant(state, question)
    if text or meant is None or meant.answer is not None:
        return commands.answer(state, question, text, by)
    wanted = commands.answer(state, question, meant.default or "", by)
    if meant.default is not None or isinstance(wanted, Refusal):
        return wanted
    name = one_line(meant.id, 60)
    return Refusal(
        reason=f"{name} has no default: an answer is required", todo=f"answer {name} TEXT", code=Code.DECLINED
    )
