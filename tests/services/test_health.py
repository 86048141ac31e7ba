"""Waiting for a server: real servers, of every kind of manners."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.process.shell import start
from loop_tui.services import health
from loop_tui.services.health import Health, free_port, wait_healthy

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, host: str = "127.0.0.1") -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, host, 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


def saying(*replies: bytes) -> Handler:
    """A server that gives these replies one after the other, the last one for ever."""
    left = list(replies)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return handler


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return head.encode() + b"\r\n" + body


async def test_it_gives_what_health_says() -> None:
    body = b'{"status": "ok", "version": "0.8.0", "commit": "abc123"}'
    async with serving(saying(http("200 OK", body))) as port:
        found = await wait_healthy(port)
    assert found == Health("health", "0.8.0", "abc123", 200, body.decode(), port=port)


async def test_the_path_is_asked_for() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(http("200 OK", asked.split()[1]))

    async with serving(handler) as port:
        assert (await wait_healthy(port, "/api/live?x=1")).excerpt == "/api/live?x=1"


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "302 Found", "401 Unauthorized"])
async def test_a_server_without_such_a_path_is_an_open_port(status: str) -> None:
    async with serving(saying(http(status, b"<h1>nope</h1>"))) as port:
        assert await wait_healthy(port) == Health("port", status=int(status[:3]), excerpt="<h1>nope</h1>", port=port)


async def test_one_404_while_it_comes_up_is_not_believed() -> None:
    up = http("200 OK", b'{"version": "1.0.0"}')
    async with serving(saying(http("404 Not Found"), http("503 Busy"), http("404 Not Found"), up)) as port:
        assert (await wait_healthy(port)).version == "1.0.0"


async def test_5xx_means_not_yet() -> None:
    async with serving(saying(http("503 Starting"), http("500 Oops"), http("200 OK", b"fine"))) as port:
        assert await wait_healthy(port) == Health("health", status=200, excerpt="fine", port=port)


async def test_5xx_to_the_end_is_a_problem() -> None:
    async with serving(saying(http("503 Starting", b"no database"))) as port:
        with pytest.raises(Problem, match=r"still answers 503.*no database"):
            await wait_healthy(port, timeout_s=0.3)


async def test_nothing_listening_is_a_problem() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody else gets it meanwhile.
        with pytest.raises(Problem, match="nothing is listening"):
            await wait_healthy(taken.getsockname()[1], timeout_s=0.2)


async def test_a_server_that_ended_is_told_at_once() -> None:
    alive = iter([True, True, False])
    with pytest.raises(Problem, match="the server ended"):
        await wait_healthy(free_port(), timeout_s=60, is_alive=lambda: next(alive))


async def test_a_server_that_comes_late_is_found() -> None:
    port = free_port()
    servers: list[asyncio.Server] = []

    async def come_late() -> None:
        await asyncio.sleep(0.2)
        servers.append(await asyncio.start_server(saying(http("200 OK", b'{"version":"2.0.0"}')), "127.0.0.1", port))

    late = asyncio.create_task(come_late())
    found = await wait_healthy(port)
    await late
    servers[0].close()
    assert found.version == "2.0.0"


async def test_a_server_on_ipv6_only_is_found() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    async with serving(saying(http("200 OK", b"six")), "::1") as port:
        assert (await wait_healthy(port)).excerpt == "six"


async def test_who_speaks_something_else_is_an_open_port() -> None:
    async with serving(saying(b"SSH-2.0-x\r\n")) as port:
        assert await wait_healthy(port) == Health("port", excerpt="SSH-2.0-x", port=port)


async def test_who_says_nothing_is_an_open_port_in_the_end() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(handler) as port:
        assert await wait_healthy(port, timeout_s=0.5) == Health("port", port=port)


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (b"not json", ""),
        (b'["0.8.0"]', ""),
        (b'{"version": null}', ""),
        (b'{"version": true}', ""),
        (b'{"version": {"a": 1}}', ""),
        (b'{"version": 8}', "8"),
        (b"[" * 50_000, ""),
        (b'{"version": "\\u001b[31m1.0\\n\\u202e0\\u0007"}', "1.0 0"),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
async def test_hostile_bodies_are_harmless(body: bytes, version: str) -> None:
    async with serving(saying(http("200 OK", body))) as port:
        found = await wait_healthy(port)
    assert (found.kind, found.status, found.version) == ("health", 200, version)
    assert found.excerpt.isprintable()
    assert len(found.excerpt) <= 200


async def test_the_excerpt_is_cleaned_and_masked() -> None:
    body = b"\x1b]52;c;eA==\x07ok\r\n\x1b[31mghp_" + b"a1" * 20
    async with serving(saying(http("200 OK", body))) as port:
        assert (await wait_healthy(port)).excerpt == "ok [masked]"


async def test_a_chunked_body_is_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b'9\r\n{"version\r\nA;x=y\r\n": "3.2.1"\r\n1\r\n}\r\n0\r\n\r\n'
    async with serving(saying(head + body)) as port:
        assert (await wait_healthy(port)).version == "3.2.1"


async def test_a_body_that_never_ends_is_bounded() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with serving(handler) as port:
        found = await wait_healthy(port)
    assert (found.kind, len(found.excerpt)) == ("health", 200)


async def test_a_body_that_comes_too_slowly_counts_as_far_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_ATTEMPT_S", 0.3)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nslow")
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()

    async with serving(handler) as port:
        assert (await wait_healthy(port)).excerpt == "slow"


async def test_endless_headers_are_bounded() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: y\r\n" * 1000)
            await writer.drain()

    async with serving(handler) as port:
        found = await wait_healthy(port)
    assert (found.kind, found.status, found.version) == ("health", 200, "")


def test_a_free_port_can_be_taken() -> None:
    ports = {free_port() for _ in range(5)}
    for port in ports:
        socket.create_server(("", port)).close()


async def test_a_real_node_server(tmp_path: Path) -> None:
    port = free_port()
    source = """
    require('http').createServer((request, response) => {
      if (request.url === '/health') response.end(JSON.stringify({status: 'ok', version: '0.8.0'}))
      else { response.statusCode = 404; response.end() }
    }).listen(process.env.PORT, () => console.log('up'))
    """
    async with await start(["node", "-e", source], cwd=tmp_path, env={"PORT": str(port)}) as server:
        found = await wait_healthy(port, is_alive=lambda: server.exit_code is None)
        assert (found.kind, found.version, found.status) == ("health", "0.8.0", 200)
        assert (await wait_healthy(port, "/other", is_alive=lambda: server.exit_code is None)).kind == "port"


async def test_a_real_server_that_dies_early(tmp_path: Path) -> None:
    async with await start(["node", "-e", "process.exit(3)"], cwd=tmp_path) as server:
        with pytest.raises(Problem, match="ended before"):
            await wait_healthy(free_port(), is_alive=lambda: server.exit_code is None)
        assert server.exit_code == 3


DIES = "setTimeout(() => process.exit(1), 1500)"
NOTHING_THERE = "require('http').createServer((q, r) => { r.statusCode = 404; r.end() }).listen(%d, '127.0.0.1')"
LATE = """setTimeout(() => require('http').createServer((q, r) => r.end('{"version": "0.9.0"}'))
  .listen(process.env.PORT, '127.0.0.1'), 1500)"""
STAYS = "setInterval(() => 0, 1000)"


async def started(tmp_path: Path, source: str, *, other: int, inspected: bool = False, timeout_s: float = 30) -> Health:
    """Wait for a server that also listens on another port: for its debugger, or for what its source does there."""
    port = free_port()
    argv = ["node", *([f"--inspect=127.0.0.1:{other}"] if inspected else []), "-e", source]
    async with await start(argv, cwd=tmp_path, env={"PORT": str(port)}) as server:
        return await wait_healthy(
            port, timeout_s=timeout_s, is_alive=lambda: server.exit_code is None, elsewhere=lambda: (other,)
        )


@pytest.mark.parametrize(
    ("source", "inspected"),
    [(DIES, True), (f"{NOTHING_THERE}; {DIES}", False), (f"require('net').createServer().listen(%d); {DIES}", False)],
    ids=["debugger", "metrics", "no HTTP"],
)
async def test_another_open_port_is_no_server_that_ends(tmp_path: Path, source: str, inspected: bool) -> None:
    other = free_port()
    with pytest.raises(Problem, match="ended before"):
        await started(tmp_path, source % other if "%d" in source else source, other=other, inspected=inspected)


@pytest.mark.parametrize(
    ("source", "inspected"), [(LATE, True), (f"{NOTHING_THERE}; {LATE}", False)], ids=["debugger", "metrics"]
)
async def test_its_own_port_is_asked_first_however_late_it_comes(tmp_path: Path, source: str, inspected: bool) -> None:
    other = free_port()
    source = source % other if "%d" in source else source
    assert (await started(tmp_path, source, other=other, inspected=inspected)).version == "0.9.0"


async def test_2xx_elsewhere_is_believed_and_a_404_only_when_the_time_is_up(tmp_path: Path) -> None:
    other = free_port()
    fine = f"require('http').createServer((q, r) => r.end('fine')).listen({other}, '127.0.0.1')"
    found = await started(tmp_path, fine, other=other)
    assert (found.kind, found.port) == ("health", other)
    found = await started(tmp_path, NOTHING_THERE % other, other=other, timeout_s=1)
    assert (found.kind, found.status, found.port) == ("port", 404, other)


async def test_a_debugger_alone_is_no_server_when_the_time_is_up(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nothing is listening"):
        await started(tmp_path, STAYS, other=free_port(), inspected=True, timeout_s=1)
