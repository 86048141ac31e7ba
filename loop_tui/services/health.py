"""Is the server there, and which version of the project is it? (SHIP "Confirming": a live endpoint reports ours)"""

import asyncio
import contextlib
import json
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.model.backoff import backoff
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import one_line

_HOSTS = ("127.0.0.1", "::1")
_MAX_HEAD = 64 * 1024
_MAX_BODY = 64 * 1024
_ATTEMPT_S = 5.0
_ATTEMPT_ELSEWHERE_S = 2.0
_MOST_ELSEWHERE = 8
_INSPECTOR = "/json/version"
_PAUSE_S = (0.02, 0.5)
_BREATH_S = 0.01
# What comes up at once is not looked for elsewhere.
_LOOKS_ABOUT_AFTER_S = 0.1
# A server that is still coming up may say 404 to everything: believe it when it has said so this often in a row.
_REFUSALS = 3
_STATUS = regex(rb"HTTP/1\.[01] ([1-5]\d\d)\b")


class Health(Struct, frozen=True):
    """What a server said. `kind` is `health` when it answered on the path, `port` when it only listens.

    `port` is where it was asked. `version` and `commit` are what its JSON says at the top level, else empty; `status`
    is None when it speaks no HTTP. All texts are cleaned and on one line.
    """

    kind: Literal["health", "port"]
    version: str = ""
    commit: str = ""
    status: int | None = None
    excerpt: str = ""
    port: int = 0


class _Reply(Struct, frozen=True):
    """`status` None: something listens but did not speak HTTP; `garbled`: it spoke something else."""

    status: int | None
    body: bytes = b""
    garbled: bool = False


def free_port() -> int:
    """A port that nobody listens on right now, on any address of this machine."""
    with socket.socket() as four:
        four.bind(("", 0))
        port = int(four.getsockname()[1])
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as six:
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            six.bind(("::1", port))
    return port


def is_free(port: int) -> bool:
    """True when a server could listen on that port of this machine now."""
    try:
        with socket.socket() as four:
            four.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            four.bind(("", port))
    except OSError:
        return False
    return True


async def wait_healthy(
    port: int,
    path: str = "/health",
    *,
    timeout_s: float = 60,
    is_alive: Callable[[], bool] = lambda: True,
    spoke: asyncio.Event | None = None,
    elsewhere: Callable[[], Sequence[int]] = lambda: (),
) -> Health:
    """Wait until the server on this machine's `port` answers GET `path`, and give what it said.

    `elsewhere` tells on which ports the server listens instead. While nothing answers on `port` those are asked, too:
    2xx counts there at once. Any open port may belong to something else (a debugger, metrics) of a server that is still
    coming up, or ending: 3xx and 4xx count there only when the time is up, and a debugger never does.

    `spoke` is set whenever the server prints something: then it is asked at once, because what servers say is mostly
    that they listen.

    2xx is `health`. A server without such a path (3xx, 4xx) or without HTTP is `port`. 5xx means not yet.
    Raises Problem when `is_alive` says that the server has ended, or when the time is up.
    """
    until = time.monotonic() + timeout_s
    pause_s, longest_s = _PAUSE_S
    refusals = 0
    last: _Reply | None = None
    others: dict[int, _Reply] = {}
    while True:
        if not is_alive():
            raise Problem(
                "the server ended before it answered", f"port {port}", "see its output", code=Code.CHECK_FAILED
            )
        left_s = until - time.monotonic()
        if left_s <= 0:
            return _too_late(port, path, timeout_s, last, others)
        reply = await _ask(port, path, min(_ATTEMPT_S, left_s))
        last = reply or last
        if reply is None and pause_s > _LOOKS_ABOUT_AFTER_S:
            others = await _ask_elsewhere(await asyncio.to_thread(elsewhere), path)
            for other, said in others.items():
                if said.status is not None and 200 <= said.status < 300:
                    return replace(read_health(said.status, said.body), port=other)
        if reply and reply.status is not None and 200 <= reply.status < 300:
            return replace(read_health(reply.status, reply.body), port=port)
        refused = reply is not None and (reply.garbled or (reply.status is not None and 300 <= reply.status < 500))
        refusals = refusals + 1 if refused else 0
        if reply and refusals >= _REFUSALS:
            return replace(_open_port(reply), port=port)
        await _pause(max(min(pause_s, until - time.monotonic()), 0), spoke)
        pause_s = backoff(pause_s, longest_s=longest_s, growth=1.5)


