"""The cockpit: phase tree, log and gate panel of one run (SCREEN "Layout")."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.widgets import Static

from loop_tui.control.snapshot import Snapshot
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.tui.actions import (
    APP,
    GATE,
    LOG,
    OWN,
    PANES,
    READ_ONLY,
    RUN,
    TREE,
    action,
    bindings,
    bound,
    own_actions,
    with_keys,
)
from loop_tui.tui.cockpit.answering import OwnGo, answer_from_anywhere
from loop_tui.tui.cockpit.bars import Banner, KeyBar, StatusRow
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_area import LogArea
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.messages import DriverFailed, LogArrived, SnapshotTaken, Told
from loop_tui.tui.cockpit.panes import Panes
from loop_tui.tui.cockpit.phase_tree import PhaseTree
from loop_tui.tui.cockpit.preview import Preview
from loop_tui.tui.widgets.hint_row import HintRow

if TYPE_CHECKING:
    from loop_tui.control.client import RunClient
    from loop_tui.ports import Committed
    from loop_tui.tui.app import LoopApp
    from loop_tui.tui.cockpit.source import RunSource

    Work = Callable[[RunClient], Committed | None]


_OPENING = "opening: the run is still being read"
_NO_ROOM = "too small: at least 60x15, please\nkeys work all the same, but those that answer"


class CockpitScreen(Panes):
    """One run. It shows snapshots, and hands what the person says to `person`."""

    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(RUN, PANES, APP),
        *(bound(name, f"answer('{name}')") for name in ("approve", "changes", "reject")),
    ]

    app: LoopApp

    def __init__(self, source: RunSource, project: Path, loop: str, place: Path | None = None) -> None:
        super().__init__()
        self.place = place or project
        """Where the run is found again: its project, or the state file that another program has it in."""
        self.source = source
        self.snapshot = Snapshot(project=project, loop=loop)
        self.goes = False
        """The run goes on as soon as it has been read: the person has said so where they came from."""
        self._busy = False
        self._own_go = OwnGo()
        self._rung: str | None = None
        for own in own_actions():
            self._bindings.bind(own.keys, own.does, own.text, show=False)

    @property
    def person(self) -> RunClient | None:
        """Who may change the run, or None."""
        return self.source.person

    def _now(self) -> datetime:
        return self.app.now()

    def compose(self) -> ComposeResult:
        """Status on top, the panes, the banner and the keys."""
        yield StatusRow(id="status")
        yield Static(_NO_ROOM, id="too-small", markup=False)
        with Horizontal(id="panes"):
            yield PhaseTree(id="tree")
            with Vertical(id="middle"):
                yield LogArea(lambda: self.source.log_path, self.snapshot.project)
                yield Preview(id="preview")
            yield GatePanel(self.app.clock, id="gate")
        yield Banner(id="banner")
        yield HintRow(RUN)
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """The tree has the focus; once a second the elapsed times go on."""
        self.query_one(PhaseTree).focus()
        self.query_one(StatusRow).show(self.snapshot, self._now())
        self.query_one(KeyBar).show(self.snapshot)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._run_source(), group="feed", exit_on_error=True)

    async def _run_source(self) -> None:
        try:
            await self.source.run(self.post_message)
        except Problem as problem:
            self._cannot_open(clean(str(problem)))

    def _cannot_open(self, why: str) -> None:
        if not self.is_lowest:
            self.app.notify(why, severity="error", markup=False)
            self.dismiss(None)
        else:
            self.app.exit(2, message=Content(why).plain)

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        """Show it, and ring once when something new is needed."""
        need = message.snapshot.attention
        first, self._rung, before = self._rung is None, need.key, self._rung
        if need.rings and need.key != before and not first:
            self.app.ring(message.snapshot)
        self.show(message.snapshot)
        if self.goes and message.snapshot.opened:
            self.goes = False
            self.action_go()
        came = need.key != before and need.kind == "question"
        if came and self._own_go.takes_focus(self.app.type_ahead.count) and self.app.screen is self:
            self._focus_pane("#gate", by_key=False)

    def on_log_arrived(self, message: LogArrived) -> None:
        """Pass the batch on."""
        self.feed_log(list(message.raw), message.anew, message.end)

    def on_driver_failed(self, message: DriverFailed) -> None:
        """Say it: otherwise nothing would happen, and nobody would know why."""
        self.say(message.reason, "error")

    def on_told(self, message: Told) -> None:
        """Say it: an answer of this person was overwritten."""
        self.say(message.text, "warning")

    def guard(self) -> None:
        """The person came back to the window: what comes with that key or click decides nothing."""
        if self.is_mounted:
            self.query_one(GatePanel).guard.close()
            self.source.refresh()

    @property
    def _stands(self) -> bool:
        """False while the app is on its way out: messages still come when the widgets have gone."""
        return bool(self.query(KeyBar)) and bool(self.query(StatusRow))

    def _tick(self) -> None:
        if not self._stands:
            return
        self.query_one(StatusRow).tick(self._now())
        self.query_one(PhaseTree).tick(self._now())
        self.query_one(GatePanel).tick(self._now())

    def show(self, snapshot: Snapshot) -> None:
        """Give every widget the snapshot; each compares it with what it shows."""
        from loop_tui.tui.cockpit.tree_rows import rows_of

        before, self.snapshot = self.snapshot, snapshot
        if not self._stands:
            return
        now = self._now()
        self.query_one(StatusRow).show(snapshot, now)
        self.query_one(PhaseTree).show(rows_of(snapshot), now)
        self.query_one(GatePanel).show(snapshot, now)
        need = snapshot.attention
        self.query_one(LogPane).suggest(
            f"no run here: {with_keys(need.todo)}" if need.kind == "idle" else "nothing yet"
        )
        self.query_one(Preview).show(snapshot)
        self.query_one(Banner).show(snapshot.attention)
        self.query_one(HintRow).hush(need.kind in ("question", "gate"))
        self.query_one(KeyBar).show(snapshot)
        if snapshot.attention.kind in ("complete", "ended") and snapshot.attention.kind != before.attention.kind:
            self._announce_end()

    def _announce_end(self) -> None:
        """A summary that nobody typed into may open by itself: there is nothing in it to decide."""
        if not self._has_room():
            self.add_class("gate-open")

    def feed_log(self, raw: list[str], anew: bool, end: int = 0) -> None:
        """Hand a batch of lines to the log."""
        if self._stands:
            self.query_one(LogPane).write(raw, anew=anew, end=end)

    # What the person says ------------------------------------------------------------------------------------------

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """A line for the person that goes away by itself."""
        self.notify(clean(text), severity=severity, markup=False)

    def _refused(self, action_id: str) -> bool:
        """True, and said why, when an action cannot be done now."""
        wanted = action(action_id)
        why = self.app.why_not(wanted) or (wanted.blocked(self.snapshot) if self.snapshot.opened else _OPENING)
        if why:
            self.say(why, "warning")
        return bool(why)

    def tell(self, work: Work, done: str = "", *, answers: bool = False, start: bool = True) -> None:
        """Do one thing at a time: a key that repeats while it is being done does nothing.

        Then the next driver starts, unless `start` is false.
        """
        if self.person is None or self.app.read_only:
            self.say(READ_ONLY, "warning")
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
            self.say(self._words(refused), "warning")
            if refused.code is Code.RUN_CHANGED:
                self.query_one(GatePanel).void(refused.what.partition(": nothing")[0])
        elif answers and not self._has_room():
            # What was asked is answered: the panes that it lay over are of interest again.
            self.on_gate_panel_closed()
        self.source.started(pid)

    async def _start(self, person: RunClient, committed: Committed | None) -> int:
        """Start the next driver where that has a use, and give its process id, else 0. What was said stands anyhow."""
        try:
            started = await asyncio.to_thread(person.start, committed.state if committed is not None else None)
        except Problem as problem:
            self.say(self._words(problem), "warning")
            return 0
        if started.trust is not None:
            self.say(with_keys("no driver was started: this loop is not trusted here ({pane-gate} asks)"), "warning")
        return started.pid

    def _words(self, problem: Problem) -> str:
        """A problem in a line; the loop that is shown need not be named."""
        definition = self.snapshot.definition
        here = problem.where == (definition.id if definition is not None else self.snapshot.loop)
        return str(Problem(problem.what, todo=problem.todo, code=problem.code) if here else problem)

    def action_go(self) -> None:
        """Go on; what has been seen is dismissed first."""
        if self.snapshot.ended is not None:
            self.remove_class("gate-open")
            self.source.seen()
            return
        if self._refused("go"):
            return
        if self.snapshot.presence is not None and not self.snapshot.presence.ours:
            self.action_adopt()
            return
        self.source.seen()
        self._own_go.went(self.app.type_ahead.done)
        self.tell(lambda person: person.go())

    def action_answer(self, answer: str) -> None:
        """The first step of an answer, from any pane."""
        answer_from_anywhere(self, answer)

    def action_adopt(self) -> None:
        """Ask whether to make this run ours."""
        if not self._refused("adopt"):
            from loop_tui.tui.cockpit.adopting import ask_adopt

            ask_adopt(self)

    def action_adopt_definition(self) -> None:
        """Ask whether to let this run go by the definition as it is now."""
        if not self._refused("adopt-definition"):
            from loop_tui.tui.cockpit.adopting import ask_adopt_definition

            ask_adopt_definition(self)

    def action_release(self, skill: str = "") -> None:
        """Take back what somebody claimed: a skill, or without a name all of it."""
        if not self._refused("release"):
            self.tell(lambda person: person.release(skill), "taken back", start=False)

    def action_pause(self) -> None:
        """Pause, or resume what is paused or blocked."""
        if self._refused("pause") or self.snapshot.state is None:
            return
        if self.snapshot.state.status.value in ("paused", "blocked"):
            self.source.seen()
            self.tell(lambda person: person.resume(), "resumed")
        else:
            self.tell(lambda person: person.pause(), "paused: it stops after the skill that runs", start=False)

    def action_skip(self) -> None:
        """Ask for the reason, then skip the selected skill, or the next one."""
        if not self._refused("skip"):
            from loop_tui.tui.cockpit.prompts import ask_skip

            ask_skip(self)

    def action_complete(self) -> None:
        """Ask whether the skill that is done by hand is done."""
        if not self._refused("complete"):
            from loop_tui.tui.cockpit.by_hand import ask_complete

            ask_complete(self)

    def action_own(self, name: str) -> None:
        """Do a command of the person's own."""
        from loop_tui.tui.cockpit.own_command import do_own

        do_own(self, name)

    def action_jump(self) -> None:
        """Choose the phase to go to."""
        if not self._refused("jump"):
            from loop_tui.tui.cockpit.prompts import ask_phase

            ask_phase(self)

    def action_resume(self) -> None:
        """Resume what is paused or blocked."""
        if not self._refused("resume"):
            self.action_pause()

    def action_show(self, name: str = "") -> None:
        """Show the deliverable of that name, or choose one and show it."""
        if not self._refused("show"):
            from loop_tui.tui.cockpit.view_items import view_deliverables

            view_deliverables(self, name)

    def action_changed(self, skill: str = "") -> None:
        """Show what the selected skill changed, or the one of that name."""
        if not self._refused("changed"):
            from loop_tui.tui.cockpit.view_items import view_changed

            view_changed(self, self.query_one(PhaseTree).skill_at_cursor(), skill)

    def on_phase_tree_file_wanted(self, message: PhaseTree.FileWanted) -> None:
        """Show the deliverable."""
        from loop_tui.tui.cockpit.view_items import view_deliverables

        view_deliverables(self, message.name)

    def on_phase_tree_check_wanted(self, message: PhaseTree.CheckWanted) -> None:
        """Show the check."""
        from loop_tui.tui.cockpit.view_items import view_check

        view_check(self, message.phase, message.skill, message.name)

    def on_gate_panel_shown(self, message: GatePanel.Shown) -> None:
        """What starting a run would do is asked for while the panel that says it is there, and who reads may start."""
        self.source.show_ready(message.shown and not self.app.read_only)

    def on_gate_panel_evidence_wanted(self) -> None:
        """Show the checks that the panel names."""
        if not self._refused("evidence"):
            from loop_tui.tui.cockpit.view_items import view_evidence

            view_evidence(self)

    def on_gate_panel_test_wanted(self, message: GatePanel.TestWanted) -> None:
        """Open the failed test in the editor."""
        from loop_tui.tui.cockpit.open_test import open_test

        open_test(self, message.test)

    def action_plan(self) -> None:
        """Show what would be done; nothing is changed."""
        from loop_tui.tui.cockpit.dry_run import PlanScreen

        self.app.push_screen(PlanScreen(self.snapshot.project, self.snapshot.loop, self.app.launcher.plan))

    def action_back_home(self) -> None:
        """Back to where this run was opened from; what runs goes on."""
        if not self.is_lowest:
            self.dismiss(None)
        else:
            self.app.open_home(came_from=(self.place, self.snapshot.loop))

    def action_leave(self) -> None:
        """Quit; when something runs, ask what becomes of it."""
        if not self.snapshot.driven:
            self.app.exit(0)
            return
        from loop_tui.tui.cockpit.prompts import ask_leave

        ask_leave(self)

    def action_command(self, text: str = "") -> None:
        """Type a command; `text` is its beginning."""
        from loop_tui.tui.cockpit.command_line import AnyTyped, CommandScreen
        from loop_tui.tui.cockpit.perform import do, names_of

        def typed(command: AnyTyped | None) -> None:
            if command is not None:
                self.run_worker(do(self, command), group="command")

        question = self.snapshot.question
        forgets = "answer" if question is not None and question.is_secret else ""
        self.app.push_screen(CommandScreen(names_of(self.snapshot), forgets, self.app.verbs, text), typed)

    def action_palette(self) -> None:
        """Find an action and do it."""
        self._list_actions(finding=True)

    def action_help(self) -> None:
        """All keys, those of the focused pane first."""
        self._list_actions(finding=False)

    def _list_actions(self, *, finding: bool) -> None:
        from loop_tui.tui.cockpit.perform import choose
        from loop_tui.tui.widgets.help import HelpScreen
        from loop_tui.tui.widgets.palette import VERB

        here = self._pane_of(self.focused)

        def chosen(name: str | None) -> None:
            if name is not None and name.startswith(VERB):
                self.action_command(f"{name.removeprefix(VERB)} ")
            elif name is not None:
                self.run_worker(choose(self, action(name)), group="command")

        place = (TREE, LOG, GATE)[here] if here >= 0 else RUN
        places = (RUN, PANES, TREE, LOG, GATE, OWN, APP)
        self.app.push_screen(HelpScreen(self.snapshot, places, place, finding=finding, verbs=self.app.verbs), chosen)

    # Answers -------------------------------------------------------------------------------------------------------

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
        if message.secret:
            self.tell(lambda person: person.give(message.question, message.text), "given", answers=True, start=False)
            return
        self.tell(lambda person: person.answer(message.question, message.text), answers=True)

    def on_gate_panel_resumed(self, message: GatePanel.Resumed) -> None:
        """Resume, or leave the run as it is."""
        if message.now:
            self.action_go()
        else:
            self.source.seen()
