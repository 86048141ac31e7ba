"""The process behind one tab of the browser: it begins with the tab's websocket and never outlives it."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from loop_tui.cli.screen import SERVED_DRIVER
from loop_tui.model.text import one_line

TOKEN_VARIABLE = "LOOP_TUI_SERVE_TOKEN"  # noqa: S105
"""Holds a token of one's own. Nothing that is started from here gets it."""
_GRACE_S = 2.0
_PRELUDE = b"__GANGLION__\n"
_PRELUDE_LINES = 10


class Tab(AppService):
    """An app in a process group of its own, with its output going to a websocket. `argv` starts it in `folder`."""

    def __init__(self, argv: Sequence[str], folder: Path, websocket: web.WebSocketResponse) -> None:
        async def close() -> None:
            await websocket.close()

        super().__init__(
            shlex.join(argv),
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._argv = argv
        self._folder = folder
        self._gone = False

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        environment.pop(TOKEN_VARIABLE, None)
        return environment | {"TEXTUAL_DRIVER": SERVED_DRIVER}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it without a shell, so that its group is ours to end."""
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            cwd=self._folder,
            env=self._build_environment(width, height),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def run(self) -> None:
        """Hand on what the app says until it ends, then close the websocket.

        What is said after the tab has gone is read all the same: an app that cannot write cannot end.
        """
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.create_task(_show_errors(process.stderr))
        try:
            await self._hand_on(process.stdout)
        finally:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.remote_close()
            complaints.cancel()
            await asyncio.wait([complaints])

    async def _hand_on(self, stdout: asyncio.StreamReader) -> None:
        for _ in range(_PRELUDE_LINES):
            if await stdout.readline() in (b"", _PRELUDE):
                break
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await stdout.readexactly(5)
                payload = await stdout.readexactly(int.from_bytes(head[1:], "big"))
                try:
                    if self._gone:
                        continue
                    if head[:1] == b"D":
                        await self.on_data(payload)
                    elif head[:1] == b"M":
                        await self.on_meta(payload)
                except (ConnectionError, RuntimeError):
                    self._gone = True

    async def on_meta(self, data: bytes) -> None:
        """The app ends, or opens an address in the browser. Nothing is downloaded."""
        if json.loads(data)["type"] in ("exit", "open_url"):
            await super().on_meta(data)

    async def stop(self) -> None:
        """End the app and wait until it has gone: its input ends, then it is asked, then it is killed."""
        self._gone = True
        process = self._process
        if process is None:
            return
        if self._stdin is not None:
            self._stdin.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE_S)
                break
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_GRACE_S)
            self._task.cancel()


async def _show_errors(stderr: asyncio.StreamReader) -> None:
    """What the app complains about goes to our own standard error, cleaned."""
    while line := await stderr.readline():
        sys.stderr.write(one_line(line.decode("utf-8", "replace"), 400) + "\n")
        sys.stderr.flush()
