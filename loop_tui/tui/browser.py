"""The app in a browser: Textual's driver for it, made to leave when nobody looks any more."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver

_GRACE_S = 1.5
_FOR_US = ("TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "COLUMNS", "ROWS")
"""What the server told us by the environment; what we start is not in a browser."""


class BrowserDriver(WebDriver):
    """Writes packets to standard output. The end of the input is the end of the tab, and of the app."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None):
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(self._put)
        for name in _FOR_US:
            os.environ.pop(name, None)

    def start_application_mode(self) -> None:
        """As ever; signals stay with the guard, which ends the app even when its loop hangs."""
        super().start_application_mode()
        guard = getattr(self._app, "guard", None)
        if guard is not None:
            guard.take_signals()

    def _put(self, data: bytes) -> int:
        """Write all of it; when nobody reads any more that is no error, for the input ends, too."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self.fileno, left) :]
            except OSError:
                break
        return len(data)

    def run_input_thread(self) -> None:
        """Read until the input ends, then leave: politely, and a moment later for good."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            timer = threading.Timer(_GRACE_S, os._exit, (0,))
            timer.daemon = True
            timer.start()
            self._app.post_message(messages.ExitApp())

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open a web address, and no other, in a new tab."""
        if urlsplit(url).scheme in ("http", "https"):
            super().open_url(url, new_tab=True)
