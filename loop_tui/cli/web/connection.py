"""One connection to the server: bounded in size, number and time, and silent about what it is sent.

The limits on lines, headers, pipelined requests and their bodies are aiohttp's; what is bounded here is what it leaves
open: how many connections there are, and how long one may take to ask for something.
"""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

MOST_CONNECTIONS = 96
"""With `server.MOST_TABS` below the 256 open files that some systems allow."""
_REQUEST_S = 10.0
_LINGER_S = 1.0
_LINE_BYTES = 8190
_MOST_HEADERS = 100


class Connections:
    """All of them; the factory of their protocol. When there are too many, one that was never let in has to go."""

    def __init__(self, server: web.Server) -> None:
        self._server = server
        self._open: dict[Connection, None] = {}

    def __call__(self) -> "Connection":
        return Connection(self, self._server)

    def began(self, connection: "Connection") -> bool:
        """Count it. False when there is no place for it."""
        if len(self._open) >= MOST_CONNECTIONS:
            stranger = next((each for each in self._open if not each.let_in), None)
            if stranger is None:
                return False
            stranger.abort()
            self._open.pop(stranger, None)
        self._open[connection] = None
        return True

    def ended(self, connection: "Connection") -> None:
        """It is over."""
        self._open.pop(connection, None)


class Connection(RequestHandler):
    """Who has not asked for anything after ten seconds, be it by sending nothing or by sending slowly, is cut off."""

    __slots__ = ("_all", "let_in", "lost")

    def __init__(self, connections: Connections, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=_REQUEST_S,
            lingering_time=_LINGER_S,
            access_log=None,  # type: ignore[arg-type]  # aiohttp itself passes None for "none"
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_MOST_HEADERS,
            # What is sent along with a request is never looked at: it must not be blown up either.
            auto_decompress=False,
        )
        self._all = connections
        self.let_in = False
        """True as soon as a request on it was allowed."""
        self.lost: asyncio.Future[None] = loop.create_future()
        """Done when the connection is no more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or end at once when there are too many."""
        super().connection_made(transport)
        if not self._all.began(self):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever waits for it."""
        self._all.ended(self)
        if not self.lost.done():
            self.lost.set_result(None)
        super().connection_lost(exc)

    def abort(self) -> None:
        """End it now; what was not sent yet is dropped."""
        transport = self.transport
        self.force_close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Say nothing: that somebody sent nonsense is no news, and it would hold what they sent."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A short answer to what is no request. It repeats nothing of it."""
        if request.writer.output_size > 0:
            raise ConnectionError
        answer = web.Response(status=status, text=f"{status}\n", headers={"Server": "loop-tui"})
        answer.force_close()
        return answer
