"""`loop-tui serve` under attack: nothing is printed, little is spent, and the other tabs go on."""

import asyncio
import contextlib
import json
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from loop_tui.cli.web.server import MOST_TABS
from tests.process.programs import until
from tests.served import DEADLINE_S, Served, Tab, Visitor, none_left, served
from tests.tui.runs import human_gate

from .serve_attacks import (
    CLOSE,
    FRAMES,
    MESSAGES,
    PING,
    REQUESTS,
    SOME_FRAMES,
    TEXT,
    connected,
    filled,
    frame,
    get,
    open_tab,
    rest_of,
    send,
)

pytestmark = pytest.mark.slow
SILENCE_S = 0.5
_MORE_MEMORY = 64 << 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server on a run whose gate waits for a person."""
    human_gate(tmp_path / "widget")
    with served(tmp_path / "widget") as started:
        yield started


@asynccontextmanager
async def witness(server: Served) -> AsyncIterator[Tab]:
    """Somebody else's tab, which has to be alive at the end; the server says nothing and has not grown."""
    process = psutil.Process(server.process.pid)
    async with Visitor(server) as visitor, visitor.tab() as tab:
        await tab.sees("infra-gate")
        before = process.memory_info().rss
        reading = asyncio.create_task(read_on(tab))  # A browser answers pings all the time.
        yield tab
        reading.cancel()
        await asyncio.wait([reading])
        await answers(tab)
        await until(lambda: len(server.tabs()) == 1)  # The other one may be on its way out.
        assert process.memory_info().rss - before < _MORE_MEMORY
    code, out, err = await asyncio.to_thread(server.end)
    assert (code, err) == (0, "")
    assert RULES.endswith(out)  # What was read along with the address is not in it.


RULES = "read-only; use --allow-answers to answer from the browser\nctrl-c ends it; a run goes on\n"


async def read_on(tab: Tab) -> None:
    """Read what a tab shows."""
    async for _ in tab.socket:
        pass


async def answers(tab: Tab) -> None:
    """Wait until the app behind a tab has drawn something new."""
    for key, words in (("?", "half a page"), ("q", "infra-gate")):
        tab.shown = b""
        await tab.type(key)
        await tab.sees(words)


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.sampled(4)
async def test_requests(server: Served, kind: str, record_property: Callable[[str, object], None]) -> None:
    """Each with the cookie and without; what is no request gets a short answer that repeats nothing."""
    record_property("attacks", 2 * len(REQUESTS[kind]))
    async with witness(server):
        for name, request in REQUESTS[kind].items():
            for cookie in (True, False):
                said = await asyncio.to_thread(ask, server, request, cookie)
                assert b"Traceback" not in said, name
                assert b"aiohttp" not in said, name
                assert b"\x1b" not in said or b"Content-Type: application/javascript" in said, name
                if not cookie:
                    assert b"HTTP/1.1 200" not in said, name
                    assert server.token.encode() not in said, name


def ask(server: Served, request: bytes, cookie: bool) -> bytes:
    """Send a request and give what is answered, up to the end of the connection or a moment of silence."""
    origin = f"Origin: {server.base}".encode()
    with connected(server) as made:
        send(made, filled(request.replace(b"ORIGIN", origin), server, cookie=cookie))
        made.settimeout(SILENCE_S)
        return rest_of(made, 1 << 20)


async def test_messages_that_a_tab_outlives(server: Served, record_property: Callable[[str, object], None]) -> None:
    """After each the page is answered, and after all of them the app still draws."""
    record_property("attacks", sum(map(len, MESSAGES.values())))
    async with witness(server), Visitor(server) as visitor:
        async with visitor.tab() as tab:
            await tab.sees("infra-gate")
            (process,) = [each for each in server.tabs() if each.pid != min(one.pid for one in server.tabs())]
            for kind, messages in MESSAGES.items():
                for number, message in enumerate(messages):
                    await tab.socket.send_str(message)
                    await tab.socket.send_bytes(message.encode("utf-8", "replace"))
                    await ponged(tab, f"{kind} {number}")
            tab.shown = b""
            await tab.socket.send_str(json.dumps(["resize", {"width": 90, "height": 30}]))
            await tab.sees("\x1b[")
        assert await asyncio.to_thread(none_left, [process])


