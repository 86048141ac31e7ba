"""Screens whose actions can be listed: all of them with their keys, or those that hold what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import ScreenResultType
from textual.widgets import Input

from loop_tui.tui.actions import UserAction, action, bar_actions

from .foot import TYPING, FootKey
from .sized_screen import SizedScreen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_tui.tui.app import LoopApp

_KEPT = ("help", "back", "quit")


class Listing(SizedScreen[ScreenResultType]):
    """A screen with the keys of `PLACES`, its own place first."""

    PLACES: ClassVar[tuple[str, ...]] = ()
    app: LoopApp

    def foot_keys(self) -> Iterable[FootKey]:
        """The keys of the moment, for the row at the bottom: while a text is typed letters are letters."""
        if isinstance(self.focused, Input):
            return TYPING
        entries = ((entry, self.foot_word(entry)) for entry in bar_actions(self.PLACES[0]))
        return [
            FootKey(entry.shown_keys.split(" ")[0], word or entry.bar, bool(word), entry.bar in _KEPT)
            for entry, word in entries
        ]

    def foot_word(self, entry: UserAction) -> str:
        """The word of a key now, or nothing where it does nothing."""
        return entry.bar

    def action_help(self) -> None:
        """All keys of this place."""
        self._list_actions(finding=False)

    def action_palette(self) -> None:
        """Find an action and do it."""
        self._list_actions(finding=True)

    def _list_actions(self, *, finding: bool) -> None:
        from .help import HelpScreen

        def chosen(name: str | None) -> None:
            if name is not None:
                self.run_worker(self._do(name), group="command")

        self.app.push_screen(HelpScreen(self.app.snapshot, self.PLACES, self.PLACES[0], finding=finding), chosen)

    async def _do(self, name: str) -> None:
        await self.app.run_action(action(name).does, self)
