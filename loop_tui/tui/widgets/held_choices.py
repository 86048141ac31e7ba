"""Choices behind a guard: keys that were meant for what lay here before move nothing and choose nothing."""

from __future__ import annotations

from textual import events
from textual.widgets.option_list import Option

from .choices import Choices
from .foot import nothing_done
from .guard import Guard

_ALWAYS = ("escape", "ctrl+c", "ctrl+q")


class HeldChoices(Choices):
    """The choices of a dialog that has just come up.

    Whoever typed on after an enter that came too early meant the text for what the enter would have opened: in a list
    its letters would be keys, one of them closes the dialog, and the rest would be commands. So nothing counts until
    the typing stops.
    """

    def __init__(self, guard: Guard, *options: Option) -> None:
        super().__init__(*options, markup=False)
        self._guard = guard

    async def _on_key(self, event: events.Key) -> None:
        came_early = self._guard.swallows or (event.key == "enter" and self._guard.holds_enter)
        if came_early and event.key not in _ALWAYS:
            event.stop()
            event.prevent_default()
            self._guard.close()
            nothing_done(self.app, "too early: the dialog had just come up, press it again")
