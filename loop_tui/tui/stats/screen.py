"""What usually happens, from the archive: loops on top, the details of the selected one below."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.text import clean, count_of
from loop_tui.tui.actions import APP, STATS, bindings
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.read_list import ReadList
from loop_tui.tui.widgets.words import MUTED

if TYPE_CHECKING:
    from pathlib import Path

    from loop_tui.control.stats import ReadStats
    from loop_tui.model.stats.values import LoopStats
    from loop_tui.tui.app import LoopApp


def _read() -> ReadStats:
    from loop_tui.control.stats import Filters, read_stats
    from loop_tui.fs.homes import claude_home

    return read_stats(claude_home(), Filters())


_BESIDE = 4
"""Cells of the cursor and of the scrollbar that may come."""


class StatsScreen(ReadList):
    """Nothing here can be changed. The loops of the project stand first."""

    CSS_PATH = "screen.tcss"
    PLACES = (STATS, APP)
    SUBJECT, READING = "statistics", "reading the archive…"
    NO_COMMANDS = "these runs have ended: open a run to use commands"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(STATS, APP)]
    app: LoopApp

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._loops: tuple[LoopStats, ...] = ()

    def compose(self) -> ComposeResult:
        """The row on top, the loops, what is known of the selected one, the keys."""
        yield Static(id="stats-status", markup=False)
        yield Choices(id="stats-loops", markup=False)
        with VerticalScroll(id="stats-details", can_focus=False):
            yield Static(id="stats-text", markup=False)
        yield Foot(id="stats-keys")

    def _told(self, done: int, count: int) -> None:
        if self.query(OptionList):
            self._say(f"reading the archive: {done:,} of {count_of(count, 'run')}", MUTED)

    async def read_again(self) -> None:
        """Read the archive."""
        await self.app.indexing.done(self._told)
        found = await asyncio.to_thread(_read)
        if not self.query(OptionList):
            return  # It was left while the archive was read.
        here = self._project.resolve().name
        self._loops = tuple(sorted(found.loops, key=lambda each: each.system != here))
        if found.problems:
            many = count_of(len(found.problems), "entry", "entries")
            said = f"{many} of the archive cannot be read: {found.problems[0]}"
            self.notify(clean(said), severity="warning", markup=False)
        told = "without waiting; half of the runs lie between the quartiles"
        self._say(told if self._loops else "none yet: they are made of archived runs", MUTED)
        self._list()

    def _list(self) -> None:
        from .details import loop_row

        listed = self.query_one(OptionList)
        at = listed.highlighted or 0
        listed.clear_options()
        listed.add_options([Option(loop_row(each, self.size.width - _BESIDE)) for each in self._loops])
        listed.highlighted = at if self._loops else None
        self._show()

    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        from .details import details

        at = self.query_one(OptionList).highlighted
        stats = self._loops[at] if at is not None and at < len(self._loops) else None
        text = details(stats, self.size.width - 3) if stats is not None else ""
        self.query_one("#stats-text", Static).update(text)

    def on_resize(self) -> None:
        """The sparklines take the room that there is."""
        if self._loops:
            self._list()

    def action_move(self, step: int) -> None:
        """Select another loop."""
        super().action_move(step)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_half_page(self, direction: int) -> None:
        """Move in the details."""
        page = self.query_one(VerticalScroll)
        page.scroll_relative(y=direction * max(1, page.size.height // 2), animate=False)
