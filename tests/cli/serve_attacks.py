"""What strangers, and pages with the cookie, may send to `loop-tui serve`: attacks by kind, and raw sockets."""

import gzip
import json
import random
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.served import DEADLINE_S, Served

HUGE = 100 * 1024 * 1024
_RANDOM = random.Random(13)
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def lines(*said: str, end: str = "\r\n\r\n") -> bytes:
    """A request of these lines; HOST, PORT and COOKIE are filled in when it is sent."""
    return ("\r\n".join(said) + end).encode("utf-8", "surrogateescape")


def filled(request: bytes, server: Served, *, cookie: bool) -> bytes:
    """The request for this server, with the cookie of somebody who was let in or with none."""
    said = f"Cookie: loop-tui-{server.port}={server.token}" if cookie else "X: x"
    return request.replace(b"HOST", f"Host: 127.0.0.1:{server.port}".encode()).replace(b"COOKIE", said.encode())


def get(*headers: str, path: str = "/", method: str = "GET", keep: bool = False) -> bytes:
    """A request with these headers; the connection ends with it, unless it is kept or upgraded."""
    ends = [] if keep or any(each.startswith("Connection:") for each in headers) else ["Connection: close"]
    return lines(f"{method} {path} HTTP/1.1", "HOST", "COOKIE", *ends, *headers)


def upgrade(*headers: str, path: str = "/ws") -> bytes:
    """A request for a websocket with these headers beside the usual ones."""
    return get("Connection: Upgrade", "Upgrade: websocket", *headers, path=path)


