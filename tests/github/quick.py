"""gh for a tenth of what it costs, for tests that look at what comes of it and not at gh.

gh takes 50 ms of processor time to begin, and a release asks it a few dozen times. With `quick_gh` the calls
`gh api -i` of this process go to the GitHub of the test without it: over the same socket, answered by the same server,
with what gh prints and ends with (tests/github/test_quick.py holds both together). All else is left to gh: nobody is
signed in, another gh is on the PATH, a request that gh would change.
"""

import asyncio
import contextlib
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import responses
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.text import clean
from loop_tui.process import shell
from loop_tui.process.capture import Captured, TimedOut
from loop_tui.process.environment import child_environment, resolve

API = "https://api.github.com/"
_REAL = shutil.which("gh")
_BEGINS = ("gh", "api", "-i", "--method")
_JSON = "application/json; charset=utf-8"
_TURNED = (301, 302, 303, 307, 308)
_ESCAPED = re.compile(rb"\\u00([0189][0-9a-f])", re.IGNORECASE)
_LONGEST_ESCAPE = len("\\u001b")
_IN_ITS_PLACE = {code: b"^" + bytes([64 + code]).replace(b"\\", b"\\\\") for code in range(32)}
_IN_ITS_PLACE |= {code: b"\\\\%o" % code for code in range(128, 160)}
_capture = shell.capture


@dataclass
class _Heard:
    """An answer: the status, the head as gh prints it, and the body, whole or not."""

    status: int
    head: bytes
    headers: Mapping[str, str]
    body: bytes
    whole: bool

    @property
    def is_json(self) -> bool:
        """As the answer says."""
        return "json" in self.headers.get("content-type", "")


class _Unanswered(Exception):
    """What gh says on stderr when there is no answer at all."""


async def _asked(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, **more: object) -> Captured:
    """As `shell.capture`; what is an easy request is done here."""
    whole = child_environment(cwd, env)
    socket = _socket(whole.get("GH_CONFIG_DIR", ""))
    easy = socket and tuple(argv[:4]) == _BEGINS and "{" not in argv[5] and not more.get("plain")
    if not easy or not whole.get("GH_TOKEN") or whole.get("GH_HOST") or resolve(argv, cwd, whole)[0] != _REAL:
        return await _capture(argv, cwd=cwd, env=env, **more)  # type: ignore[arg-type]
    began, limit = time.monotonic(), float(str(more.get("timeout_s", 60)))
    given = more.get("input")
    body = given if isinstance(given, bytes) else None
    try:
        async with asyncio.timeout(limit):
            code, out, errors = await _as_gh(socket, whole["GH_TOKEN"], argv[4:], body)
    except TimeoutError:
        raise TimedOut(f"did not answer within {limit:g} s", "gh api", "check the network, then try again") from None
    took = round((time.monotonic() - began) * 1000)
    return Captured(code, out.decode("utf-8", "replace"), mask(clean(errors), secrets_in(whole)), took, out)


def _socket(settings: str) -> str:
    """The socket that the settings of gh name."""
    with contextlib.suppress(OSError):
        for line in (Path(settings) / "config.yml").read_text().splitlines():
            name, _, value = line.partition(": ")
            if name == "http_unix_socket":
                return value
    return ""


async def _as_gh(socket: str, token: str, words: Sequence[str], given: bytes | None) -> tuple[int, bytes, str]:
    """Exit code, stdout and stderr of `gh api -i --method` with these words."""
    method, path, *options = words
    headers = {"Accept": "", "Content-Type": _JSON, "Authorization": f"token {token}"}
    body = given
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "--header":
            name, _, text = value.partition(":")
            headers[name.strip()] = text.strip()
        else:
            assert option == "--input"
            body = given if value == "-" else Path(value).read_bytes()
    try:
        heard = await _followed(socket, method, urljoin(API, path), headers, body)
    except _Unanswered as nothing:
        return 1, b"", f"{nothing}\n"
    if heard.status == 204:
        return 0, heard.head, ""
    wrong = _wrong(heard, graph=path == "graphql")
    if not heard.whole:
        wrong = "unexpected EOF"
    elif wrong:
        wrong = f"gh: {wrong}"
    return (1 if wrong else 0), heard.head + _printed(heard), f"{wrong}\n" if wrong else ""


def _wrong(heard: _Heard, *, graph: bool) -> str:
    """What gh reads of an answer that it takes for an error."""
    if heard.is_json and (graph or heard.status >= 400):
        with contextlib.suppress(ValueError):
            document = json.loads(heard.body)
            if document.get("message"):
                return f"{document['message']} (HTTP {heard.status})"
            if errors := document.get("errors"):
                return "\n".join(error["message"] for error in errors)
    return f"HTTP {heard.status}" if heard.status > 299 else ""


def _printed(heard: _Heard) -> bytes:
    """The body as gh prints it: what would move a terminal stands there as text; the end may be it, too."""
    if not heard.is_json:
        return heard.body
    body = heard.body if heard.whole else heard.body[:-_LONGEST_ESCAPE]
    return _ESCAPED.sub(lambda found: _IN_ITS_PLACE[int(found[1], 16)], body)


async def _followed(socket: str, method: str, url: str, headers: dict[str, str], body: bytes | None) -> _Heard:
    """The answer, of wherever the request is sent on to."""
    heard = await _heard(socket, method, url, headers, body)
    while heard.status in _TURNED and "location" in heard.headers:
        assert method == "GET", f"{method} {url} is sent on"
        url = urljoin(url, heard.headers["location"])
        kept = {name: value for name, value in headers.items() if name != "Authorization"}
        heard = await _heard(socket, method, url, kept, None)
    return heard


async def _heard(socket: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Heard:
    """Ask, and read all that comes."""
    place = urlsplit(url)
    target = place.path + (f"?{place.query}" if place.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}", "User-Agent: GitHub CLI", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    said = f'{method.capitalize()} "{url}"'
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except FileNotFoundError:
        raise _Unanswered(f"{said}: dial unix {socket}: connect: no such file or directory") from None
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # What it says of that is read below.
            writer.write("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            await writer.drain()
        came = await _all_of(reader)
    finally:
        writer.close()
    head, parted, rest = came.partition(b"\r\n\r\n")
    if not parted:
        raise _Unanswered(f"{said}: EOF")
    first, *named = head.decode("latin-1").split("\r\n")
    pairs = sorted((_as_go(n.strip()), v.strip()) for n, _, v in (line.partition(":") for line in named))
    status = int(first.split()[1])
    shown = f"HTTP/1.1 {status} {responses[status]}\n" + "".join(f"{n}: {v}\r\n" for n, v in pairs) + "\r\n"
    known = {name.lower(): value for name, value in pairs}
    return _Heard(status, shown.encode(), known, rest, len(rest) >= int(known.get("content-length", "0")))


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    """Until the end of the body, or of the connection."""
    came = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while more := await reader.read(2**20):
            came += more
            head, parted, rest = bytes(came).partition(b"\r\n\r\n")
            if not parted:
                continue
            sizes = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length:" in line]
            if len(rest) >= (sizes[0] if sizes else 0):
                break
    return bytes(came)


def _as_go(name: str) -> str:
    """The name of a header as Go writes it."""
    return "-".join(part.capitalize() for part in name.split("-"))


@pytest.fixture
def quick_gh(monkeypatch: pytest.MonkeyPatch) -> None:
    """gh is the quick one."""
    monkeypatch.setattr(shell, "capture", _asked)
