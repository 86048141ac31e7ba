"""Screens that are left once, however fast the key that leaves them is pressed again."""

from __future__ import annotations

from textual import events
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ScreenResultType

from .sized_screen import SizedScreen


class LeftOnce(SizedScreen[ScreenResultType]):
    """A screen whose second `dismiss` does nothing, and that hears of nothing while its widgets come and go.

    Textual takes the topmost screen away, whoever asks, and hands over the result anew each time: a key that repeats
    would leave the screen below as well, and do twice what was chosen once. Stands after ModalScreen among the bases:
    Textual takes the styles of the first.
    """

    _left = False

    @property
    def is_lowest(self) -> bool:
        """True for the screen that the app opened with: there is none below to go back to."""
        return self.app.screen_stack[0] is self

    @property
    def is_leaving(self) -> bool:
        """True from the moment the screen was left or taken away; its widgets may be gone."""
        return self._left or self not in self.app.screen_stack

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key does anything here before the widgets are there, and after they may have gone."""
        return self.is_mounted and not self.is_leaving and super().check_action(action, parameters)

    def check_message_enabled(self, message: Message) -> bool:
        """What its widgets still say on the way out is not heard."""
        return super().check_message_enabled(message) and not (message.bubble and self.is_leaving)

    async def on_event(self, event: events.Event) -> None:
        """A screen left before it was mounted has nothing to mount, and nobody types into one that is left."""
        if isinstance(event, (events.Mount, events.InputEvent)) and self.is_leaving:
            return
        await super().on_event(event)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave with a result; what lies above goes first, without one. The lowest screen stays."""
        if self._left or self not in self.app.screen_stack or self.is_lowest:
            return AwaitComplete()
        self._left = True
        # What is being read for it must not find its widgets gone.
        for worker in tuple(self.workers):
            if worker.node is self or self in worker.node.ancestors:
                worker.cancel()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)
