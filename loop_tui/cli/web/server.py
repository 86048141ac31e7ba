"""textual-serve behind a door, with a page that loads nothing from elsewhere."""

import asyncio
import contextlib
import html
import json
import shlex
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template

from aiohttp import WSMsgType, web
from textual_serve.server import Server, to_int

from loop_tui.fs.plain import read_packed

from .door import PAGE, WEBSOCKET, Door, add_headers, guard
from .tab import Tab

_HERE = Path(__file__).parent
_OWN = {"page.css": "text/css", "page.js": "text/javascript"}
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WIDTH, _HEIGHT, _MOST_CELLS = 80, 24, 1000
_FONT, _FONTS = 16, (6, 72)
_HEARTBEAT_S, _INPUT_TIMEOUT_S, _SHUTDOWN_S = 15.0, 5.0, 10.0


class WebServer(Server):
    """Serves the app that `argv` starts in `folder`, one process a tab, to whom `door` lets in."""

    def __init__(self, argv: Sequence[str], folder: Path, door: Door, title: str) -> None:
        super().__init__(shlex.join(argv), port=door.port, title=title)
        self._argv = argv
        self._folder = folder
        self._door = door
        self._page = Template(read_packed(_HERE / "page.html").decode("utf-8"))
        self._open: dict[Tab, web.WebSocketResponse] = {}

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[guard(self._door)])
        app.add_routes(
            [
                web.get(PAGE, self.handle_index),
                web.get(WEBSOCKET, self.handle_websocket),
                web.get("/own/{name}", self._handle_own),
                web.static("/static", self.statics_path),
            ]
        )
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, and the cookie that lets in what it loads."""
        size = min(max(to_int(request.query.get("fontsize", ""), _FONT), _FONTS[0]), _FONTS[1])
        page = self._page.substitute(
            title=html.escape(self.title), websocket=html.escape(f"ws://{request.host}{WEBSOCKET}"), font_size=size
        )
        response = web.Response(text=page, content_type="text/html")
        response.set_cookie(self._door.cookie, self._door.token, httponly=True, samesite="Strict")
        return response

    async def _handle_own(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _OWN:
            raise web.HTTPNotFound
        return web.Response(text=read_packed(_HERE / name).decode("utf-8"), content_type=_OWN[name])

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One tab: its process begins here, and has ended when this returns."""
        websocket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
        await websocket.prepare(request)
        tab = Tab(self._argv, self._folder, websocket)
        self._open[tab] = websocket
        try:
            width, height = (to_int(request.query.get(name, ""), 0) for name in ("width", "height"))
            await tab.start(_cells(width, _WIDTH), _cells(height, _HEIGHT))
            with contextlib.suppress(TimeoutError):
                await self._listen(websocket, tab)
        finally:
            # Whoever cancels us waits until the process has gone: that is at most a few seconds.
            await asyncio.shield(tab.stop())
            self._open.pop(tab, None)
            await websocket.close()
        return websocket

    async def _listen(self, websocket: web.WebSocketResponse, tab: Tab) -> None:
        """Hand on what the person types. Raises TimeoutError when the app takes nothing any more."""
        async for message in websocket:
            if message.type is not WSMsgType.TEXT:
                continue
            async with asyncio.timeout(_INPUT_TIMEOUT_S):
                match _parsed(message.data):
                    case ["stdin", str(text)]:
                        await tab.send_bytes(text.encode("utf-8", "replace"))
                    case ["resize", {"width": int(width), "height": int(height)}]:
                        await tab.set_terminal_size(_cells(width, _WIDTH), _cells(height, _HEIGHT))
                    case ["ping", data]:
                        await websocket.send_json(["pong", data])
                    case ["focus"]:
                        await tab.focus()
                    case ["blur"]:
                        await tab.blur()

    async def on_shutdown(self, app: web.Application) -> None:
        """End every tab."""
        tabs = dict(self._open)
        await asyncio.gather(*(tab.stop() for tab in tabs))
        await asyncio.gather(*(websocket.close() for websocket in tabs.values()))

    async def run(self, listening: socket.socket, began: Callable[[], None]) -> None:
        """Serve on a socket until a signal says stop; `began` is called when requests are taken."""
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # `nohup` has a hang-up ignored, and means it.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, over.set)
        runner = web.AppRunner(
            await self._make_app(), access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_S
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            began()
            await over.wait()
        finally:
            await runner.cleanup()


def _cells(count: int, otherwise: int) -> int:
    return count if 0 < count <= _MOST_CELLS else otherwise


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
