"""An app as a good guest of its terminal: signals, the size, programs that get the terminal, and the end by a bug."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import subprocess
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import App, ScreenStackError, SuspendNotSupported
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import MountError
from textual.worker import WorkerFailed

from loop_tui.fs.guard import ProcessGuard

from .terminal import SavedTerminal
from .type_ahead import TypeAhead

if TYPE_CHECKING:
    from rich.console import RenderableType

_SETTLED_S = 0.2
"""How long after a change of size the terminal is asked once more."""
_CLICKED_S = 0.05
"""How long after a click what it did is seen."""


def _misses_widgets(error: BaseException) -> bool:
    return isinstance(error, (NoMatches, MountError)) or (
        isinstance(error, WorkerFailed) and _misses_widgets(error.error)
    )


class TerminalApp(App[int], inherit_bindings=False):
    """Leaves the terminal as it was found. `crashed` is the bug that ended it, if one did.

    `leaving` is True from the moment that it was told to end: no key does anything from then on.
    """

    # What Textual writes into an empty field cannot be read on light themes (2 to 1); this colour is checked on each
    # ground that a theme names, and what has the focus would be a shade of it.
    CSS = """
    Input:focus {
        background-tint: transparent;
    }
    Input > .input--placeholder, Input > .input--suggestion, TextArea .text-area--placeholder {
        color: $status-muted;
    }
    """

    crashed: Exception | None = None
    leaving: bool = False
    guard: ProcessGuard | None = None
    """Hears of signals and of a loop that hangs; only an app that has a terminal of its own has one."""
    _terminal: SavedTerminal | None = None
    _settling: Timer | None = None
    _editor: subprocess.Popen[bytes] | None = None

    def run_guarded(self) -> int | None:
        """As `run`; and signals, the end of the terminal and ctrl+c end the app even when its loop hangs."""
        saved = self._terminal = SavedTerminal()

        def last() -> None:
            if self._editor is not None:
                with contextlib.suppress(OSError):
                    self._editor.kill()
            saved.restore()

        # A command that was left to itself, and ends after the event loop that started it, is no news (Python 3.11).
        logging.getLogger("asyncio").setLevel(logging.ERROR)
        self.guard = ProcessGuard(self.exit, last, terminal=0, ask=self._ask_pumps)
        try:
            return self.run()
        finally:
            self.guard.stop()
            saved.set_modes()

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End, with an exit code as the result."""
        self.leaving = True
        if self.guard is not None:
            self.guard.leaving()
        super().exit(result, return_code, message)

    def _ask_pumps(self, answer: Callable[[], object]) -> None:
        """Call back once the app, the screen and what has the focus have come round to it, as a key would."""

        def screen() -> None:
            with contextlib.suppress(ScreenStackError):  # None yet: whoever presses it now means the end.
                self.screen.call_later(focused)

        def focused() -> None:
            with contextlib.suppress(ScreenStackError):
                (self.focused or self.screen).call_later(answer)

        if self.leaving:
            answer()  # The end that has begun is watched already.
        else:
            self.call_later(screen)

    def on_load(self) -> None:
        """Before the terminal is taken: a signal that comes early must give it back, too."""
        if self.guard is not None:
            self.guard.start(asyncio.get_running_loop())

    def get_driver_class(self) -> type[Driver]:
        """As ever; where it is the one for a terminal, it tells the guard of ctrl+c as soon as that is read."""
        driver = super().get_driver_class()
        if driver.__name__ != "LinuxDriver":
            return driver
        from .guarded_driver import GuardedDriver

        return GuardedDriver

    async def on_event(self, event: events.Event) -> None:
        """What is typed after the key that ends the app is meant for whatever has the terminal then."""
        if self.leaving and isinstance(event, events.InputEvent):
            return
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.type_ahead.typed(event)
            return
        if isinstance(event, events.MouseDown):
            self.type_ahead.count += 1
        await super().on_event(event)
        if isinstance(event, events.MouseUp):
            self.set_timer(_CLICKED_S, self.keys_are_through)

    @cached_property
    def type_ahead(self) -> TypeAhead:
        """Who lets keys go one after the other."""
        return TypeAhead(self, self._send_key, self.keys_are_through)

    async def _send_key(self, event: events.Event) -> None:
        self.key_begins()
        await super().on_event(event)

    def key_begins(self) -> None:
        """A key is about to be done."""

    def keys_are_through(self) -> None:
        """All that was typed so far has been done."""

    def outside(self, work: Callable[[Callable[[subprocess.Popen[bytes]], None]], int]) -> int:
        """Do something that has the terminal for itself, such as an editor, and give what it gives.

        `work` gets a function to tell of the program that it starts: it is ended when we are told to end meanwhile.
        Raises SuspendNotSupported where there is no terminal to give away.
        """
        if self.is_web:
            raise SuspendNotSupported("no terminal")
        done: int | Exception = 0
        # While an editor has the terminal, ctrl+c in it is not meant for us, though it reaches us too.
        given_away = self.guard.away([signal.SIGINT], self._end_editor) if self.guard else contextlib.nullcontext()
        with self.suspend(), given_away:
            try:
                done = work(self._gave_terminal)
            except Exception as error:
                done = error  # Raised in here it would keep the app from taking the terminal back.
            finally:
                self._editor = None
                self.type_ahead.forget()
                # One that was killed leaves its own modes, which would be taken for those to go back to.
                if self._terminal is not None:
                    self._terminal.set_modes()
        if isinstance(done, Exception):
            raise done
        return done

    @on(Driver.SignalResume)
    def paint_again(self) -> None:
        """Paint the whole screen after a stop and `fg`: the terminal has another one, which is empty."""
        self.type_ahead.forget()
        self.refresh(layout=True)

    def _gave_terminal(self, program: subprocess.Popen[bytes]) -> None:
        self._editor = program

    def _end_editor(self) -> None:
        if self._editor is not None:
            with contextlib.suppress(OSError):
                self._editor.terminate()

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
