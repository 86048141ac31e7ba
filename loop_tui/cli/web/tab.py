"""The process behind one tab of the browser: it begins with the tab's websocket and never outlives it."""

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from loop_tui.cli.screen import SERVED_DRIVER
from loop_tui.model.text import one_line
from loop_tui.process.environment import own_environment

from .complaints import complain_later
from .messages import Focused, PageMessage, Resized, TypedText

TOKEN_VARIABLE = "LOOP_TUI_SERVE_TOKEN"  # noqa: S105
"""Holds a token of one's own. Nothing that is started from here gets it."""
GRACE_S = 0.7
"""How long an app has to leave when its tab is gone; then it is killed."""
_GONE_S = 0.2
_TAKEN_S = 5.0
_WAITING_BYTES = 4 << 20
_CHUNK = 1 << 16
_WIDTH, _HEIGHT = 80, 24
_PRELUDE = b"__GANGLION__\n"
_PRELUDE_LINES = 10
_COMPLAINTS, _COMPLAINT = 20, 400

Send = Callable[[bytes], Awaitable[None]]
Open = Callable[[str], Awaitable[None]]


class Tab:
    """An app in a session of its own. `argv` starts it in `folder`; what it draws goes to `send`, links to `open_url`.

    The app speaks in packets: a letter (D for data, M for meta), the length in four bytes, and the payload.
    """

    def __init__(self, argv: Sequence[str], folder: Path, *, send: Send, open_url: Open) -> None:
        self._argv = argv
        self._folder = folder
        self._send = send
        self._open_url = open_url
        self._process: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: deque[PageMessage] = deque()
        self._waiting_bytes = 0
        self._more = asyncio.Event()
        self._gone = False
        self.ended = asyncio.Event()
        """Set when the app has left, or takes nothing any more."""

    async def start(self, first: Resized) -> None:
        """Start the app, without a shell. Raises OSError when the system has no room for it."""
        self._process = process = await asyncio.create_subprocess_exec(
            *self._argv,
            cwd=self._folder,
            env=_environment(first),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._tasks = [
            asyncio.create_task(self._hand_on(process.stdout)),
            asyncio.create_task(_show_errors(process.stderr)),
            asyncio.create_task(self._hand_in(process.stdin)),
        ]

    def say(self, message: PageMessage) -> bool:
        """Tell the app. False when it is told more than it takes: then the tab had better end.

        Nothing waits here: whoever listens to the socket must see at once that it is closed.
        """
        if isinstance(message, Resized) and self._waiting and isinstance(self._waiting[-1], Resized):
            self._waiting[-1] = message  # Only the last size counts.
            return True
        self._waiting_bytes += _bytes(message)
        self._waiting.append(message)
        self._more.set()
        return self._waiting_bytes <= _WAITING_BYTES

    async def _hand_in(self, stdin: asyncio.StreamWriter) -> None:
        """Hand on what waits to the app. An app that takes nothing for five seconds hangs."""
        try:
            while not self._gone:
                await self._more.wait()
                while self._waiting:
                    message = self._waiting.popleft()
                    stdin.write(_packet(message))
                    async with asyncio.timeout(_TAKEN_S):
                        await stdin.drain()
                    self._waiting_bytes -= _bytes(message)
                self._more.clear()
        except (TimeoutError, OSError, RuntimeError):
            pass
        finally:
            self.ended.set()

    async def _hand_on(self, stdout: asyncio.StreamReader) -> None:
        """Hand on what the app says until it ends.

        What it says after the tab has gone is read all the same: an app that cannot write cannot end.
        """
        try:
            for _ in range(_PRELUDE_LINES):
                if await stdout.readline() in (b"", _PRELUDE):
                    break
            while True:
                head = await stdout.readexactly(5)
                await self._hand_on_packet(head[:1], await stdout.readexactly(int.from_bytes(head[1:], "big")))
        except (asyncio.IncompleteReadError, ValueError):
            pass  # It has ended; or it is not an app of ours that speaks there.
        finally:
            self.ended.set()

    async def _hand_on_packet(self, kind: bytes, payload: bytes) -> None:
        if self._gone:
            return
        try:
            if kind == b"D":
                await self._send(payload)
            elif kind == b"M":
                said = json.loads(payload)
                if said["type"] == "exit":
                    self.ended.set()
                elif said["type"] == "open_url":
                    await self._open_url(said["url"])
        except (ConnectionError, RuntimeError):
            self._gone = True

    def kill(self) -> None:
        """End the app at once, if it still runs."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End the app and wait until it has gone: its input ends, and a moment later it is killed."""
        self._gone = True
        self._more.set()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), GRACE_S)
        except TimeoutError:
            self.kill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GONE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


def _environment(first: Resized) -> dict[str, str]:
    kept = {name: value for name, value in own_environment().items() if name != TOKEN_VARIABLE}
    return kept | {
        "TEXTUAL_DRIVER": SERVED_DRIVER,
        "TEXTUAL_FPS": "60",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM_PROGRAM": "textual",
        "TERM_PROGRAM_VERSION": version("textual-serve"),
        "COLUMNS": str(first.width or _WIDTH),
        "ROWS": str(first.height or _HEIGHT),
    }


def _packet(message: PageMessage) -> bytes:
    kind, payload = b"M", b""
    match message:
        case TypedText(text):
            kind, payload = b"D", text.encode("utf-8", "replace")
        case Resized(width, height):
            payload = _json(type="resize", width=width or _WIDTH, height=height or _HEIGHT)
        case Focused(has):
            payload = _json(type="focus" if has else "blur")
    return kind + len(payload).to_bytes(4, "big") + payload


def _json(**said: object) -> bytes:
    return json.dumps(said).encode("ascii")


def _bytes(message: PageMessage) -> int:
    """About what a message takes while it waits."""
    return 100 + (len(message.text) if isinstance(message, TypedText) else 0)


async def _show_errors(stderr: asyncio.StreamReader) -> None:
    """What the app complains about goes to our own standard error: some lines, cleaned and cut. All of it is read."""
    shown, rest = 0, b""
    while chunk := await stderr.read(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _COMPLAINT:
            lines, rest = [*lines, rest], b""
        for line in lines[: _COMPLAINTS - shown]:
            complain_later(one_line(line[: 4 * _COMPLAINT].decode("utf-8", "replace"), _COMPLAINT))
            shown += 1
