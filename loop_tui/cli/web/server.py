"""The server behind `loop-tui serve`: a page that loads nothing from elsewhere, and one process a tab."""

import asyncio
import contextlib
import html
import json
import logging
import re
import socket
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from string import Template
from typing import Any

import textual_serve
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from loop_tui.fs.guard import ProcessGuard
from loop_tui.fs.plain import read_packed
from loop_tui.model.regex import regex

from .complaints import wait_for_complaints
from .connection import Connection, Connections
from .door import PAGE, WEBSOCKET, Door, add_headers, guard, report
from .messages import MOST_BYTES, Pinged, parsed, size
from .tab import Tab

MOST_TABS = 32
HEARTBEAT_S = 10.0
"""How long a connection may be silent before it is asked for a sign; it has half of that to answer."""
_HERE = Path(__file__).parent
_STATIC = Path(textual_serve.__file__).parent / "static"
_OWN = {"page.css": "text/css", "page.js": "text/javascript"}
_FONT, _FONTS = 16, (6, 72)
_KEY = regex(r"[A-Za-z0-9+/]{21}[AQgw]==", re.ASCII)
_CLOSE_S, _SHUTDOWN_S, _COMPLAINED_S = 0.5, 1.0, 0.3


class WebServer:
    """Serves the app that `argv` starts in `folder`, one process a tab, to whom `door` lets in."""

    def __init__(
        self, argv: Sequence[str], folder: Path, door: Door, title: str, *, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._argv = argv
        self._folder = folder
        self._door = door
        self._title = title
        self._heartbeat_s = heartbeat_s
        self._page = Template(read_packed(_HERE / "page.html").decode("utf-8"))
        self.tabs: dict[Tab, web.WebSocketResponse] = {}
        """Those that are open, each with its connection."""

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guard(self._door)])
        app.add_routes(
            [
                web.get(PAGE, self._handle_page),
                web.get(WEBSOCKET, self._handle_websocket),
                web.get("/own/{name}", self._handle_own),
                web.static("/static", _STATIC),
            ]
        )
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._end_tabs)
        return app

    async def _handle_page(self, request: web.Request) -> web.Response:
        """The page, and the cookie that lets in what it loads."""
        wanted = request.query.get("fontsize", "")
        font = int(wanted) if len(wanted) <= 3 and wanted.isascii() and wanted.isdigit() else _FONT
        page = self._page.substitute(
            title=html.escape(self._title),
            websocket=html.escape(f"ws://{request.host}{WEBSOCKET}"),
            font_size=min(max(font, _FONTS[0]), _FONTS[1]),
        )
        response = web.Response(text=page, content_type="text/html")
        response.set_cookie(self._door.cookie, self._door.token, httponly=True, samesite="Strict")
        return response

    async def _handle_own(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _OWN:
            raise web.HTTPNotFound
        return web.Response(text=read_packed(_HERE / name).decode("utf-8"), content_type=_OWN[name])

    async def _handle_websocket(self, request: web.Request) -> web.StreamResponse:
        """One tab: its process begins here, and has ended when this returns."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        if not _asks_for_websocket(request):
            return web.Response(status=400, text="400: not a websocket request\n")
        if len(self.tabs) >= MOST_TABS:
            return web.Response(status=503, text="503: too many tabs are open\n")
        # Compression is never agreed to: a few bytes could stand for gigabytes. Pings are answered below.
        websocket = web.WebSocketResponse(
            heartbeat=self._heartbeat_s, autoping=False, compress=False, max_msg_size=MOST_BYTES, timeout=_CLOSE_S
        )
        tab = Tab(
            self._argv,
            self._folder,
            send=websocket.send_bytes,
            open_url=lambda url: websocket.send_str(json.dumps(["open_url", {"url": url, "new_tab": True}])),
        )
        self.tabs[tab] = websocket
        code = WSCloseCode.OK
        try:
            await websocket.prepare(request)
            await tab.start(size(request.query.get("width", ""), request.query.get("height", "")))
            code = await self._serve(websocket, tab, connection)
        except OSError:
            code = WSCloseCode.TRY_AGAIN_LATER  # No room for another process, or the client went while we began.
        finally:
            # Whoever cancels us waits until the process has gone: that is a second at most.
            await asyncio.shield(self._end(websocket, tab, connection, code))
        return websocket

    async def _serve(self, websocket: web.WebSocketResponse, tab: Tab, connection: Connection) -> WSCloseCode:
        """Hand on what is said until one of the three ends: connection, conversation, app. Gives how to say goodbye."""
        listening = asyncio.create_task(_listen(websocket, tab, connection))
        ended = asyncio.create_task(tab.ended.wait())
        ends: list[asyncio.Future[Any]] = [listening, ended, connection.lost]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            ended.cancel()
            await asyncio.wait([listening, ended])
        return WSCloseCode.OK if listening.cancelled() else listening.result()

    async def _end(self, websocket: web.WebSocketResponse, tab: Tab, connection: Connection, code: WSCloseCode) -> None:
        """End the app and the connection: politely, and without waiting for anybody who is not."""
        stopping = asyncio.create_task(tab.stop())
        # Somebody who reads nothing keeps a farewell from being sent.
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            await asyncio.wait_for(websocket.close(code=code, drain=False), _CLOSE_S)
        connection.abort()
        await stopping
        self.tabs.pop(tab, None)

    async def _end_tabs(self, _: web.Application) -> None:
        """End every tab, politely for a second; then what has not ended is killed."""
        tabs = tuple(self.tabs)
        for tab in tabs:
            tab.ended.set()
        try:
            async with asyncio.timeout(_SHUTDOWN_S):
                await asyncio.gather(*(tab.stop() for tab in tabs))
        except TimeoutError:
            for tab in tabs:
                tab.kill()

    async def run(self, listening: socket.socket, began: Callable[[], None]) -> None:
        """Serve on a socket until a signal says stop; `began` is called when requests are taken."""
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        # What libraries have to say about what strangers send would go to the terminal, with what they sent.
        logging.disable(logging.CRITICAL)
        loop.set_exception_handler(lambda _, context: report(context.get("exception")))
        # Every tab notices that we are gone, however we end (`Tab`): there is nothing else to do in the last moment.
        watched = ProcessGuard(lambda _: over.set(), lambda: None, exit_code=lambda _: 0)
        watched.start(loop)
        runner = web.AppRunner(self._app(), access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        assert runner.server is not None
        accepting = await loop.create_server(Connections(runner.server), sock=listening)
        try:
            began()
            await over.wait()
        finally:
            accepting.close()
            try:
                await runner.cleanup()
            finally:
                watched.stop()
                wait_for_complaints(_COMPLAINED_S)


def _asks_for_websocket(request: web.Request) -> bool:
    """True for a handshake of RFC 6455. aiohttp would repeat what is wrong with another one, or fail at it."""
    said = request.headers
    return (
        said.get("Upgrade", "").strip().lower() == "websocket"
        and said.get("Sec-WebSocket-Version") == "13"
        and _KEY.fullmatch(said.get("Sec-WebSocket-Key", "")) is not None
    )


async def _listen(websocket: web.WebSocketResponse, tab: Tab, connection: Connection) -> WSCloseCode:
    """Hand on what the page says until it says no more, or more than the app takes. Never waits for the app."""
    while True:
        message: WSMessage = await websocket.receive()
        if message.type is WSMsgType.TEXT:
            said = parsed(message.data)
            if isinstance(said, Pinged):
                await _answer(connection, websocket.send_str(json.dumps(["pong", said.data])))
            elif said is not None and not tab.say(said):
                return WSCloseCode.POLICY_VIOLATION
        elif message.type is WSMsgType.PING:
            await _answer(connection, websocket.pong(message.data))
        elif message.type not in (WSMsgType.PONG, WSMsgType.BINARY):
            return WSCloseCode.OK


async def _answer(connection: Connection, answer: Coroutine[None, None, None]) -> None:
    """Send an answer, unless earlier ones are not read: then nobody waits for this one."""
    if connection.writing_paused:
        answer.close()
    else:
        await answer
