"""The input of the gate panel: what is typed into it before the person can have read the question does not count."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from loop_tui.tui.actions import bound
from loop_tui.tui.widgets.foot import nothing_done
from loop_tui.tui.widgets.guard import Guard
from loop_tui.tui.widgets.long_text import TEXT_KEYS, LongText


class AnswerInput(LongText, inherit_bindings=False):
    """An input behind a guard, with the keys that SCREEN leaves to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("home", "home", show=False),
        Binding("end", "end", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+w", "delete_left_word", show=False),
        Binding("ctrl+u", "delete_left_all", show=False),
        Binding("ctrl+k", "delete_right_all", show=False),
        Binding("ctrl+v", "paste", show=False),
        Binding("enter", "submit", show=False),
        *map(bound, TEXT_KEYS),
    ]

    def __init__(self, guard: Guard, *, id: str | None = None) -> None:
        # Selected, what was typed would be replaced by the next letter after the focus was elsewhere.
        super().__init__(id=id, compact=True, select_on_focus=False)
        self.guard = guard

    async def _on_key(self, event: events.Key) -> None:
        if self.guard.swallows and event.key not in ("escape", "tab", "shift+tab"):
            event.stop()
            event.prevent_default()
            if event.is_printable:
                self._came_early()
            elif event.key == "enter":
                self.guard.close_enter()  # A key that is held down.
            return
        known = self._bindings.key_to_bindings.get(event.key)
        if known and not known[0].id:
            # Left to bubble, an edit would come after the letters that were typed behind it.
            event.stop()
            event.prevent_default()
            await self.run_action(known[0].action)
            return
        await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        """Take the whole text, once the question can have been read."""
        if self.guard.swallows:
            event.stop()
            event.prevent_default()
            self._came_early()
        else:
            super()._on_paste(event)

    def _came_early(self) -> None:
        """Say that what was typed does not count, nor what goes on from it.

        Of a text of which the beginning is lost, the rest would be another answer, and the enter behind a lost `n` a
        yes: the moment begins anew until the person stops typing.
        """
        self.guard.close()
        nothing_done(self.app, "too early: the question had just come up, type it again")

    async def action_submit(self) -> None:
        """Submit what was typed, unless all keys are held. Whether an enter came too early the panel knows."""
        if not self.guard.swallows:
            await super().action_submit()