_BOMB = gzip.compress(bytes(HUGE // 4))
REQUESTS: dict[str, dict[str, bytes]] = {
    "request lines": {
        "HTTP/0.9": b"GET /\r\n\r\n",
        "HTTP/0.9 by name": b"GET / HTTP/0.9\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
        "no version": b"GET\r\n\r\n",
        "two spaces": b"GET  / HTTP/1.1\r\n\r\n",
        "a megabyte of path": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n",
        "a megabyte of method": b"A" * (1 << 20) + b" / HTTP/1.1\r\n\r\n",
        "a megabyte without end": b"a" * (1 << 20),
        "only line ends": b"\r\n" * 100_000,
        "zeros": bytes(100_000),
        "noise": _RANDOM.randbytes(100_000),
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + _RANDOM.randbytes(500),
        "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
        "escapes in the method": b"\x1b[2J\x1b]0;x\x07 / HTTP/1.1\r\n\r\n",
        "CONNECT": lines("CONNECT 127.0.0.1:22 HTTP/1.1", "HOST", "COOKIE"),
        "TRACE": get(method="TRACE"),
        "OPTIONS *": lines("OPTIONS * HTTP/1.1", "HOST", "COOKIE"),
        "a whole address": lines("GET http://evil.example/ HTTP/1.1", "HOST", "COOKIE"),
        "out of the folder": get(path="/static/../../../../../etc/passwd"),
        "out of the folder, escaped": get(path="/static/%2e%2e/%2e%2e/%2fetc/passwd"),
        "NUL in the path": get(path="/static/%00"),
        "no UTF-8 in the path": get(path="/%ff%fe"),
        "a thousand tokens": get(path="/?" + "&".join(["token=x"] * 1000)),
        "a fragment": get(path="/#?token=x"),
    },
    "headers": {
        "five thousand": get(*(f"X-{number}: x" for number in range(5000))),
        "a megabyte in one": get("X: " + "x" * (1 << 20)),
        "a megabyte of name": get("X" * (1 << 20) + ": x"),
        "no colon": get("nothing"),
        "no name": get(": x"),
        "NUL": get("X: \0"),
        "a lone line feed": get("X: a\nY: b"),
        "folded": get("X: a", " b"),
        "escapes": get("X: \x1b]52;c;eA==\x07"),
        "no UTF-8": get("X: \udcff\udcfe"),
        "a cookie of many": get("Cookie: " + "; ".join(f"a{number}=b" for number in range(900))),
        "a cookie of quotes": get('Cookie: "' + '\\"' * 3000),
        "two hosts": get("Host: evil.example"),
        "negative length": get("Content-Length: -1", method="POST"),
        "length of words": get("Content-Length: many", method="POST"),
        "length without end": get("Content-Length: " + "9" * 500, method="POST"),
        "two lengths": get("Content-Length: 1", "Content-Length: 2", method="POST"),
        "length and chunks": get("Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
        "chunk of 2^64": get("Transfer-Encoding: chunked", method="POST") + b"f" * 17 + b"\r\n",
        "chunk of nonsense": get("Transfer-Encoding: chunked", method="POST") + b"zz\r\n",
        "chunks twice": get("Transfer-Encoding: chunked, chunked", method="POST") + b"0\r\n\r\n",
        "unknown coding": get("Transfer-Encoding: magic", method="POST"),
        "an expectation": get("Expect: the-spanish-inquisition"),
        "continue": get("Expect: 100-continue", "Content-Length: 10", method="POST"),
        "ranges": get("Range: bytes=" + ",".join(["0-"] * 2000), path="/static/js/textual.js"),
        "a range without end": get("Range: bytes=-" + "9" * 400, path="/static/js/textual.js"),
        "dates": get("If-Modified-Since: " + "9" * 4000, path="/static/js/textual.js"),
        "accept html": get("Accept: text/html", "no colon"),
        "HTTP/2 upgrade": get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMA"),
    },
    "bodies": {
        "a bomb": get("Content-Encoding: gzip", f"Content-Length: {len(_BOMB)}", method="POST") + _BOMB,
        "a bomb in deflate": get("Content-Encoding: deflate", "Content-Length: 4", method="POST") + b"\x78\x9c\0\0",
        "100 MB": get(f"Content-Length: {HUGE}", method="POST") + bytes(HUGE),
        "many chunks": get("Transfer-Encoding: chunked", method="POST") + b"1\r\nx\r\n" * 100_000,
        "a form": get("Content-Type: multipart/form-data; boundary=x", "Content-Length: 4", method="POST") + b"--x\n",
        "10,000 requests at once": get(keep=True) * 10_000,
        "10,000 requests for the script": get(path="/static/js/textual.js", method="HEAD", keep=True) * 10_000,
        "noise after a request": get(keep=True) + _RANDOM.randbytes(10_000),
    },
    "upgrades": {
        "version 8000": upgrade("Sec-WebSocket-Version: 8000", f"Sec-WebSocket-Key: {_KEY}", "ORIGIN"),
        "no version": upgrade(f"Sec-WebSocket-Key: {_KEY}", "ORIGIN"),
        "version of words": upgrade("Sec-WebSocket-Version: \x1b[31m", f"Sec-WebSocket-Key: {_KEY}", "ORIGIN"),
        "no key": upgrade("Sec-WebSocket-Version: 13", "ORIGIN"),
        "key too short": upgrade("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==", "ORIGIN"),
        "key of nonsense": upgrade("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ???", "ORIGIN"),
        "key not ASCII": upgrade("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \xe4\xf6", "ORIGIN"),
        "another protocol": get("Connection: Upgrade", "Upgrade: gopher", "ORIGIN", path="/ws"),
        "no upgrade": get("ORIGIN", path="/ws"),
        "POST": get("Connection: Upgrade", "Upgrade: websocket", "ORIGIN", path="/ws", method="POST"),
        "of the page": upgrade("Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {_KEY}", path="/"),
        "behind a refused one": upgrade("Sec-WebSocket-Version: 13") + _RANDOM.randbytes(100_000),
    },
}


def _sizes() -> Iterator[str]:
    """Resizes that no page says, as JSON."""
    for number in (
        "1e400",
        "NaN",
        "-Infinity",
        "0",
        "-1",
        "1.5",
        "true",
        "null",
        '"80"',
        "[]",
        "{}",
        "9" * 4000,
        "1e3",
    ):
        yield f'["resize", {{"width": {number}, "height": {number}}}]'
    yield from ('["resize", {"width": 80}]', '["resize", [80, 24]]', '["resize", 80]', '["resize"]')


MESSAGES: dict[str, list[str]] = {
    "nested": [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        '["stdin", ' + "[" * 100_000 + "]" * 100_001,
        '["ping", ' + "[" * 900 + "]" * 901,
        '["resize", ' + '{"width":' * 50_000,
        '["focus", ' + "[" * 500_000,
    ],
    "sizes": list(_sizes()),
    "no messages": [
        "",
        "{",
        "[]",
        "1",
        "null",
        "[null]",
        '["stdin"]',
        '["stdin", 5]',
        '["stdin", "a", "b"]',
        '["ping"]',
        json.dumps(["ping", "x" * 500_000]),
        '["ping", 1e999]',
        '["ping", {"a": 1}]',
        '["focus", 1]',
        '["quit"]',
        '["open_url", {"url": "javascript:0"}]',
        '["deliver_chunk_request", {"key": "x", "size": 9}]',
        '"stdin"',
        "[" + "1," * 500_000 + "1]",
        '["stdin", "' + "\\\\" * 100_000,
        "\ufeff[]",
        "\0" * 100_000,
        json.dumps(["exit"]),
        '["stdin", "x"] ["stdin", "y"]',
        "9" * 100_000,
        "-" * 100_000,
        '"' * 100_000,
    ],
    "keys of no keyboard": [
        json.dumps(["stdin", text])
        for text in (
            "\ud800\udfff\udc00",
            "\0" * 1000,
            "\x1b[<9999999999;9999999999;9999999999M",
            "\x1b[<0;-1;-1M",
            "\x1b[M",
            "\x1b[" + "9;" * 5000 + "R",
            "\x1b]52;c;" + "A" * 10_000,
            "\x1b[?2026;9$y",
            "\x1b[?2048;9$y",
            "\x1b[48;9999999;9999999;0;0t",
            "\x1b[48;0;0;0;0t",
            "\x1b[48;;;;t",
            "\x1b[1;9999999999R",
            "\x1b[99999999999999999999u",
            "\x1b[1114112u",
            "\x1b[55296u",
            "\x1b[-1u",
            "\x1bP" + "x" * 10_000,
            "\x1b[200~" + "x" * 200_000 + "\x1b[201~",
            "\x1b[200~\x1b[200~\x1b[201~",
            "\x1b[201~",
            "\x1b" * 1000,
            "\ufffe\U0010ffff",
        )
    ],
}
"""Messages that a tab outlives."""


def frame(kind: int, payload: bytes, *, end: bool = True, reserved: int = 0, length: int | None = None) -> bytes:
    """A frame as a client sends it; `length` claims another length than it has."""
    claimed = len(payload) if length is None else length
    head = bytes([(0x80 if end else 0) | reserved << 4 | kind])
    if claimed < 126:
        head += bytes([0x80 | claimed])
    elif claimed < 1 << 16:
        head += struct.pack("!BH", 0xFE, claimed)
    else:
        head += struct.pack("!BQ", 0xFF, claimed)
    return head + bytes(4) + payload


def _pieces(count: int, size: int) -> Iterable[bytes]:
    yield frame(TEXT, b"[", end=False)
    for _ in range(count):
        yield frame(0, b" " * size, end=False)


FRAMES: dict[str, Iterable[bytes]] = {
    "a frame that claims 2^63 - 1": [frame(TEXT, b"[", length=2**63 - 1)],
    "a frame that claims 2^64 - 1": [frame(TEXT, b"[", length=2**64 - 1)],
    "a frame of 100 MB": [frame(TEXT, b" " * HUGE)],
    "a binary frame of 100 MB": [frame(BINARY, bytes(HUGE))],
    "100 MB in pieces without end": _pieces(1600, 1 << 16),
    "a frame of a byte more than allowed": [frame(TEXT, b" " * ((1 << 20) + 1))],
    "a compressed frame, which was not agreed": [frame(TEXT, b"\xaa\x56\x2a", reserved=4)],
    "other reserved bits": [frame(TEXT, b"[]", reserved=3)],
    "an unknown kind": [frame(3, b"x")],
    "an unknown control": [frame(11, b"x")],
    "a long ping": [frame(PING, b"x" * 126)],
    "a ping in pieces": [frame(PING, b"x", end=False)],
    "a piece of nothing": [frame(0, b"x")],
    "a beginning within another": [frame(TEXT, b"[", end=False), frame(TEXT, b"]")],
    "text that is no UTF-8": [frame(TEXT, b"\xff\xfe")],
    "half a character": [frame(TEXT, b"\xe2\x82")],
    "a surrogate in UTF-8": [frame(TEXT, b"\xed\xa0\x80")],
    "a farewell of one byte": [frame(CLOSE, b"x")],
    "a farewell with code 0": [frame(CLOSE, b"\0\0")],
    "a farewell with code 65535": [frame(CLOSE, b"\xff\xff")],
    "a farewell that is no UTF-8": [frame(CLOSE, b"\x03\xe8\xff")],
    "noise": [_RANDOM.randbytes(100_000)],
    "more than the app takes": [frame(TEXT, json.dumps(["stdin", "j" * 500_000]).encode())] * 40,
}
"""What a tab does not outlive."""
SOME_FRAMES = (
    "a frame that claims 2^64 - 1",
    "100 MB in pieces without end",
    "a frame of a byte more than allowed",
    "a compressed frame, which was not agreed",
    "text that is no UTF-8",
    "a farewell with code 0",
    "noise",
    "more than the app takes",
)
"""One of each sort: every one costs an app of its own."""


@contextmanager
def connected(server: Served) -> Iterator[socket.socket]:
    """A connection to the server."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as made:
        yield made


def send(made: socket.socket, *parts: bytes) -> None:
    """Send it, or as much as the server takes before it has enough."""
    try:
        for part in parts:
            made.sendall(part)
    except (ConnectionError, TimeoutError):
        pass


def rest_of(made: socket.socket, most: int = 1 << 22) -> bytes:
    """What the server says until it closes the connection, or until it said `most` bytes."""
    said = b""
    try:
        while len(said) < most and (part := made.recv(1 << 16)):
            said += part
    except (ConnectionError, TimeoutError):
        pass
    return said


def open_tab(server: Served, made: socket.socket) -> bytes:
    """Ask for a websocket as the page does; what the server says before its first frame."""
    made.sendall(
        filled(
            upgrade(
                "Sec-WebSocket-Version: 13",
                f"Sec-WebSocket-Key: {_KEY}",
                f"Origin: {server.base}",
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                "Sec-WebSocket-Protocol: x",
            ),
            server,
            cookie=True,
        )
    )
    said = b""
    while b"\r\n\r\n" not in said:
        part = made.recv(1)
        assert part, said
        said += part
    return said
