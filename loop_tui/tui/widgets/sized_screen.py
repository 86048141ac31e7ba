"""What all our screens have in common: they are as large as the terminal is now, and name keys only on top."""

from __future__ import annotations

from textual import events
from textual.screen import Screen, ScreenResultType

from .foot import Foot


class SizedScreen(Screen[ScreenResultType]):
    """A screen that hears of no size that the terminal had before, and whose footer is empty while it is covered.

    Textual 8.2 tells a screen again of every size that it was laid out for: two of them in its queue, with other
    messages between, would bring each other back for ever, and the event loop would never turn again.
    """

    async def on_event(self, event: events.Event) -> None:
        """As ever, but for a size that is out of date."""
        if isinstance(event, events.Resize) and event.size != self.app.size:
            return
        await super().on_event(event)
        if isinstance(event, (events.ScreenSuspend, events.ScreenResume)):
            for foot in self.query(Foot):
                # A dialog may have opened and closed since.
                foot.cover(self.app.screen is not self)
