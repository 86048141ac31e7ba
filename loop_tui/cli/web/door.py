"""Who may come in: whoever knows the token, by the name that is listened on, from the page itself."""

import hmac
import ipaddress
import re
import traceback
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec import Struct

from loop_tui.fs.crash import crash_line, write_crash
from loop_tui.model.regex import regex

from .address import LOOPBACK, said_by_browsers
from .complaints import complain_later
from .connection import Connection

RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE, WEBSOCKET = "/", "/ws"
_HOST = regex(r"(\[[0-9a-f:.]+\]|[^\[\]:/@]+)(?::([0-9]{1,5}))?", re.ASCII)
_HTTP_PORT = 80
_MOST_REPORTS = 10
_reported: set[tuple[str, ...]] = set()


class Door(Struct, frozen=True):
    """What a request has to bring. `names` are the hosts it may ask for; `any_address` allows all numeric ones too.

    A page elsewhere can point its own name at this machine (DNS rebinding), but a browser then says that name.
    """

    token: str
    port: int
    names: frozenset[str] = LOOPBACK
    any_address: bool = False

    @property
    def cookie(self) -> str:
        """The cookie's name. Browsers keep cookies for a host, not for a port: the name tells two servers apart."""
        return f"loop-tui-{self.port}"

    def refusal(self, request: web.Request) -> str:
        """Why a request is refused, or nothing."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0].lower()):
            return "not the address that the server listens on"
        if not _is_meant(request):
            return "not requested by a person or by the page"
        told = request.query.getall("token", []) if request.path == PAGE else []
        if not all(self._is_token(said) for said in told or [request.cookies.get(self.cookie, "")]):
            return "open the address with the token that `loop-tui serve` printed"
        if request.path == WEBSOCKET and request.headers.getall("Origin", []) != [f"http://{hosts[0].lower()}"]:
            return "not requested by the page"
        return ""

    def _is_token(self, said: str) -> bool:
        return hmac.compare_digest(said.encode("utf-8", "surrogateescape"), self.token.encode())

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if not found or int(found[2] or _HTTP_PORT) != self.port:
            return False
        return said_by_browsers(found[1]) in self.names or (self.any_address and _is_address(found[1]))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_meant(request: web.Request) -> bool:
    """False when a browser says that another site asks, or that nobody looks yet (a page fetched ahead).

    A person may follow a link with the token from anywhere. Browsers say these things to addresses of their own machine
    and over TLS; elsewhere the other rules hold alone.
    """
    headers = request.headers
    if "prefetch" in headers.get("Sec-Purpose", "") or "prefetch" in headers.get("Purpose", ""):
        return False
    if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return True
    return (
        request.path == PAGE
        and "token" in request.query
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
    )


def guard(door: Door) -> Middleware:
    """The middleware that stands before everything, also before what does not exist."""

    @web.middleware
    async def guarded(request: web.Request, handler: RequestHandler) -> web.StreamResponse:
        if why := door.refusal(request):
            return web.Response(status=403, text=f"403: {why}\n")
        if isinstance(request.protocol, Connection):
            request.protocol.let_in = True
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            report(error)
            return web.Response(status=500, text="500: the server failed\n")

    return guarded


def report(error: BaseException | None) -> None:
    """A fault of ours: a crash file, and one line without what was asked for. Each fault is told once, and not many.

    Whoever finds out how to bring one about must not be able to fill the disk with it.
    """
    if not isinstance(error, Exception) or isinstance(error, OSError):
        return
    where = traceback.extract_tb(error.__traceback__)[-1:]
    fault = (type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in where))
    if fault not in _reported and len(_reported) < _MOST_REPORTS:
        _reported.add(fault)
        complain_later(crash_line(error, write_crash(error)))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer says: load from here only, keep nothing, tell nobody the address, stay out of frames."""
    host = request.headers.get("Host", "") if response.status < web.HTTPBadRequest.status_code else ""
    response.headers.update(
        {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self'; font-src 'self'; connect-src 'self'{f' ws://{host}' if host else ''}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Server": "loop-tui",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
    )
