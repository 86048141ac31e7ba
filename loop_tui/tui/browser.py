"""The app in a browser: Textual's driver for it, made to leave when nobody looks any more."""

from __future__ import annotations

import os
import select
import sys
import threading
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from textual import messages
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver

_GRACE_S = 0.5
_TICK_S, _PAUSE_S = 0.1, 0.01
_READ = 1 << 14
_MOST_MESSAGES = 500
_FOR_US = ("TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "COLUMNS", "ROWS")
"""What the server told us by the environment; what we start is not in a browser."""


class BrowserDriver(WebDriver):
    """Writes packets to standard output. The end of the input is the end of the tab, and of the app."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None):
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(self._put)
        self._input = sys.__stdin__.fileno() if sys.__stdin__ else -1
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
        packets, parser = ByteStream(), XTermParser()
        while not self.exit_event.is_set():
            if self._has_input():
                data = os.read(self._input, _READ)
                if not data:
                    break
                for kind, payload in packets.feed(data):
                    parser = self._take(kind, payload, parser)
            for event in parser.tick():
                self.process_message(event)
        if not self.exit_event.is_set():
            timer = threading.Timer(_GRACE_S, os._exit, (0,))
            timer.daemon = True
            timer.start()
            self._app.post_message(messages.ExitApp())

    def _take(self, kind: str, payload: bytes, parser: XTermParser) -> XTermParser:
        """Understand one packet; gives the parser to go on with: another one when this one could make nothing of it."""
        try:
            if kind != "D":
                self._on_meta(kind, payload)
                return parser
            for event in parser.feed(payload.decode("utf-8", "replace")):
                self._wait_for_app()
                self.process_message(event)
        except Exception:
            return XTermParser()
        return parser

    def _has_input(self) -> bool:
        return bool(select.select([self._input], [], [], _TICK_S)[0])

    def _wait_for_app(self) -> None:
        """Take nothing more while the app has much to do, so that what is typed at it fills no memory."""
        while self._app.message_queue_size > _MOST_MESSAGES and not self.exit_event.is_set() and not self._is_over():
            self.exit_event.wait(_PAUSE_S)

    def _is_over(self) -> bool:
        """True when nobody can type any more, even though something typed before may not be read yet."""
        poll = select.poll()
        poll.register(self._input, select.POLLHUP)
        return bool(poll.poll(0))

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open a web address, and no other, in a new tab."""
        if urlsplit(url).scheme in ("http", "https"):
            super().open_url(url, new_tab=True)
