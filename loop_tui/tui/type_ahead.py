"""One key after the other: what is typed behind a key belongs to whatever that key opens (SCREEN "Answers").

Textual hands a key to the widget that has the focus, and the key climbs from there to the binding that it means: keys
typed fast are on their way before the first one has opened its prompt, and then run as commands. So the app lets the
next key go only when the one before has been through, and when the screen on top has somebody to take it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from textual import events
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App
    from textual.screen import Screen

_ROUNDS = 2
"""How often the way of a key is gone behind it: what the key made a widget say is through with the second."""
_LOOK_S = 0.02
_PATIENCE_S = 10.0
"""When nobody came to take the keys for so long they are forgotten: none of them may run as a command."""
COMMAND = "command"
"""The group of workers that do what was typed or chosen: what they open is what the next keys are for."""
_LEAVE = ("escape", "ctrl+c")
"""Whoever presses these does not wait for what is still being read."""


class TypeAhead:
    """The keys that wait for the one before them. `send` hands one to Textual, `through` hears that all are."""

    def __init__(
        self, app: App[int], send: Callable[[events.Event], Awaitable[None]], through: Callable[[], None]
    ) -> None:
        self._app = app
        self._send = send
        self._through = through
        self._waiting: deque[events.Event] = deque()
        self._under_way = False
        self._number = 0
        """Of the key that is under way: what still comes of an older one is not heard."""
        self._until = 0.0
        self.count = 0
        """How many keys, clicks and texts have come."""
        self._stood: WeakSet[Screen[Any]] = WeakSet()
        self._not_before = 0.0

    @property
    def done(self) -> int:
        """How many of them have been let go; what was typed behind them is still waiting."""
        return self.count - len(self._waiting)

    async def typed(self, event: events.Event) -> None:
        """A key, or a pasted text: it goes now, or when its turn comes."""
        self.count += 1
        if event.time < self._not_before:
            return
        if self._under_way:
            self._waiting.append(event)
            return
        self._begin()
        if self._ready():
            await self._go(event)
        else:
            self._waiting.append(event)
            self._look(self._number)

    def forget(self) -> None:
        """Another program had the terminal: what was read before it got that was meant for it, and is lost."""
        self._not_before = time.monotonic()
        self._waiting.clear()

    def _begin(self) -> None:
        self._number += 1
        self._under_way = True
        self._until = time.monotonic() + _PATIENCE_S

    async def _go(self, event: events.Event) -> None:
        number = self._number
        way = _way_of(self._app.focused or self._app.screen)
        try:
            await self._send(event)
        finally:
            self._app.set_timer(_LOOK_S, lambda: self._look_if_gone(number, way))
            self._follow(number, way)

    def _follow(self, number: int, way: list[MessagePump]) -> None:
        """Go the way of the key, behind it."""
        steps = way * _ROUNDS

        def step(at: int) -> None:
            if number != self._number:
                return
            # Whoever is about to end takes nothing any more: the next one does.
            while at < len(steps) and not steps[at].call_later(step, at + 1):
                at += 1
            if at == len(steps):
                self._look(number)

        step(0)

    def _look_if_gone(self, number: int, way: list[MessagePump]) -> None:
        """The end of a widget on the way swallows whoever follows the key."""
        if number != self._number:
            return
        if all(pump.is_running for pump in way):
            self._app.set_timer(_LOOK_S, lambda: self._look_if_gone(number, way))
        else:
            self._look(number)

    def _look(self, number: int) -> None:
        """Let the next one go, once there is somebody to take it."""
        if number != self._number:
            return
        if not self._ready():
            if time.monotonic() < self._until:
                self._app.set_timer(_LOOK_S, lambda: self._look(number))
                return
            self._waiting.clear()
        self._number += 1
        if not self._waiting:
            self._under_way = False
            self._through()
            return
        self._begin()
        self._app.call_later(self._go, self._waiting.popleft())

    def _ready(self) -> bool:
        if not self._app.screen_stack:
            return False
        screen = self._app.screen
        if self._is_held(screen):
            return False
        if screen in self._stood:
            return True
        # Textual takes the focus away while another window has it; keys may come all the same.
        comes = self._app.app_focus and screen.focused is None and screen.focus_chain
        if not screen.is_mounted or comes:
            return False
        self._stood.add(screen)
        return True

    def _is_held(self, screen: Screen[Any]) -> bool:
        """What the key before opens is still being read; only leaving does not wait for it, nor for what was typed."""
        if any(worker.group == COMMAND and not worker.is_finished for worker in self._app.workers):
            return True
        if not getattr(screen, "holds_keys", False):
            return False
        leaves = (at for at, e in enumerate(self._waiting) if isinstance(e, events.Key) and e.key in _LEAVE)
        first = next(leaves, None)
        if first is None:
            return True
        for _ in range(first):
            self._waiting.popleft()
        return False


def _way_of(first: MessagePump) -> list[MessagePump]:
    """Where a key climbs: from a widget up to the app."""
    way = [first]
    while (above := way[-1]._parent) is not None:
        way.append(above)
    return way