async def ponged(tab: Tab, data: str) -> None:
    """Wait until the page is answered; what the app draws meanwhile is dropped."""
    await tab.socket.send_str(json.dumps(["ping", data]))
    async with asyncio.timeout(DEADLINE_S):
        async for message in tab.socket:
            if not isinstance(message.data, bytes) and json.loads(message.data) == ["pong", data]:
                return
    raise AssertionError(f"closed at {data}")


@pytest.mark.parametrize(
    "names", [SOME_FRAMES, pytest.param(tuple(FRAMES), marks=pytest.mark.long)], ids=["some", "all"]
)
async def test_frames_that_end_the_tab(
    server: Served, names: Sequence[str], record_property: Callable[[str, object], None]
) -> None:
    """What is no conversation ends, and the process with it."""
    record_property("attacks", len(names))
    async with witness(server):
        (other,) = server.tabs()
        for name in names:
            with connected(server) as made:
                said = await asyncio.to_thread(open_tab, server, made)
                assert b" 101 " in said
                assert b"permessage-deflate" not in said
                await asyncio.to_thread(send, made, *FRAMES[name])
                await asyncio.to_thread(rest_of, made)
                tabs = [each for each in server.tabs() if each.pid != other.pid]
            assert await asyncio.to_thread(none_left, tabs), name


def closed(made: socket.socket) -> None:
    """Say goodbye as a browser does."""
    made.sendall(frame(CLOSE, b"\x03\xe8"))


def finished(made: socket.socket) -> None:
    """End without a word."""
    made.close()


def half_closed(made: socket.socket) -> None:
    """Say that nothing more comes, and go on listening."""
    made.shutdown(socket.SHUT_WR)


