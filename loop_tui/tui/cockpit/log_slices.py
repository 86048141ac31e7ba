"""Work on many lines of the log, done in slices: what a person types comes in between (PERF "Log pane")."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Iterator
from time import perf_counter

from textual.scroll_view import ScrollView

SLICE_S = 0.004
"""How long the screen may be kept from anything else, in seconds; a step of the work comes on top."""
_AT_LEAST = 8
"""Steps that are done at once: a short work is over when it was begun, however slow the machine is."""


class LogSlices(ScrollView):
    """A widget that does long work step by step. Short work is over when it was begun."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._works: dict[str, Iterator[None]] = {}

    @property
    def is_working(self) -> bool:
        """True while something is not done yet."""
        return bool(self._works)

    def slowly(self, name: str, work: Iterator[None]) -> None:
        """Do what an iterator does between its steps. What goes on under that name gives way."""
        self._works[name] = work
        self._go_on(name, work)

    def _go_on(self, name: str, work: Iterator[None]) -> None:
        if self._works.get(name) is not work:
            return
        until = perf_counter() + SLICE_S
        for step, _ in enumerate(work, 1):
            if step >= _AT_LEAST and perf_counter() >= until and self.is_running:
                # By way of the event loop: a message for ourselves would come before it reads a key.
                get_running_loop().call_soon(self.call_later, self._go_on, name, work)
                return
        if self._works.get(name) is work:
            del self._works[name]
