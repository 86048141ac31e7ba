"""`loop-tui serve` as a process of its own, and a tab without a browser."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import aiohttp
import psutil

DEADLINE_S = 60.0
_AGAIN_S = 0.4


class Served:
    """A server on a free port."""

    def __init__(self, folder: Path, *words: str, hangup: signal.Handlers = signal.SIG_DFL) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "loop_tui", "serve", str(folder), "--port", "0", *words],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, hangup),
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        where = urlsplit(self.address)
        self.port = where.port or 0
        self.base = f"http://127.0.0.1:{self.port}"
        self.token = parse_qs(where.query).get("token", [""])[0]
        self.cookies = {f"loop-tui-{self.port}": self.token}

    def tabs(self) -> list[psutil.Process]:
        """The processes behind the tabs, without what they start for a look at the project."""
        return psutil.Process(self.process.pid).children()

    def started(self) -> list[psutil.Process]:
        """The tabs, and what they have started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; its exit code, and what it printed after the address."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, out, err


@contextmanager
def served(folder: Path, *words: str, hangup: signal.Handlers = signal.SIG_DFL) -> Iterator[Served]:
    """A server that is gone afterwards, with all that it started."""
    server = Served(folder, *words, hangup=hangup)
    tabs: list[psutil.Process] = []
    try:
        yield server
    finally:
        if server.process.poll() is None:
            tabs = server.tabs()
            server.process.kill()
            server.process.communicate()
        for tab in tabs:
            if tab.is_running():
                tab.kill()


def none_left(tabs: list[psutil.Process]) -> bool:
    """Wait until the processes have gone; False when they never do, and then they are killed."""
    _, left = psutil.wait_procs(tabs, timeout=DEADLINE_S)
    for tab in left:
        tab.kill()
    return not left


class Tab:
    """A websocket as the page opens it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.shown = b""

    async def sees(self, words: str) -> None:
        """Wait until the app has sent the words."""
        async with asyncio.timeout(DEADLINE_S):
            while words.encode() not in self.shown:
                message = await self.socket.receive()
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), (message, self.shown)
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.shown += message.data

    async def type(self, text: str) -> None:
        """Type."""
        await self.socket.send_str(json.dumps(["stdin", text]))

    async def type_until(self, text: str, done: Callable[[], bool]) -> None:
        """Type it again and again until something holds, reading what the app sends."""
        again_s = _AGAIN_S
        async with asyncio.timeout(DEADLINE_S):
            while not done():
                await self.type(text)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(again_s):
                        while not done():
                            message = await self.socket.receive()
                            if message.type is aiohttp.WSMsgType.BINARY:
                                self.shown += message.data
                again_s *= 2


class Visitor:
    """Somebody who has the cookie, and opens tabs."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Visitor":
        self._session = aiohttp.ClientSession(cookies=self._server.cookies, cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Tab]:
        """A tab of 120x40."""
        assert self._session is not None
        place = f"{self._server.base}/ws?width=120&height=40"
        async with self._session.ws_connect(place, headers={"Origin": self._server.base}) as socket:
            yield Tab(socket)
