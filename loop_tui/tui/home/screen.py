"""Home: all runs below some folders, the ones that need a person first (SCREEN "Home")."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from loop_tui.control.board_row import CALLS, GROUPS, NEEDS_YOU, RunRow, gone_from, ordered
from loop_tui.model.text import clean, count_of
from loop_tui.tui.actions import APP, HOME, bindings, bound
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.home.home_bar import HomeBar
from loop_tui.tui.home.row_commands import RowCommands
from loop_tui.tui.home.row_run import why_closed
from loop_tui.tui.home.run_list import RunList
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.hint_row import HintRow
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import MUTED, text_of
from loop_tui.tui.widgets.worker import run_feed

if TYPE_CHECKING:
    from loop_tui.control.board import Picture


_MOST_GONE = 3
"""Of so many runs that vanish at once each is named."""
_OF_A_RUN = ("go", "pause", "skip", "show", "changed", "jump", "complete", "plan")
"""Actions of the cockpit that act on the run under the cursor."""


class HomeScreen(RowCommands):
    """The board. It rings once for each run that comes to need somebody, and changes nothing by itself."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["../cockpit/gate_panel.tcss", "screen.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(HOME, APP),
        *(bound(name, f"row_answer('{name}')") for name in ("approve", "changes", "reject")),
        *(bound(name, f"row_do('{name}')") for name in _OF_A_RUN),
        bound("pane-tree", "pane(1)"),
        bound("pane-gate", "to_panel"),
    ]

    def __init__(
        self, folders: tuple[Path, ...], depth: int | None = None, came_from: tuple[Path, str] | None = None
    ) -> None:
        super().__init__()
        self.folders = folders
        self.depth = depth
        self.came_from = came_from
        """Place and loop of the cockpit that was seen last; there need not be a run yet."""
        self._rows: tuple[RunRow, ...] = ()
        self._projects: tuple[RunRow, ...] = ()
        """Those without a run, while they are listed."""
        self._wanted = ""
        self._needing: frozenset[tuple[Path, str]] | None = None
        self._full = False
        self._stop = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Counts on top, the list, the filter, the keys."""
        yield Static(id="home-status", markup=False)
        with Horizontal(id="home-body"):
            yield RunList(id="runs")
            yield GatePanel(self.app.clock, id="gate")
            yield Static(id="no-run", markup=False)
        yield PlainInput(id="home-filter", placeholder="words in the name, folder or state of a run")
        yield HintRow(HOME)
        yield HomeBar(id="home-keys")

    def on_mount(self) -> None:
        """The list has the focus; reading begins after the first paint."""
        self.begin_without_run()
        self.add_class("no-panel", "no-row")
        runs = self.query_one(RunList)
        runs.hint = "looking for state files…"
        runs.focus()
        self.query_one(HomeBar).renew()
        self._status()
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(run_feed, self, self._feed)

    def on_unmount(self) -> None:
        """The watcher ends with the screen."""
        self._stop.set()

    async def _feed(self) -> None:
        from loop_tui.control.board import Board

        board = Board(self.folders, self.depth, self.app.now, keeps=not self.app.read_only)
        async with aclosing(board.pictures(self._stop)) as pictures:
            async for picture in pictures:
                self._show(picture)

    def _show(self, picture: Picture) -> None:
        if not self.query(RunList):
            return
        for line in picture.news:
            self.notify(clean(line), severity="warning", markup=False)
        self._tell_gone(gone_from(self._rows, picture.rows))
        self._rows, self._full = picture.rows, picture.full
        needing = frozenset((row.path, row.headline) for row in picture.rows if row.group in CALLS)
        if self._needing is not None and needing - self._needing and self.app.screen is self:
            self.app.bell()
        self._needing = needing
        self._list()

    def _tell_gone(self, gone: list[RunRow]) -> None:
        """What can be done about runs whose files were taken away."""
        lost = "its state file is gone, and the run is not in the archive: to continue, restore it as"
        for row in gone[:_MOST_GONE]:
            self.say(f"{self.runs.label(row)}: {lost} {row.path}", "warning")
        if more := len(gone[_MOST_GONE:]):
            self.say(f"{count_of(more, 'more run')} without a state file", "warning")

    def _list(self) -> None:
        runs = self.query_one(RunList)
        where = ", ".join(str(folder) for folder in self.folders)
        runs.hint = (
            f"no matches for {self._wanted!r}: esc shows all"
            if self._rows or self._projects
            else clean(f"no runs below {where} yet: new runs appear here")
        )
        started = {row.project for row in self._rows}
        without = tuple(row for row in self._projects if row.project not in started)
        runs.show(ordered((*self._rows, *without), self._wanted), self.app.now())
        self._status()
        self.query_one(Foot).renew()

    def _status(self) -> None:
        counts = {group: sum(row.group == group for row in self._rows) for group in GROUPS}
        told = [f"{count} {_counted(group, count)}" for group, count in counts.items() if count]
        where = ", ".join(folder.name or str(folder) for folder in self.folders)
        more = "  (only some of the folders are searched)" if self._full else ""
        total = count_of(len(self._rows), "run")
        room = (self.size.width or 80) - len(f"loop-tui  {total}  ") - 2
        # What is least pressing goes first when it does not fit.
        while told and len("  ".join(told)) > room:
            told.pop()
        said = "  ".join(told)
        self.query_one("#home-status", Static).update(
            text_of(("loop-tui  ", "bold $status-running"), (f"{total}  ", "bold"), said, (f"  {where}{more}", MUTED))
        )

    def _tick(self) -> None:
        if self.query(RunList):
            self.query_one(RunList).tick(self.app.now())
            self.query_one(GatePanel).tick(self.app.now())

    def renew_keys(self) -> None:
        """Say anew what the keys do."""
        self.query_one(HomeBar).renew()

    def enter_word(self) -> str:
        """What enter does in the list now."""
        row = self.runs.selected
        if row is None:
            return ""
        if row.archived:
            return "replay"
        return ("answer" if row.asks and not self.app.read_only else "open") if row.opens else ""

    # Keys ----------------------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.query_one(RunList).move(step)

    def action_edge(self, end: int) -> None:
        """To the first run, or the last."""
        runs = self.query_one(RunList)
        runs.go_to(len(runs.rows) if end > 0 else 0)

    def action_half_page(self, direction: int) -> None:
        """Move by half of what is visible."""
        runs = self.query_one(RunList)
        runs.move(direction * max(1, runs.size.height // 2))

    def action_next_need(self) -> None:
        """To the next run that needs somebody."""
        if not self.query_one(RunList).next_in(CALLS):
            self.app.nothing_done("no run needs you")

    def action_projects(self) -> None:
        """List the projects without a run as well, or no more."""
        if self._projects:
            self._projects = ()
            self._list()
        else:
            self.run_worker(self._find_projects(), group="projects", exclusive=True, exit_on_error=True)

    async def _find_projects(self) -> None:
        from loop_tui.control.projects import without_run

        taken = frozenset(row.project for row in self._rows)
        self._projects = await asyncio.to_thread(without_run, self.folders, self.depth, taken)
        if not self._projects:
            where = ", ".join(str(folder) for folder in self.folders)
            self.say(f"no project without a run below {where}")
        if self.query(RunList):
            self._list()

    def action_filter(self) -> None:
        """Type what the runs have to hold."""
        field = self.query_one("#home-filter", Input)
        field.add_class("-shown")
        field.focus()

    def action_back_home(self) -> None:
        """The list of all runs is shown already."""
        self.say("this is the list of all runs")

    def action_clear(self) -> None:
        """Show all runs again; where all are shown, back to where the person came from."""
        field = self.query_one("#home-filter", Input)
        if not field.has_class("-shown"):
            if self.came_from is not None:
                self.action_back()
            return
        field.value = ""
        field.remove_class("-shown")
        self.query_one(RunList).focus()

    @on(Input.Changed, "#home-filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._wanted = event.value
        self._list()

    @on(Input.Submitted, "#home-filter")
    def _chosen(self) -> None:
        self.query_one(RunList).focus()

    @on(RunList.Opened)
    def _clicked(self) -> None:
        self.action_open()

    async def action_enter(self) -> None:
        """To the panel of a run that waits for an answer; any other is opened."""
        row = self.runs.selected
        if row is not None and row.asks and not self.app.read_only:
            await self.action_to_panel()
        else:
            self.action_open()

    def action_open(self) -> None:
        """Open the cockpit of the selected run."""
        row = self.runs.selected
        if row is None:
            return
        if row.archived:
            self.run_worker(self._replay(row), group="replay", exclusive=True)
            return
        if why := why_closed(row):
            self.app.nothing_done(why)
            return
        self.let_go()
        self.came_from = (row.path if row.foreign else row.project, row.loop)
        self.app.open_run(*self.came_from)

    async def _replay(self, row: RunRow) -> None:
        """Show a run that is over, event by event."""
        from loop_tui.control.done_today import summary_of
        from loop_tui.tui.replay.screen import ReplayScreen

        run = await asyncio.to_thread(summary_of, row)
        if run is None:
            self.notify("it is no longer in the archive", severity="warning", markup=False)
        else:
            self.app.push_screen(ReplayScreen(run, self.app.project))

    def action_back(self) -> None:
        """Back to the run that was seen last, also when there is none yet and so none is listed."""
        if self.came_from is None:
            self.app.nothing_done("no run opened yet: enter opens the selected one")
        else:
            self.app.open_run(*self.came_from)

    def action_leave(self) -> None:
        """Quit. Drivers are processes of their own."""
        from loop_tui.tui.farewell import LeftList

        running = tuple(f"{row.name} {row.loop}" for row in self._rows if row.driven and row.ours and not row.archived)
        self.app.left = LeftList(running, self.folders[0])
        self.app.exit(0)


def _counted(group: str, count: int) -> str:
    return "need you" if group == NEEDS_YOU and count != 1 else group
