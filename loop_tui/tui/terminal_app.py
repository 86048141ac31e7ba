"""An app as a good guest of its terminal: signals, the size, programs that get the terminal, and the end by a bug."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, SuspendNotSupported
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.timer import Timer
from textual.worker import WorkerFailed

from .terminal import EXIT_HANGUP, leave_with_terminal

if TYPE_CHECKING:
    from rich.console import RenderableType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_SETTLED_S = 0.2
"""How long after a change of size the terminal is asked once more."""


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # The loop is closed: the screen has gone already.
        loop.call_soon_threadsafe(call)


def _misses_widgets(error: BaseException) -> bool:
    return isinstance(error, NoMatches) or (isinstance(error, WorkerFailed) and _misses_widgets(error.error))


class TerminalApp(App[int], inherit_bindings=False):
    """Leaves the terminal as it was found. `crashed` is the bug that ended it, if one did.

    `leaving` is True from the moment that it was told to end: no key does anything from then on.
    """

    crashed: Exception | None = None
    leaving: bool = False
    _settling: Timer | None = None

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End, with an exit code as the result."""
        self.leaving = True
        super().exit(result, return_code, message)

    def on_load(self) -> None:
        """Before the terminal is taken: a signal that comes early must give it back, too."""
        self._handle_signals()

    async def on_event(self, event: events.Event) -> None:
        """What is typed after the key that ends the app is meant for whatever has the terminal then."""
        if not (self.leaving and isinstance(event, events.InputEvent)):
            await super().on_event(event)

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        leave_with_terminal(lambda: _call_soon(loop, partial(self.exit, EXIT_HANGUP)))
        for number in _SIGNALS:
            try:
                loop.add_signal_handler(number, self.exit, 128 + number)
            except (NotImplementedError, RuntimeError, ValueError):
                # Not the main thread, or a system without signals: then the terminal is not ours to restore.
                return

    def outside(self, work: Callable[[], int]) -> int:
        """Do something that has the terminal for itself, such as an editor, and give what it gives.

        Raises SuspendNotSupported where there is no terminal to give away.
        """
        from .editor import interrupts_are_not_ours

        if self.is_web:
            raise SuspendNotSupported("no terminal")
        done: int | Exception = 0
        with self.suspend(), interrupts_are_not_ours(partial(self.exit, 128 + signal.SIGINT)):
            try:
                done = work()
            except Exception as error:
                done = error  # Raised in here it would keep the app from taking the terminal back.
        if isinstance(done, Exception):
            raise done
        return done

    def on_resize(self) -> None:
        """Look again a little later.

        Textual 8.2 may end with the size before the last: a signal that comes while the one before is handled is told
        first.
        """
        if self.is_headless or self.is_web:
            return
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLED_S, self._look_at_size)

    def _look_at_size(self) -> None:
        ask = getattr(self._driver, "_get_terminal_size", None)
        size = Size(*ask()) if ask is not None else self.size
        if size != self.size:
            self.post_message(events.Resize(size, size))

    def to_terminal(self, whole: str) -> None:
        """Send a whole control sequence, between two paints; what is in it must be clean."""
        if whole and not self.is_headless and self._driver is not None:
            self._driver.write(whole)

    def _handle_exception(self, error: Exception) -> None:
        if self.leaving and _misses_widgets(error):
            # Screens end while they come up, and while what they asked for is being read.
            return
        # Textual would print a traceback with the values of variables (SCREEN): keep it for the crash file.
        self.crashed = self.crashed or error
        self._return_code = 70
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()
