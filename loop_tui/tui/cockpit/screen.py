"""The cockpit: phase tree, log and gate panel of one run (SCREEN "Layout")."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from loop_tui.control.snapshot import Snapshot
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean
from loop_tui.tui.actions import (
    APP,
    GATE,
    LOG,
    OWN,
    PANES,
    RUN,
    TREE,
    action,
    bindings,
    bound,
    own_actions,
    with_keys,
)
from loop_tui.tui.cockpit.answering import OwnGo
from loop_tui.tui.cockpit.bars import Banner, KeyBar, StatusRow
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.cockpit.log_area import LogArea
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.messages import LogArrived, SnapshotTaken
from loop_tui.tui.cockpit.panes import Panes
from loop_tui.tui.cockpit.phase_tree import PhaseTree
from loop_tui.tui.cockpit.preview import Preview
from loop_tui.tui.cockpit.run_actions import RunActions
from loop_tui.tui.widgets.hint_row import HintRow
from loop_tui.tui.widgets.worker import run_feed

if TYPE_CHECKING:
    from loop_tui.control.attention import Attention
    from loop_tui.tui.cockpit.source import RunSource
    from loop_tui.tui.cockpit.tree_rows import TreeRow

_NO_ROOM = "too small: at least 60x15 needed\nkeys work, except those that answer"


class CockpitScreen(Panes, RunActions):
    """One run. It shows snapshots, and hands what the person says to `person`."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["gate_panel.tcss", "screen.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(RUN, PANES, APP),
        *(bound(name, f"answer('{name}')") for name in ("approve", "changes", "reject")),
        # Also from the other panes: a text typed behind a key that does nothing there would run as commands.
        bound("log-search", "search_log('search')"),
        bound("log-filter", "search_log('filter')"),
    ]

    FIRST: ClassVar[str] = "#tree"
    """What has the focus in the beginning."""
    STARTS_MOVES: ClassVar[bool] = True
    """False where what is shown is over: a replay proposes nothing."""
    OWN_PLACE: ClassVar[str] = RUN
    """The place whose keys this screen has beside those of its panes."""

    def __init__(self, source: RunSource, project: Path, loop: str, place: Path | None = None) -> None:
        super().__init__()
        self.place = place or project
        """Where the run is found again: its project, or the state file that another program has it in."""
        self.source = source
        self.snapshot = Snapshot(project=project, loop=loop)
        self.goes = False
        """The run goes on as soon as it has been read: the person has said so where they came from."""
        self._own_go = OwnGo()
        self._rung: str | None = None
        for own in own_actions():
            self._bindings.bind(own.keys, own.does, own.text, show=False)

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
            yield self._gate_panel()
        yield Banner(id="banner")
        yield HintRow(RUN)
        yield KeyBar(id="keys")

    def _gate_panel(self) -> GatePanel:
        panel = GatePanel(self.app.clock, id="gate")
        panel.starts_moves = self.STARTS_MOVES
        return panel

    def on_mount(self) -> None:
        """The first pane has the focus, before any key comes; once a second the elapsed times go on."""
        self.query_one(self.FIRST).focus()
        self.query_one(StatusRow).show(self.snapshot, self._now())
        self.query_one(KeyBar).show(self.snapshot)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        run_feed(self, self._run_source)

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
        if need.key != before and need.kind == "question" and self._is_waited_for(message.snapshot):
            self._focus_pane("#gate", by_key=False)

    def _is_waited_for(self, snapshot: Snapshot) -> bool:
        question, state = snapshot.question, snapshot.state
        if question is None or state is None:
            return False
        asked = {each.id for each in state.questions}
        return self._own_go.takes_focus(question.id, asked, self.app.type_ahead.count) and self.app.screen is self

    def on_log_arrived(self, message: LogArrived) -> None:
        """Pass the batch on."""
        self.feed_log(list(message.raw), message.anew, message.end)

    @property
    def _stands(self) -> bool:
        """False while the app is on its way out: messages still come when the widgets have gone."""
        return self.query_one_optional(KeyBar) is not None and self.query_one_optional(StatusRow) is not None

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
        if need.key != before.attention.key and before.opened and self.app.screen is self:
            self.app.foot.clear()  # Why a key did nothing was said of what is over now.
        self.query_one(LogPane).suggest(self._empty_log(need))
        self.query_one(Preview).show(snapshot)
        self.query_one(Banner).show(snapshot.attention)
        self.query_one(HintRow).hush(need.kind in ("question", "gate"))
        self.query_one(KeyBar).show(snapshot)
        if snapshot.attention.kind in ("complete", "ended") and snapshot.attention.kind != before.attention.kind:
            self._announce_end()

    def _empty_log(self, need: Attention) -> str:
        if need.kind != "idle":
            return "no output yet"
        # Where the panel has no place of its own, nothing else leads to what a run would do.
        more = "" if self._has_room() else "; {pane-gate} shows what it would do"
        return f"no run here: {with_keys(need.todo + more)}"

    def _announce_end(self) -> None:
        """A summary that nobody typed into may open by itself: there is nothing in it to decide."""
        if self._has_room():
            return
        if self.app.screen is self and self.focused is not None and self.focused.id in ("tree", "log"):
            self._focus_pane("#gate", by_key=False)  # It covers those: their keys would do what nobody sees.
        else:
            self.add_class("gate-open")

    def feed_log(self, raw: list[str], anew: bool, end: int = 0) -> None:
        """Hand a batch of lines to the log."""
        if self._stands:
            self.query_one(LogPane).write(raw, anew=anew, end=end)

    # What the person says ------------------------------------------------------------------------------------------

    def said_all(self) -> None:
        """The panes that the panel lay over are of interest again."""
        if not self._has_room():
            self.on_gate_panel_closed()

    def action_go(self) -> None:
        """Go on; what has been seen is dismissed first."""
        if self.snapshot.ended is not None:
            self.remove_class("gate-open")
        super().action_go()

    def note_own_go(self) -> None:
        """The question that follows, with no other key since, may take the focus."""
        self._own_go.went(self.app.type_ahead.done)

    def note_answered(self, question: str) -> None:
        """The same question asked again, with no other key since, may take the focus."""
        self._own_go.answered(question, self.app.type_ahead.done)

    def selected_row(self) -> TreeRow | None:
        """The row under the cursor of the tree."""
        return self.query_one(PhaseTree).row_at_cursor()

    def selected_skill(self) -> tuple[str, str] | None:
        """Phase and skill of the row in the tree, or of what it belongs to."""
        return self.query_one(PhaseTree).skill_at_cursor()

    def on_phase_tree_file_wanted(self, message: PhaseTree.FileWanted) -> None:
        """Show the deliverable."""
        from loop_tui.tui.cockpit.view_items import view_deliverables

        view_deliverables(self, message.name)

    def on_phase_tree_check_wanted(self, message: PhaseTree.CheckWanted) -> None:
        """Show the check."""
        from loop_tui.tui.cockpit.view_items import view_check

        view_check(self, message.phase, message.skill, message.name)

    def action_back_home(self) -> None:
        """Back to where this run was opened from; what runs goes on."""
        if not self.is_lowest:
            self.dismiss(None)
        else:
            self.app.open_home(came_from=(self.place, self.snapshot.loop))

    def action_leave(self) -> None:
        """Quit; when something runs, ask what becomes of it."""
        if not self.snapshot.driven:
            self.leave()
            return
        from loop_tui.tui.cockpit.prompts import ask_leave

        ask_leave(self)

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

        place = (TREE, LOG, GATE)[here] if here >= 0 else self.OWN_PLACE
        places = tuple(dict.fromkeys((self.OWN_PLACE, RUN, PANES, TREE, LOG, GATE, OWN, APP)))
        self.app.push_screen(HelpScreen(self.snapshot, places, place, finding=finding, verbs=self.app.verbs), chosen)
