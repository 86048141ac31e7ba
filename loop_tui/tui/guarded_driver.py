"""Textual's driver for a terminal, with one key that is heard even when the event loop hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from loop_tui.fs.guard import ProcessGuard

LAST_KEY = "ctrl+c"
_AFTER_S = 0.05


class GuardedDriver(LinuxDriver):
    """Tells the app's guard of ctrl+c from the thread that reads keys, and ends where it is continued to end."""

    def _sigcont_application(self, *_: object) -> None:
        guard: ProcessGuard | None = getattr(self._app, "guard", None)
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(self.fileno) != os.getpgrp():
                # What we are continued for may come a moment after, in another thread.
                time.sleep(_AFTER_S)
        if guard is None or not guard.is_told:
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
