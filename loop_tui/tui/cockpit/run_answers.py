"""What a person says to the run that a screen shows: one thing at a time, and what comes of it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.notifications import SeverityLevel

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.tui.actions import READ_ONLY, action, with_keys
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.messages import DriverFailed, Told
from loop_tui.tui.widgets.sized_screen import SizedScreen

if TYPE_CHECKING:
    from loop_tui.control.client import RunClient
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Question
    from loop_tui.ports import Committed
    from loop_tui.tui.app import LoopApp
    from loop_tui.tui.cockpit.source import RunSource
    from loop_tui.tui.form.entries import FormEntries

    Work = Callable[[RunClient], Committed | None]

_OPENING = "opening: still reading the run"


class AnswersRun(SizedScreen[None]):
    """A screen with a gate panel: what is decided there goes to the run of `source`, which `snapshot` shows."""

    app: LoopApp
    source: RunSource
    snapshot: Snapshot
    begins: Sequence[str] = ()
    """Options of the run that begins here next: the move that the person chose, and its module."""
    _busy = False
    _forms: Mapping[str, FormEntries] = MappingProxyType({})
    """What the person entered in a form that is not submitted yet, by the id of its question."""

    @property
    def person(self) -> RunClient | None:
        """Who may change the run, or None."""
        return self.source.person

    def said_all(self) -> None:
        """What was asked is answered: where the panel lies over something else, that is of interest again."""

    def note_answered(self, question: str) -> None:
        """The person answered it, by hand and here."""

    def guard(self) -> None:
        """The person came back to the window: what comes with that key or click decides nothing."""
        if self.is_mounted:
            self.query_one(GatePanel).guard.close()
            self.source.refresh()

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """A line for the person that goes away by itself."""
        self.notify(clean(text), severity=severity, markup=False)

    def refuse(self, why: str) -> None:
        """Say in the footer's place why what the person wanted is not done: the next key takes it away."""
        self.app.nothing_done(clean(why))

    def refused(self, action_id: str) -> bool:
        """True, and said why, when an action cannot be done now."""
        wanted = action(action_id)
        why = self.app.why_not(wanted) or (wanted.blocked(self.snapshot) if self.snapshot.opened else _OPENING)
        if why:
            self.app.nothing_done(why)
        return bool(why)

    def tell(self, work: Work, done: str = "", *, answers: bool = False, start: bool = True) -> None:
        """Do one thing at a time: a key that repeats while it is being done does nothing.

        Then the next driver starts, unless `start` is false.
        """
        if self.person is None or self.app.read_only:
            self.query_one(GatePanel).not_taken()
            self.refuse(READ_ONLY)
            return
        if self._busy:
            return
        self._busy = True
        doing = self._doing(self.person, work, done, answers=answers, start=start)
        self.run_worker(doing, group="person", exit_on_error=True)

    async def _doing(self, person: RunClient, work: Work, done: str, *, answers: bool, start: bool) -> None:
        refused: Problem | None = None
        pid = 0
        try:
            committed = await asyncio.to_thread(work, person)
            if done:
                self.say(done)
            if start:
                pid = await self._start(person, committed)
        except Problem as problem:
            refused = problem
        finally:
            self._busy = False
        if refused is not None:
            self.query_one(GatePanel).not_taken()
            self.refuse(self._words(refused))
            if refused.code is Code.RUN_CHANGED:
                self.query_one(GatePanel).void(refused.what.partition(": nothing")[0], of_next=True)
        elif answers:
            self.said_all()
        self.source.started(pid)

    async def _start(self, person: RunClient, committed: Committed | None) -> int:
        """Start the next driver where that has a use, and give its process id, else 0. What was said stands anyhow."""
        try:
            state = committed.state if committed is not None else None
            started = await asyncio.to_thread(person.start, state, self.begins)
        except Problem as problem:
            self.say(self._words(problem), "warning")
            return 0
        if started.trust is not None:
            self.say(
                with_keys("no driver was started: this loop is not trusted here (press {pane-gate} to decide)"),
                "warning",
            )
        if started.pid:
            self.begins = ()
        return started.pid

    def _words(self, problem: Problem) -> str:
        """A problem in a line; the loop that is shown need not be named."""
        definition = self.snapshot.definition
        here = problem.where == (definition.id if definition is not None else self.snapshot.loop)
        return str(Problem(problem.what, todo=problem.todo, code=problem.code) if here else problem)

    def action_go(self) -> None:
        """Let the run go on."""
        raise NotImplementedError

    # What is heard ----------------------------------------------------------------------------------------------------

    def on_driver_failed(self, message: DriverFailed) -> None:
        """Say it: otherwise nothing would happen, and nobody would know why."""
        self.say(message.reason, "error")

    def on_told(self, message: Told) -> None:
        """Say it: an answer of this person was overwritten."""
        self.say(message.text, "warning")

    def on_gate_panel_shown(self, message: GatePanel.Shown) -> None:
        """What starting a run would do is asked for while the panel that says it is there, and who reads may start."""
        self.source.show_ready(message.shown and not self.app.read_only)

    def on_gate_panel_evidence_wanted(self) -> None:
        """Show the checks that the panel names."""
        if not self.refused("evidence"):
            from loop_tui.tui.cockpit.view_items import view_evidence

            view_evidence(self)

    def on_gate_panel_test_wanted(self, message: GatePanel.TestWanted) -> None:
        """Open the failed test in the editor."""
        from loop_tui.tui.cockpit.open_test import open_test

        open_test(self, message.test)

    def on_gate_panel_decided(self, message: GatePanel.Decided) -> None:
        """Both steps are done: write the answer, if the run is still what the person saw."""
        from loop_tui.control.gate_facts import still_holds
        from loop_tui.tui.cockpit.perform import decide

        armed = message.armed
        if not still_holds(armed.seen, self.snapshot):
            self.query_one(GatePanel).void()
            return
        trusts = armed.seen.trust is not None
        start = not trusts and armed.answer not in ("restore", "reject")
        self.tell(lambda person: decide(person, armed), answers=True, start=start)

    def on_gate_panel_answered(self, message: GatePanel.Answered) -> None:
        """Write the answer to a question, or hand a secret to the driver that asks for it."""
        self.note_answered(message.question)
        if message.secret:
            self.tell(lambda person: person.give(message.question, message.text), "given", answers=True, start=False)
            return
        self.tell(lambda person: person.answer(message.question, message.text), answers=True)

    def on_gate_panel_form_wanted(self, message: GatePanel.FormWanted) -> None:
        """Open the form; what was entered before and not submitted stands in it."""
        from loop_tui.tui.form.entries import FormEntries
        from loop_tui.tui.form.screen import FormScreen

        asked = message.question
        kept = self._forms.get(asked.id)
        entries = FormEntries(asked.form, kept.values if kept is not None and kept.fields == asked.form else None)
        self._forms = {asked.id: entries}
        self.app.push_screen(FormScreen(asked, entries), lambda answer: self._submit(asked, answer))

    def _submit(self, asked: Question, answer: str | None) -> None:
        """Write the answer, if the form is still what is asked."""
        if answer is None:
            return
        if self.snapshot.question != asked:
            self.query_one(GatePanel).void(of_next=True)
            return
        self.note_answered(asked.id)
        self.tell(lambda person: person.answer(asked.id, answer), answers=True)

    def on_gate_panel_resumed(self, message: GatePanel.Resumed) -> None:
        """Resume, or leave the run as it is."""
        if message.now:
            self.action_go()
        else:
            self.source.seen()
