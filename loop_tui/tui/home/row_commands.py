"""What is typed, or chosen in help and palette, on the list of runs: it is done with the run under the cursor."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from loop_tui.model.problem import Problem
from loop_tui.tui.actions import APP, GATE, HOME, LOG, PANES, RUN, TREE, UserAction, action, with_keys

from .row_run import RowRun, why_closed

if TYPE_CHECKING:
    from loop_tui.tui.cockpit.command_line import AnyTyped

_OF_THE_LIST = frozenset({"back", "help", "quit", "watch"})
"""Actions of the cockpit that the list has itself."""
_OF_PANES = (TREE, LOG, PANES)
_NEEDS_COCKPIT = "this works only in a cockpit: {home-open} opens that of this run"


def _needs_run(command: AnyTyped) -> bool:
    from loop_tui.tui.cockpit.typed_command import Typed

    if isinstance(command, Typed):
        return command.action.where != APP and command.action.id not in _OF_THE_LIST
    return "--project" in command.verb.options


class RowCommands(RowRun):
    """The part of the list that takes commands."""

    async def _read_row(self) -> None:
        """Know the run under the cursor, if it can be known; what is in the way is said when something is done."""
        row = self.runs.selected
        if row is not None and not why_closed(row) and not self.in_panel and not self._watches(row):
            with contextlib.suppress(Problem, TimeoutError):
                await self.look_in_time(row)

    async def action_command(self, text: str = "") -> None:  # type: ignore[override]  # it reads the run first
        """Type a command; `text` is its beginning."""
        await self._read_row()
        self.ask_command(text)

    async def do_typed(self, command: AnyTyped) -> None:
        """Do what was typed, with the run that the prompt was opened for."""
        from loop_tui.tui.cockpit.perform import do
        from loop_tui.tui.cockpit.typed_command import Typed

        if isinstance(command, Typed) and command.action.where in _OF_PANES and command.action.id != "pane-gate":
            self.refuse(with_keys(_NEEDS_COCKPIT))
        elif not _needs_run(command) or await self.attend(self.shown):
            await do(self, command)
            self.linger()

    async def action_help(self) -> None:
        """All keys of the list, and of the panel."""
        await self._list_actions(finding=False)

    async def action_palette(self) -> None:
        """Find an action and do it."""
        await self._list_actions(finding=True)

    async def _list_actions(self, *, finding: bool) -> None:
        from loop_tui.tui.widgets.help import HelpScreen
        from loop_tui.tui.widgets.palette import VERB

        await self._read_row()

        def chosen(name: str | None) -> None:
            if name is not None and name.startswith(VERB):
                self.ask_command(f"{name.removeprefix(VERB)} ")
            elif name is not None:
                self.run_worker(self._do(action(name)), group="command")

        place = GATE if self.in_panel else HOME
        places = (HOME, GATE, RUN, APP)
        self.app.push_screen(HelpScreen(self.snapshot, places, place, finding=finding, verbs=self.app.verbs), chosen)

    async def _do(self, wanted: UserAction) -> None:
        from loop_tui.tui.cockpit.perform import choose

        if wanted.where in (HOME, APP) or wanted.id in _OF_THE_LIST:
            await self.app.run_action(wanted.does, self)
        elif await self.attend(self.shown):
            await choose(self, wanted)
            self.linger()