async def _pause(pause_s: float, spoke: asyncio.Event | None) -> None:
    if spoke is None:
        await asyncio.sleep(pause_s)
        return
    # A server that never stops talking is not asked without a pause either.
    await asyncio.sleep(min(pause_s, _BREATH_S))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s - _BREATH_S):
            await spoke.wait()
    spoke.clear()


def read_health(status: int, body: bytes) -> Health:
    """What a server's answer says: version and commit are taken from JSON only."""
    said: object = None
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(body)
    fields = said if isinstance(said, dict) else {}
    version, commit = (_field(fields.get(name)) for name in ("version", "commit"))
    return Health("health", version, commit, status, _excerpt(body))


def _field(value: object) -> str:
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return one_line(str(value)[:1000], 100) if plain else ""


def _excerpt(body: bytes) -> str:
    return one_line(mask(body[:4096].decode("utf-8", "replace")), 200)


def _open_port(reply: _Reply) -> Health:
    return Health("port", status=reply.status, excerpt=_excerpt(reply.body))


def _too_late(port: int, path: str, timeout_s: float, last: _Reply | None, others: Mapping[int, _Reply]) -> Health:
    if last is None and others:
        port, last = min(others.items(), key=lambda each: each[1].status or 0)
    if last is None:
        raise Problem(
            f"nothing is listening after {timeout_s:g} s",
            f"port {port}",
            "does the server listen on $PORT?",
            code=Code.CHECK_FAILED,
        )
    if last.status is not None and last.status >= 500:
        said = f": {_excerpt(last.body)}" if last.body else ""
        raise Problem(
            f"{path} still answers {last.status} after {timeout_s:g} s{said}", f"port {port}", code=Code.CHECK_FAILED
        )
    return replace(_open_port(last), port=port)


async def _ask_elsewhere(ports: Sequence[int], path: str) -> dict[int, _Reply]:
    """What is answered over HTTP on each of those ports, without debuggers."""
    within_s = _ATTEMPT_ELSEWHERE_S
    asked = ports[:_MOST_ELSEWHERE]
    replies = await asyncio.gather(*(_ask(port, path, within_s) for port in asked))
    found = {port: reply for port, reply in zip(asked, replies, strict=True) if reply and reply.status is not None}
    told = await asyncio.gather(*(_ask(port, _INSPECTOR, within_s) for port in found))
    return {port: found[port] for port, about in zip(found, told, strict=True) if not _is_inspector(about)}


def _is_inspector(reply: _Reply | None) -> bool:
    """True for what speaks the DevTools protocol (`node --inspect`, Deno, Chrome): it is there before its server is."""
    said: object = None
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(reply.body) if reply and reply.status == 200 else None
    return isinstance(said, dict) and "Protocol-Version" in said


async def _ask(port: int, path: str, within_s: float) -> _Reply | None:
    """One GET. None when nothing listens."""
    for host in _HOSTS:
        try:
            async with asyncio.timeout(within_s):
                reader, writer = await asyncio.open_connection(host, port, limit=_MAX_HEAD)
        except (OSError, TimeoutError):
            continue
        try:
            return await _converse(reader, writer, f"{path} HTTP/1.1\r\nHost: localhost:{port}", within_s)
        finally:
            writer.transport.abort()
    return None


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str, within_s: float
) -> _Reply:
    head, body = b"", bytearray()
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        async with asyncio.timeout(within_s):
            writer.write(f"GET {request}\r\nAccept: application/json, */*\r\nConnection: close\r\n\r\n".encode())
            head = await reader.readline()
            if not _STATUS.match(head):
                return _Reply(None, head, garbled=bool(head))
            while len(head) < _MAX_HEAD and (line := await reader.readline()).strip():
                head += line
            # A body that never ends, or comes slowly, is as good as what has come of it.
            await _read_body(reader, head.lower(), body)
    status = _STATUS.match(head)
    return _Reply(int(status[1]) if status else None, bytes(body))


async def _read_body(reader: asyncio.StreamReader, head: bytes, body: bytearray) -> None:
    if re.search(rb"\ntransfer-encoding:[^\r\n]*chunked", head):
        while len(body) < _MAX_BODY:
            size = re.match(rb"[0-9A-Fa-f]{1,8}", await reader.readline())
            if not size or not int(size[0], 16):
                return
            body += await reader.readexactly(min(int(size[0], 16), _MAX_BODY - len(body)))
            await reader.readline()
        return
    length = re.search(rb"\ncontent-length:\s*(\d{1,12})", head)
    wanted = min(int(length[1]), _MAX_BODY) if length else _MAX_BODY
    while len(body) < wanted and (piece := await reader.read(wanted - len(body))):
        body += piece
