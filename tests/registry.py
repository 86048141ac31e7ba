"""A real registry on loopback: verdaccio, with a user and no uplinks, behind a door that plays what registries do.

`running` starts both; `Registry.door` says what the door does from now on (`Door`), and keeps what came through. There
is one for a session of tests (the fixture `registry`): let each test publish packages of its own names.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.npm_tools import REGISTRY, need_registry

USER, PASSWORD = "ann", "a-pass-word-of-ann"
_CONFIG = """\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd}}
uplinks: {}
packages: {"**": {access: $all, publish: $authenticated, unpublish: $authenticated}}
max_body_size: 50mb
log: {type: stdout, format: json, level: warn}
"""
_DIST_TAGS = "/-/package/"
_LOCK = threading.Lock()
_PACKED_AT = 499162500
"""What npm says of every file: a day in 1985 (seconds)."""
_PASSED_ON = ("content-type", "authorization", "accept", "npm-otp", "host")


@dataclass
class Door:
    """What the door does instead of passing a request on, and what it has seen.

    `otp` is the password that a publish needs; `refuses` a status and words for every publish, `fails` statuses for
    the next requests; `cut` closes the line after this many publishes went through, `conflicts` answers that many with
    409 then, as if somebody else had been there just before, and `lost` closes the line before this many reach the
    registry behind; `hidden` is how often a package is shown as it was before its newest publish; `closed` answers
    nothing before the event is set, and `slow_s` is how long every answer takes.
    """

    otp: str = ""
    browser: tuple[str, str] = ("", "")
    """The addresses that come with the demand for a password, for confirming in a browser (`authUrl`, `doneUrl`)."""
    signed_out: bool = False
    refuses: tuple[int, str] | None = None
    fails: list[int] = field(default_factory=list)
    cut: int = 0
    conflicts: int = 0
    lost: int = 0
    hidden: int = 0
    slow_s: float = 0.0
    closed: threading.Event | None = None
    on_publish: Callable[[str], object] = lambda name: None
    """Called with the package's name when a publish comes, before it is passed on. What changes a version that is out,
    or a dist-tag, counts as one here and in what follows."""
    on_ask: Callable[[str], object] = lambda line: None
    """Called with `METHOD /path` for every request, before anything comes of it."""
    on_done: Callable[[], object] = lambda: None
    """Called when a publish went through, before that is answered."""
    on_refusal: Callable[[], object] = lambda: None
    """Called when a one-time password is demanded."""
    publishes: list[str] = field(default_factory=list)
    """Names of the packages whose publish the registry behind took, one for each."""
    taken: set[str] = field(default_factory=set)
    """`name@version` of what the registry behind took."""
    again: list[str] = field(default_factory=list)
    """`name@version` for each publish of a version that the registry had taken before."""
    open_: int = 0
    """How many requests are on their way now."""
    handled: int = 0
    """How many publishes are over, in whichever way."""
    passwords: list[str] = field(default_factory=list)
    """The one-time passwords that came, empty where none did."""
    asked: list[str] = field(default_factory=list)


@dataclass
class Hold:
    """Makes whoever comes wait at the door, as one of its `on_...`: `arrived` is set then, `released` lets them go."""

    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *_: object) -> None:
        """Wait."""
        self.arrived.set()
        self.released.wait()


@dataclass
class Registry:
    """A registry that runs."""

    folder: Path
    inner: int
    token: str = ""
    port: int = 0
    door: Door = field(default_factory=Door)

    @property
    def url(self) -> str:
        """Its address, for people and npm: the door."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def npmrc(self) -> str:
        """What a user's `.npmrc` holds who uses this registry and is signed in."""
        return f"registry={self.url}\n//127.0.0.1:{self.port}/:_authToken={self.token}\nfetch-retries=0\n"

    def versions(self, name: str) -> dict[str, str]:
        """The versions of a package that are really there, with their integrity; asked behind the door."""
        with contextlib.suppress(urllib.error.HTTPError):
            document = json.loads(self._ask("GET", f"/{name.replace('/', '%2f')}"))
            return {version: each["dist"]["integrity"] for version, each in document["versions"].items()}
        return {}

    def deprecated(self, name: str, version: str) -> str:
        """What whoever installs a version is told, empty where that is nothing."""
        found = json.loads(self._ask("GET", f"/{name.replace('/', '%2f')}"))["versions"][version]
        return str(found.get("deprecated") or "")

    def dist_tags(self, name: str) -> dict[str, str]:
        """Which version each dist-tag of a package names."""
        found: dict[str, str] = json.loads(self._ask("GET", f"/{name.replace('/', '%2f')}"))["dist-tags"]
        return found

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.inner}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            data: bytes = reply.read()
            return data

    def put(self, tarball: Path, tag: str = "other") -> None:
        """Publish a tarball behind the door's back, as somebody else would."""
        argv = ["npm", "publish", str(tarball), "--silent", "--tag", tag, f"--registry={self.url}"]
        kept, self.door = self.door, Door()
        try:
            subprocess.run(argv, check=True)
        finally:
            self.door = kept

    def add_user(self) -> None:
        """Make the user, and sign in."""
        body = {"name": USER, "password": PASSWORD}
        self.token = json.loads(self._ask("PUT", f"/-/user/org.couchdb.user:{USER}", body))["token"]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Registry]:
    """Start a registry that keeps its things in this folder, and end it afterwards."""
    program = REGISTRY.modules / ".bin" / REGISTRY.programs[0]
    (folder / "config.yaml").write_text(_CONFIG)
    inner = _free_port()
    node = shutil.which("node")
    assert node is not None
    argv = [node, str(program.resolve()), "--config", str(folder / "config.yaml"), "--listen", f"127.0.0.1:{inner}"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(argv, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        registry = Registry(folder, inner)
        door = _listening(registry)
        try:
            _until_open(inner, server)
            registry.add_user()
            yield registry
        finally:
            door.shutdown()
            door.server_close()
            server.terminate()
            server.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _until_open(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens there; each refusal is an answer, so nothing is timed."""
    while server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"the registry ended: exit {server.returncode}")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was killed, and hung up, is nothing to print."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _listening(registry: Registry) -> ThreadingHTTPServer:
    server = _Server(("127.0.0.1", 0), _handler_of(registry))
    server.daemon_threads = True
    registry.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _handler_of(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self._handle(b"")

        def do_PUT(self) -> None:
            self._handle(self.rfile.read(int(self.headers.get("content-length") or 0)))

        do_POST = do_DELETE = do_PUT

        def _handle(self, body: bytes) -> None:
            door = registry.door
            with _LOCK:
                door.open_ += 1
            try:
                self._through(door, body)
            finally:
                with _LOCK:
                    door.open_ -= 1
                    door.handled += self._publishes

        @property
        def _publishes(self) -> bool:
            return self.command == "PUT" and (not self.path.startswith("/-/") or self.path.startswith(_DIST_TAGS))

        def _through(self, door: Door, body: bytes) -> None:
            path, publishes = unquote(self.path.removeprefix(_DIST_TAGS).partition("?")[0]), self._publishes
            name = _package_in(path)
            door.asked.append(f"{self.command} {self.path}")
            if door.closed is not None:
                door.closed.wait()
            if door.slow_s:
                threading.Event().wait(door.slow_s)
            door.on_ask(door.asked[-1])
            if door.fails:
                return self._answer(door.fails.pop(0), b'{"error":"it is broken here"}')
            if door.signed_out:
                return self._answer(401, b'{"error":"Unable to authenticate, need: Basic"}')
            if publishes:
                password = self.headers.get("npm-otp", "")
                door.passwords.append(password)
                if door.otp and password != door.otp:
                    door.on_refusal()
                    told = {"error": "You must provide a one-time pass."}
                    if all(door.browser):
                        told |= {"authUrl": door.browser[0], "doneUrl": door.browser[1]}
                    return self._answer(401, json.dumps(told).encode(), "OTP")
                if door.refuses is not None:
                    return self._answer(door.refuses[0], json.dumps({"error": door.refuses[1]}).encode())
                door.on_publish(name)
                if door.lost:
                    door.lost -= 1
                    return self._hang_up()
                door.again += [spec for spec in _specs(body) if spec in door.taken]
            status, headers, data = self._inner(body)
            if publishes and status < 300:
                door.publishes.append(name)
                door.taken.update(_specs(body))
                door.on_done()
            if publishes and status < 300 and door.cut:
                door.cut -= 1
                return self._hang_up()
            if publishes and status < 300 and door.conflicts:
                door.conflicts -= 1
                return self._answer(409, b'{"error":"Document update conflict."}')
            if self.command == "GET" and status == 200 and door.hidden and name in door.publishes:
                door.hidden -= 1
                return self._answer(404, b'{"error":"not_found"}')
            return self._answer(status, data, kind=headers)

        def _hang_up(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def _inner(self, body: bytes) -> tuple[int, str, bytes]:
            given = {key: value for key, value in self.headers.items() if key.lower() in _PASSED_ON}
            line = http.client.HTTPConnection("127.0.0.1", registry.inner, timeout=120)
            try:
                line.request(self.command, self.path, body or None, given)
                reply = line.getresponse()
                return reply.status, reply.getheader("content-type") or "", reply.read()
            finally:
                line.close()

        def _answer(self, status: int, data: bytes, demand: str = "", kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind or "application/json")
            self.send_header("content-length", str(len(data)))
            if demand:
                self.send_header("www-authenticate", demand)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data)

    return Handler


def _package_in(path: str) -> str:
    """The package that a request is about: `/NAME`, `/NAME/VERSION`, `/@SCOPE/NAME/VERSION`, `/NAME/dist-tags/TAG`."""
    parts = path.lstrip("/").split("/")
    return "/".join(parts[: 2 if parts[0].startswith("@") else 1])


def _specs(body: bytes) -> list[str]:
    """`name@version` of what a request publishes; a change to what is out brings no file, and publishes none."""
    document = json.loads(body or b"{}")
    if not isinstance(document, dict) or not document.get("_attachments"):
        return []
    return [f"{document['name']}@{version}" for version in document["versions"]]


@pytest.fixture(scope="session")
def registry_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One registry for all tests of a process; skips where it is not installed."""
    need_registry()
    with running(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture
def registry(registry_server: Registry, world: object, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry with an open door, which the person of this test is signed in to."""
    registry_server.door = Door()
    (Path(os.environ["HOME"]) / ".npmrc").write_text(registry_server.npmrc)
    monkeypatch.setenv("NPM_CONFIG_OFFLINE", "false")
    return registry_server


def pack(folder: Path, name: str, version: str, **more: object) -> Path:
    """A package of one file in a folder, and its tarball as npm packs it, outside of the folder.

    npm takes half a second for that: what lies alone and runs no scripts goes into the same tarball without it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / "package.json"
    document.write_text(json.dumps({"name": name, "version": version, "license": "MIT", **more}))
    to = folder.parent / "packed"
    to.mkdir(exist_ok=True)
    made = to / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if "scripts" in more or [*folder.iterdir()] != [document]:
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(to)], cwd=folder, check=True)
        return made
    with tarfile.open(made, "w:gz", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size, entry.mtime, entry.mode = document.stat().st_size, _PACKED_AT, 0o644
        with document.open("rb") as file:
            archive.addfile(entry, file)
    return made


def files_with(text: str, folder: Path) -> list[Path]:
    """The files below a folder that hold a text."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def integrity(tarball: Path) -> str:
    """What a registry calls the integrity of these bytes."""
    return "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
