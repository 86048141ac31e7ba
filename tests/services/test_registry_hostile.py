"""What a registry says is foreign text: the real npm asks one that answers whatever the test wants."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.npm_registry import PublishedVersion
from loop_tui.services.registry.place import RegistryPlace

_512, _256 = "sha512-" + "A" * 86 + "==", "sha256-" + "B" * 43 + "="


@contextmanager
def answering(document: JsonValue) -> Iterator[RegistryPlace]:
    """A registry with this one answer."""
    body = json.dumps(document).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield RegistryPlace(f"http://127.0.0.1:{server.server_address[1]}/")
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("dist", "integrity", "tarball"),
    [
        ({"integrity": _512, "tarball": "https://r/a.tgz"}, _512, "https://r/a.tgz"),
        ({"integrity": f"{_256} sha1-abc {_512}", "tarball": "https://r/\x1b[31ma\u202e.tgz"}, _512, "https://r/a.tgz"),
        ({"integrity": f"{_512}\x1b[2J", "tarball": "http://r/" + "A" * 3_000_000}, "", ""),
        ({"integrity": "sha512-" + "A" * 3_000_000, "tarball": "javascript:1"}, "", ""),
        ({"integrity": [_512], "tarball": 7}, "", ""),
    ],
)
async def test_only_what_can_be_an_integrity_or_an_address_is_taken(
    world: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dist: JsonValue, integrity: str, tarball: str
) -> None:
    monkeypatch.setenv("NPM_CONFIG_OFFLINE", "false")
    one = {"name": "n", "version": "1.0.0", "dist": dist}
    with answering(
        {"name": "n", "dist-tags": {"latest": "1.0.0", "a b": "1.0.0"}, "versions": {"1.0.0": one}}
    ) as place:
        found = await npm_registry.view(tmp_path, place, "n", "1.0.0")
    assert found == PublishedVersion(integrity, tarball, {"latest": "1.0.0"})