def reset(made: socket.socket) -> None:
    """End by a reset."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()


def flooded_and_closed(made: socket.socket) -> None:
    """Type and ask to be answered without ever reading, then end."""
    made.setblocking(False)
    with contextlib.suppress(BlockingIOError, ConnectionError):
        for number in range(100_000):
            made.sendall(frame(PING, b"x" * 100) + frame(TEXT, json.dumps(["ping", str(number)]).encode()))
    made.setblocking(True)
    made.close()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "end", [closed, finished, half_closed, reset, flooded_and_closed], ids=lambda end: end.__name__
)
@pytest.mark.parametrize(
    "when", ["at once", pytest.param("when it is drawn", marks=pytest.mark.long), "while the app hangs"]
)
async def test_a_tab_ends_with_its_socket(server: Served, end: Callable[[socket.socket], None], when: str) -> None:
    """However the socket ends, and whatever the app does."""
    async with witness(server):
        (other,) = server.tabs()
        with connected(server) as made:
            await asyncio.to_thread(open_tab, server, made)
            if when != "at once":
                await asyncio.to_thread(seen, made, b"infra-gate")
            tabs = [each for each in server.tabs() if each.pid != other.pid]
            if when == "while the app hangs":
                tabs[0].suspend()
            end(made)
            assert await asyncio.to_thread(none_left, tabs)


def seen(made: socket.socket, words: bytes) -> None:
    """Read until the words were said."""
    said = b""
    while words not in said:
        part = made.recv(1 << 16)
        assert part
        said += part


@pytest.mark.long
async def test_a_tab_whose_page_vanished_ends(server: Served) -> None:
    """No farewell, no reset, and no answer to what is asked: as when a machine lost its power."""
    async with witness(server):
        (other,) = server.tabs()
        with connected(server) as made:
            await asyncio.to_thread(open_tab, server, made)
            await asyncio.to_thread(seen, made, b"infra-gate")
            tabs = [each for each in server.tabs() if each.pid != other.pid]
            assert await asyncio.to_thread(none_left, tabs)


async def test_a_tab_that_hung_when_the_server_was_killed_ends_too(server: Served) -> None:
    """Its input has ended: it sees that as soon as it sees anything."""
    with connected(server) as made:
        await asyncio.to_thread(open_tab, server, made)
        await asyncio.to_thread(seen, made, b"infra-gate")
        (tab,) = server.tabs()
        tab.suspend()
        assert (await asyncio.to_thread(server.end, signal.SIGKILL))[::2] == (-signal.SIGKILL, "")
        tab.resume()
        assert await asyncio.to_thread(none_left, [tab])


async def test_pings_by_thousands_and_nobody_reads(server: Served) -> None:
    """What is not read is not kept: the app waits, and the server does not grow."""
    async with witness(server):
        (other,) = server.tabs()
        with connected(server) as made:
            await asyncio.to_thread(open_tab, server, made)
            await until(lambda: len(server.tabs()) == 2)  # The server answers before it starts the tab.
            (process,) = [each for each in server.tabs() if each.pid != other.pid]
            flood = frame(PING, b"x" * 100) * 1000 + frame(
                TEXT, json.dumps(["resize", {"width": 200, "height": 99}]).encode()
            )
            for _ in range(300):
                await asyncio.to_thread(send, made, flood)
        assert await asyncio.to_thread(none_left, [process])


async def test_connections_by_hundreds_lock_nobody_out(server: Served) -> None:
    """Those who ask for nothing make room for those who do."""
    async with witness(server):
        with contextlib.ExitStack() as stack:
            for number in range(400):
                made = stack.enter_context(connected(server))
                if number % 2:
                    send(made, b"GET / HTTP/1.1\r\nX: ")
            for _ in range(5):
                assert b" 200 " in await asyncio.to_thread(ask, server, get(), True)


async def test_a_request_that_takes_for_ever_is_cut_off(server: Served) -> None:
    """A header now and then does not keep a connection open."""
    async with witness(server):
        with connected(server) as slow, connected(server) as silent:
            send(slow, b"GET / HTTP/1.1\r\n")
            assert await asyncio.to_thread(trickled, slow)
            assert await asyncio.to_thread(rest_of, silent) == b""


def trickled(made: socket.socket) -> bool:
    """Send a header whenever nothing was said for a while; True when the server ends that."""
    made.settimeout(0.5)
    for number in range(int(2 * DEADLINE_S)):
        try:
            made.sendall(f"X-{number}: x\r\n".encode())
            if not made.recv(1):
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


async def test_wrong_tokens_by_thousands(server: Served) -> None:
    """They are all refused, and the right one still lets in."""
    async with witness(server):
        guesses = b"".join(
            filled(get(path=f"/?token={number:043}", keep=True), server, cookie=False) for number in range(5000)
        )
        with connected(server) as made:
            sending = asyncio.create_task(asyncio.to_thread(send, made, guesses + filled(get(), server, cookie=False)))
            said = await asyncio.to_thread(rest_of, made, 1 << 24)
            await sending
        assert said.count(b"HTTP/1.1 403") == 5001
        assert b"Set-Cookie" not in said
        assert b" 200 " in await asyncio.to_thread(ask, server, get(), True)


@pytest.mark.long
async def test_more_apps_than_a_person_opens(server: Served) -> None:
    """The next one is refused, and those that are open stay (test_serve_tabs.py has it without apps)."""
    async with witness(server):
        with contextlib.ExitStack() as stack:
            opened = []
            for _ in range(MOST_TABS + 3):
                made = stack.enter_context(connected(server))
                opened.append(await asyncio.to_thread(open_tab, server, made))
            assert sum(b" 101 " in said for said in opened) == MOST_TABS - 1
            assert sum(b" 503 " in said for said in opened) == 4
            tabs = server.tabs()
        assert len(tabs) == MOST_TABS
        assert await asyncio.to_thread(left_alone, server)


def left_alone(server: Served) -> bool:
    """Wait until one tab is open; False when that never comes."""
    until = time.monotonic() + DEADLINE_S
    while len(server.tabs()) > 1:
        if time.monotonic() > until:
            return False
        psutil.wait_procs(server.tabs(), timeout=0.1)
    return True
