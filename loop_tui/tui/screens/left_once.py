"""Screens that are left once, however fast the key that leaves them is pressed again."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import Screen, ScreenResultType


class LeftOnce(Screen[ScreenResultType]):
    """A screen whose second `dismiss` does nothing.

    Textual takes the topmost screen away, whoever asks, and hands over the result anew each time: a key that repeats
    would leave the screen below as well, and do twice what was chosen once. Stands after ModalScreen among the bases:
    Textual takes the styles of the first.
    """

    _left = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave with a result; what lies above goes first, without one."""
        if self._left or self not in self.app.screen_stack:
            return AwaitComplete()
        self._left = True
        # What is being read for it must not find its widgets gone.
        for worker in tuple(self.workers):
            if worker.node is self or self in worker.node.ancestors:
                worker.cancel()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)
