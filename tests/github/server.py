"""GitHub on a unix socket: what gh sends arrives here, is recorded, goes wrong when told to, and is answered."""

import contextlib
import email.utils
import http.server
import re
import socket
import socketserver
import threading
import time
from pathlib import Path

from . import rest_actions as rest_actions
from . import rest_place as rest_place
from . import rest_pulls as rest_pulls
from . import rest_releases as rest_releases
from .faults import Fault
from .http import Refused, Reply, Request
from .model import Model
from .routes import answer

HOSTS = ("api.github.com", "uploads.github.com", "objects.githubusercontent.com")
_LIMIT = 64 * 1024 * 1024


class Dropped(Exception):
    """The connection is to be closed without (the rest of) an answer."""


class Server:
    """The server. `requests` is what came so far, in order of arrival."""

    def __init__(self, model: Model, path: Path) -> None:
        self.model = model
        self.path = path
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.problems: list[BaseException] = []
        """What went wrong in the fixture itself; the fixture's end fails for it."""
        self._lock = threading.Lock()
        self._server: _Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen. A server that was stopped can be started again on the same path."""
        self.path.unlink(missing_ok=True)
        self._server = _Listener(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="github", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let go whatever is held, end every connection, and stop listening: gh finds nobody there."""
        for fault in self.faults:
            fault.release()
        if self._server:
            self._server.shutdown()
            self._server.end_all()
            self._server.server_close()
            self.path.unlink(missing_ok=True)
        if self._thread:
            self._thread.join(10)
        self._server = self._thread = None

    def arm(self, fault: Fault) -> Fault:
        """Have this go wrong; what was armed first is looked at first."""
        with self._lock:
            self.faults.append(fault)
        return fault

    def called(self, match: str = "") -> list[Request]:
        """The requests in whose `METHOD /path?query` this expression is found."""
        with self._lock:
            return [r for r in self.requests if re.search(match, f"{r.method} {r.target}")]

    def note(self, request: Request) -> Fault | None:
        """Remember a request, and give the fault that it meets."""
        with self._lock:
            self.requests.append(request)
            return next((fault for fault in self.faults if fault.takes(request)), None)

    def serve(self, request: Request) -> Reply:
        """The answer to a request, with what goes wrong on the way. Raises Dropped."""
        fault = self.note(request)
        if request.broken:
            if request.host == "uploads.github.com":
                self._ask(request)
            raise Dropped
        if fault and fault.hold == "before":
            fault.arrived.set()
            fault.released.wait()
        if fault and fault.drop == "before":
            raise Dropped
        if fault and fault.reply:
            reply = Reply(fault.reply.status, fault.reply.json, dict(fault.reply.headers), fault.reply.raw)
        else:
            reply = self._ask(request)
        if fault and fault.hold == "after":
            fault.arrived.set()
            fault.released.wait()
        if fault and fault.drop == "after":
            raise Dropped
        reply = self._with_headers(request, reply)
        if fault and fault.drop == "middle":
            reply.headers["Content-Length"] = str(len(reply.bytes()) + 10)
        return reply

    def _ask(self, request: Request) -> Reply:
        model = self.model
        given = request.headers.get("authorization", "").rpartition(" ")[2]
        try:
            if request.host not in HOSTS:
                raise Refused(404, f"the fixture does not serve {request.host}")
            if request.host != HOSTS[2] and given != model.token:
                raise Refused(401, "Bad credentials")
            with model.lock:
                model.settle()
                return answer(model, request)
        except Refused as refused:
            return refused.reply()

    def _with_headers(self, request: Request, reply: Reply) -> Reply:
        model, headers = self.model, reply.headers
        if request.host == "objects.githubusercontent.com":
            return reply
        if request.method in ("GET", "HEAD") and reply.status == 200:
            headers["ETag"] = reply.etag
            if request.headers.get("if-none-match") == reply.etag:
                reply = Reply(304, headers=headers)
        with self._lock:
            model.rate_remaining = max(model.rate_remaining - (reply.status != 304), 0)
            remaining = model.rate_remaining
        headers.setdefault("Content-Type", "application/json; charset=utf-8")
        headers.setdefault("X-RateLimit-Limit", "5000")
        headers.setdefault("X-RateLimit-Remaining", str(remaining))
        headers.setdefault("X-RateLimit-Reset", str(int(time.time()) + 3600))
        headers.setdefault("X-GitHub-Request-Id", "F1C5:7")
        if model.scopes is not None:
            headers.setdefault("X-OAuth-Scopes", ", ".join(model.scopes))
        return reply


class _Listener(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, server: Server) -> None:
        self.server = server
        self._open: set[socket.socket] = set()
        super().__init__(str(server.path), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.discard(request)
        super().shutdown_request(request)

    def end_all(self) -> None:
        """End every connection."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Remembered by the handler."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    sys_version = ""
    server: _Listener

    def _any(self) -> None:
        ours = self.server.server
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, whole = self._body(headers)
        request = Request(self.command, headers.get("host", ""), self.path, headers, body, broken=not whole)
        try:
            reply = ours.serve(request)
            request.status = reply.status
            self._send(reply, request)
        except Dropped:
            request.status = -1
            self.close_connection = True
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # gh was killed, or does not read what it does not need
        except Exception as error:
            ours.problems.append(error)
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _body(self, headers: dict[str, str]) -> tuple[bytes, bool]:
        """The body, and whether it is all there."""
        if headers.get("transfer-encoding", "").lower() != "chunked":
            size = min(int(headers.get("content-length") or 0), _LIMIT)
            body = self.rfile.read(size)
            return body, len(body) == size
        found = bytearray()
        while line := self.rfile.readline(64):
            size = int(line.partition(b";")[0].strip(), 16)
            found += self.rfile.read(size)
            if not self.rfile.readline(64).endswith(b"\n"):
                break
            if size == 0:
                return bytes(found), True
        return bytes(found), False

    def _send(self, reply: Reply, request: Request) -> None:
        body = reply.bytes()
        self.send_response_only(reply.status)
        self.send_header("Date", email.utils.formatdate(usegmt=True))
        self.send_header("Server", self.server_version)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in (204, 304) and "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(body)
        if "Content-Length" in reply.headers:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The requests are kept by the server."""

    def address_string(self) -> str:
        """There is none on a unix socket."""
        return "gh"
