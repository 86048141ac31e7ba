"""Textual's driver for a terminal: one key is heard even where the loop hangs, and waiting for keys costs nothing."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Any

from textual import constants
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from loop_tui.fs.guard import ProcessGuard

LAST_KEY = "ctrl+c"
_AFTER_S = 0.05
_READ = 1 << 12
_LOOK_S = 0.02
"""How often the parser is asked, after something was typed, whether an escape is a key of its own."""
_SETTLED_S = 3 * constants.ESCAPE_DELAY
"""How long after the last byte nothing of it can be undecided any more."""
_WAIT_S = 5.0
"""How long we wait for keys at most: nothing is lost by it, should a wake-up be missed."""


class Waking(threading.Event):
    """An event that also ends a wait for input: `outlet` can be read once it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.outlet, self._inlet = os.pipe()
        os.set_blocking(self._inlet, False)

    def set(self) -> None:
        """Set it, and let whoever waits know."""
        super().set()
        with contextlib.suppress(OSError):
            os.write(self._inlet, b"\0")

    def clear(self) -> None:
        """Take it back."""
        while select.select([self.outlet], [], [], 0)[0]:
            os.read(self.outlet, _READ)
        super().clear()


class GuardedDriver(LinuxDriver):
    """Tells the app's guard of ctrl+c from the thread that reads keys, and ends where it is continued to end."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None):
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.exit_event: Waking = Waking()

    def run_input_thread(self) -> None:
        """Read keys until input is disabled. Textual's own looks ten times a second, typed at or not."""
        parser, decode = XTermParser(), getincrementaldecoder("utf-8")("replace").decode
        typed_at = 0.0
        while not self.exit_event.is_set():
            settled = time.monotonic() - typed_at > _SETTLED_S
            ready = select.select([self.fileno, self.exit_event.outlet], [], [], _WAIT_S if settled else _LOOK_S)[0]
            if self.fileno in ready:
                try:
                    data = os.read(self.fileno, _READ)
                except OSError:
                    return  # The terminal is gone; the guard ends the app.
                typed_at = time.monotonic()
                self._tell(parser.feed(text) if (text := decode(data)) else ())
                if not data:
                    self.exit_event.wait(_LOOK_S)
            self._tell(parser.tick())

    def _tell(self, events: Iterable[Message]) -> None:
        for event in events:
            self.process_message(event)

    def _sigcont_application(self, *_: object) -> None:
        guard: ProcessGuard | None = getattr(self._app, "guard", None)
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(self.fileno) != os.getpgrp():
                # What we are continued for may come a moment after, in another thread.
                time.sleep(_AFTER_S)
        if guard is None or not guard.is_told:
            if self._auto_restart and not self._must_signal_resume:
                # It was stopped by a STOP that nobody hears: without this a second thread would read the keys.
                self.suspend_application_mode()
                self._must_signal_resume = True
            super()._sigcont_application()
            return
        # A shell ends a stopped job by TERM and CONT. Taking the terminal back from there would stop it again.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)

    def process_message(self, message: Message) -> None:
        """Pass a message on to the app."""
        guard: ProcessGuard | None = getattr(self._app, "guard", None)
        if guard is not None and isinstance(message, Key) and message.key == LAST_KEY:
            guard.interrupted()
        super().process_message(message)
