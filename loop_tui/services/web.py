"""One GET of an address somewhere else: bounded in time and size, never led away to another host."""

import asyncio
import contextlib
import http.client
import threading
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

TIMEOUT_S = 10.0
MAX_BODY = 64 * 1024
_MOST_REDIRECTS = 3
_CHUNK = 8192
_REDIRECTS = (301, 302, 303, 307, 308)


class NoAnswer(Problem):
    """Nothing answered there, or not in time, or it spoke no HTTP."""

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo, code=Code.NETWORK)


class Reply(Struct, frozen=True):
    """What came back. `body` is cut at 64 KiB; `elsewhere` is where a redirect to another host would have led."""

    status: int
    body: bytes = b""
    elsewhere: str = ""


def checked(url: str) -> SplitResult:
    """The parts of an address. Raises Problem unless it is http or https, names a host and holds no password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Problem(
            f"{one_line(url, 100)} is not a URL", todo="write it like https://host/health", code=Code.TARGET_INVALID
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not url.isascii():
        raise Problem(
            f"{one_line(url, 100)} is not an http URL",
            todo="write it like https://host/health",
            code=Code.TARGET_INVALID,
        )
    if any(char.isspace() or not char.isprintable() for char in url):
        raise Problem(
            "the address has spaces or control characters in it",
            todo="write it like https://host/health",
            code=Code.TARGET_INVALID,
        )
    if "@" in parts.netloc:
        raise Problem(f"the URL of {parts.hostname} contains a user name", todo="remove it", code=Code.TARGET_INVALID)
    return parts


async def get(url: str, timeout_s: float = TIMEOUT_S) -> Reply:
    """Ask once; redirects are followed on the same host only. Raises NoAnswer, and Problem as `checked` does.

    The work is done in a thread of its own, which a cancel leaves behind: it ends with the time limit, and keeps
    nobody waiting.
    """
    parts = checked(url)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Reply] = loop.create_future()

    def settle(set_it: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is gone, and with it whoever wanted to know
            loop.call_soon_threadsafe(lambda: None if answer.done() else set_it())

    def work() -> None:
        try:
            reply = _get(parts, time.monotonic() + timeout_s)
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = NoAnswer(f"no answer: {_words(error)}", _place(parts))
            settle(lambda: answer.set_exception(problem))
        else:
            settle(lambda: answer.set_result(reply))

    threading.Thread(target=work, name=f"GET {parts.hostname}", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            return await answer
    except TimeoutError:
        raise NoAnswer(f"no answer within {timeout_s:g} s", _place(parts)) from None


def _place(parts: SplitResult) -> str:
    return one_line(f"{parts.scheme}://{parts.netloc}{parts.path}", 200)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return one_line(error.strerror, 200)
    return one_line(str(error) or type(error).__name__, 200)


def _get(parts: SplitResult, until: float) -> Reply:
    for _ in range(_MOST_REDIRECTS):
        status, location, body = _ask(parts, until)
        if status not in _REDIRECTS or not location:
            return Reply(status, body)
        target = urlsplit(urljoin(parts.geturl(), location))
        if target.netloc.casefold() != parts.netloc.casefold() or (parts.scheme, target.scheme) == ("https", "http"):
            return Reply(status, body, one_line(f"{target.scheme}://{target.netloc}", 200))
        parts = target
    return Reply(status, body, one_line(location, 200))


def _ask(parts: SplitResult, until: float) -> tuple[int, str, bytes]:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=max(until - time.monotonic(), 0.01))
    try:
        path = parts.path or "/"
        headers = {"Accept": "application/json, */*", "User-Agent": "loop-tui", "Connection": "close"}
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
        response = connection.getresponse()
        body = bytearray()
        # A body that never ends, or comes slowly, is as good as what has come of it.
        while len(body) < MAX_BODY and time.monotonic() < until and (piece := response.read1(_CHUNK)):
            body += piece
        return response.status, response.getheader("Location") or "", bytes(body[:MAX_BODY])
    finally:
        connection.close()
