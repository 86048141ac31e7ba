"""The run under the cursor of the list: read for the panel beside it, and watched while the person answers it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from loop_tui.control.board_row import RunRow
from loop_tui.control.snapshot import Snapshot
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import action, with_keys
from loop_tui.tui.cockpit.gate_panel import TOO_SMALL, GatePanel
from loop_tui.tui.cockpit.messages import SnapshotTaken
from loop_tui.tui.cockpit.panes import WIDE
from loop_tui.tui.cockpit.run_actions import RunActions
from loop_tui.tui.cockpit.source import NoRun
from loop_tui.tui.widgets.words import MUTED, lines_of, text_of

from .run_list import RunList

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.tui.cockpit.source import LiveRun, RunSource, ServerRun

_REST_S = 0.15
"""How long the cursor stays on a row before its run is read for the panel beside the list."""
_ANEW_S = 1.0
"""How often it is read anew while it changes."""
_PATIENCE_S = 5.0
"""How long a key waits for a run to be read."""
_LINGER_S = 10.0
"""How long a run is watched after its panel was left: a driver that fails to start is still heard of."""
_ELSEWHERE = "that changes a run: go to its panel with {pane-gate}, or open it with {home-open}"


def why_closed(row: RunRow | None) -> str:
    """Why a row has no run that can be shown, or nothing."""
    if row is None:
        return "no run is listed"
    if row.archived:
        return with_keys("this run has ended: {home-enter} replays it")
    if not row.opens:
        return row.trouble or f"{row.path.name} is not where {row.loop} keeps its state, so it is only listed"
    return ""


class RowRun(RunActions):
    """The part of the list that looks after one run. `snapshot` and `source` are those of `shown`."""

    shown: RunRow | None = None
    """The row whose run the panel shows."""
    _watcher: Worker[None] | None = None
    _peek_due: Timer | None = None

    def begin_without_run(self) -> None:
        """No row was looked at yet."""
        self.source: RunSource = NoRun()
        self.snapshot = Snapshot(project=self.app.project, loop="")
        self._reading = asyncio.Lock()

    @property
    def runs(self) -> RunList:
        """The list."""
        return self.query_one(RunList)

    def renew_keys(self) -> None:
        """Say anew what the keys do."""

    @property
    def in_panel(self) -> bool:
        """True while the panel has the focus: it stays with its run, wherever the cursor of the list goes."""
        panel = self.query_one(GatePanel)
        return self.focused is not None and panel in self.focused.ancestors_with_self

    @property
    def is_too_small(self) -> bool:
        """True where there is no room for the panel."""
        return bool(self.classes & TOO_SMALL)

    # Reading and watching -----------------------------------------------------------------------------------------

    async def attend(self, row: RunRow | None = None) -> bool:
        """Read that run, or the one under the cursor, and watch it from now on. False, and said why, where it fails."""
        row = row or self.runs.selected
        if self.in_panel or (row is not None and self._watches(row)):
            return True
        if why := why_closed(row):
            self.app.nothing_done(why)
            return False
        assert row is not None
        try:
            await self.look_in_time(row)
        except Problem as problem:
            self.refuse(str(problem))
            return False
        except TimeoutError:
            self.let_go()
            self.refuse(f"{row.name} could not be read within {_PATIENCE_S:g} s: nothing was done")
            return False
        # What the panel shows came by the person's own key: letters count at once.
        self.query_one(GatePanel).guard.opened_by_key()
        self._watcher = self.run_worker(self._watched(), group="row", exclusive=True, exit_on_error=True)
        self.source.show_ready(not self.app.read_only)
        return True

    def _watches(self, row: RunRow) -> bool:
        return self._watcher is not None and self._watcher.is_running and self._is_shown(row)

    async def look_in_time(self, row: RunRow) -> None:
        """Read that run. Raises Problem, and TimeoutError where a key would wait too long for it."""
        async with asyncio.timeout(_PATIENCE_S):
            await self._look_at(row)

    def _is_shown(self, row: RunRow) -> bool:
        return self.shown is not None and self.shown.path == row.path

    async def _look_at(self, row: RunRow) -> None:
        async with self._reading:
            if not self._is_shown(row) or isinstance(self.source, NoRun):
                self.let_go()
                self.source = self.app.source_of(row.path if row.foreign else row.project, row.loop, log=False)
            source: LiveRun | ServerRun = self.source  # type: ignore[assignment]
            snapshot = await source.look()
            if self.source is source:
                self.shown = row
                self.take(snapshot)

    async def _watched(self) -> None:
        source = self.source

        def post(message: Message) -> object:
            return self.post_message(message) if self.source is source else None

        try:
            await source.run(post)
        except Problem as problem:
            self.say(str(problem), "warning")

    def let_go(self) -> None:
        """Watch it no more; what was read of it is forgotten."""
        if self._watcher is not None:
            self._watcher.cancel()
        self._watcher, self.shown, self.source = None, None, NoRun()
        self.snapshot = Snapshot(project=self.app.project, loop="")

    def take(self, snapshot: Snapshot) -> None:
        """Show what was read."""
        if not self.query(GatePanel):
            return
        self.snapshot = snapshot
        panel = self.query_one(GatePanel)
        panel.about = one_line(self.runs.label(self.shown) if self.shown is not None else "", 70)
        panel.show(snapshot, self.app.now())
        self.remove_class("no-panel", "no-row")
        self.renew_keys()

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        """The run that is watched looks different. The list rings for it, as for all others."""
        self.take(message.snapshot)

    # The panel beside the list ------------------------------------------------------------------------------------

    def on_run_list_moved(self) -> None:
        """The panel follows the cursor when it rests."""
        if self._watcher is not None and not self.in_panel and self.app.screen is self:
            self.let_go()
        self.peek_soon()
        self.renew_keys()

    def peek_soon(self) -> None:
        """Read the run under the cursor a moment later, where there is room to show it."""
        row = self.runs.selected
        same = row is not None and self._is_shown(row)
        if self._peek_due is not None:
            if same:
                return  # One that changes all the time is read all the same.
            self._peek_due.stop()
        wait_s = _ANEW_S if same else _REST_S
        self._peek_due = self.set_timer(wait_s, self._peek) if self.size.width >= WIDE else None

    def _peek(self) -> None:
        self._peek_due = None
        if self.query(GatePanel) and not self.in_panel and self._watcher is None and self.app.screen is self:
            self.run_worker(self._peeked(self.runs.selected), group="peek", exit_on_error=True)

    async def _peeked(self, row: RunRow | None) -> None:
        why = why_closed(row)
        if row is not None and not why:
            try:
                await self._look_at(row)
            except Problem as problem:
                why = str(problem)
        if why and self.query("#no-run"):
            self.let_go()
            self.query_one("#no-run", Static).update(_card(row, why))
            self.add_class("no-panel")
            self.set_class(row is None, "no-row")

    def on_screen_resume(self) -> None:
        """Much may have happened to the run while another screen lay over the list."""
        self.peek_soon()

    def on_resize(self, event: events.Resize) -> None:
        """With more room there is a panel beside the list."""
        self.peek_soon()

    # Keys ---------------------------------------------------------------------------------------------------------

    def action_pane(self, number: int) -> None:
        """To the list, or to the panel of the run that was read."""
        if number == 1:
            self.on_gate_panel_closed()
            return
        self.add_class("gate-open")
        panel = self.query_one(GatePanel)
        panel.opened_by_key()
        panel.target().focus()

    async def action_to_panel(self) -> None:
        """Go to the panel of the selected run."""
        if self.is_too_small:
            self.app.nothing_done("the window is too small for it")
        elif await self.attend():
            self.action_pane(3)

    async def action_cycle(self, step: int) -> None:
        """From the list to the panel, and back."""
        if self.in_panel:
            self.action_pane(1)
        else:
            await self.action_to_panel()

    async def action_row_answer(self, answer: str) -> None:
        """The first step of an answer to the selected run: it leads to its panel."""
        if await self.attend():
            self.action_answer(answer)

    async def action_row_do(self, name: str) -> None:
        """Do an action of the cockpit with the selected run; one that changes it only where the run is in view."""
        wanted = action(name)
        if wanted.writes and not self.in_panel:
            self.app.nothing_done(with_keys(_ELSEWHERE))
        elif await self.attend():
            await self.app.run_action(wanted.does, self)

    def said_all(self) -> None:
        """Back to the list: the next run may need somebody."""
        self.on_gate_panel_closed()

    def on_gate_panel_closed(self) -> None:
        """Back to the list. The run is watched for a moment more."""
        self.remove_class("gate-open")
        self.runs.focus()
        self.linger()

    def linger(self) -> None:
        """Watch the run for a moment more, unless its panel is gone to meanwhile."""
        self.set_timer(_LINGER_S, self._leave)

    def _leave(self) -> None:
        if self._watcher is not None and self.query(GatePanel) and not self.in_panel:
            self.let_go()
            self.peek_soon()


def _card(row: RunRow | None, why: str) -> Content:
    """What stands beside the list for a row without a panel."""
    if row is None:
        return lines_of()
    said: list[Any] = [text_of((row.name, "bold")), text_of((one_line(str(row.project), 300), MUTED)), text_of("")]
    if row.headline:
        said.append(text_of(one_line(row.headline, 300)))
    return lines_of(*said, text_of(""), text_of((clean(why), MUTED)))
