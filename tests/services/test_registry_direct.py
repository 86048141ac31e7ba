"""A version asked of its registry without npm: it counts only where the answer is plain, and nothing is in the way."""

import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.services import web
from loop_tui.services.registry import direct, npm_registry
from loop_tui.services.registry.npm_registry import PublishedVersion
from loop_tui.services.registry.place import RegistryPlace, place_of
from tests.registry import Registry, integrity, pack

_SHA = "sha512-" + "A" * 86 + "=="
_DOCUMENT = {"name": "n", "version": "1.0.0", "dist": {"integrity": _SHA, "tarball": "https://r/n.tgz"}}


@pytest.fixture
def online(world: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm may ask registries, which are all on this machine."""
    monkeypatch.setenv("NPM_CONFIG_OFFLINE", "false")


async def settled(project: Path, name: str = "n", **more: object) -> RegistryPlace:
    """The place of a package, after npm has said what it goes by."""
    return await place_of(project, {"name": name, **more})  # type: ignore[arg-type]


@contextmanager
def answering(*, version: tuple[int, bytes], tags: tuple[int, bytes]) -> Iterator[str]:
    """A registry with these two answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            status, body = tags if self.path.startswith("/-/package/") else version
            self.send_response(status)
            if status in (301, 302):
                self.send_header("location", body.decode())
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


async def test_what_is_out_is_seen_where_npm_cannot_be_started(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    tarball = pack(project, "seen-directly", "1.0.0")
    registry.put(tarball, "latest")
    place = await settled(project, "seen-directly")
    monkeypatch.setenv("PATH", os.devnull)
    found = await npm_registry.view(project, place, "seen-directly", "1.0.0")
    assert found is not None
    assert (found.integrity, found.tags) == (integrity(tarball), {"latest": "1.0.0"})


async def test_a_version_that_is_not_there_is_told_from_a_package_that_is_not(
    registry: Registry, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    registry.put(pack(project, "half-there", "1.0.0"), "latest")
    place = await settled(project, "half-there")
    assert await direct.ask(project, place, "half-there", "2.0.0") == direct.DirectAnswer(None, {"latest": "1.0.0"})
    # It may be hidden from strangers.
    assert await direct.ask(project, place, "not-there", "1.0.0") is None


async def test_a_name_with_a_scope_is_asked_as_registries_want_it(registry: Registry, tmp_path: Path) -> None:
    project = tmp_path / "project"
    tarball = pack(project, "@acme/scoped-directly", "1.0.0-rc.1+5")
    registry.put(tarball, "next")
    place = await settled(project, "@acme/scoped-directly")
    (version,) = registry.versions("@acme/scoped-directly")
    told = await direct.ask(project, place, "@acme/scoped-directly", version)
    assert told is not None
    assert told.found is not None
    assert told.found.integrity == integrity(tarball)


async def test_npm_has_the_word_where_no_dist_tag_names_the_version(registry: Registry, tmp_path: Path) -> None:
    """What lies in some cache between may be half new: then npm looks, which asks for the newest."""
    project = tmp_path / "project"
    registry.put(pack(project, "untagged", "1.0.0"), "latest")
    registry.put(pack(project, "untagged", "1.1.0"), "latest")
    place = await settled(project, "untagged")
    told = await direct.ask(project, place, "untagged", "1.0.0")
    assert told is not None
    assert told.found is not None
    registry.door.asked.clear()
    found = await npm_registry.view(project, place, "untagged", "1.0.0")
    assert found == told.found
    assert "GET /untagged" in registry.door.asked


@pytest.mark.parametrize(
    ("scheme", "setting"),
    [
        ("http", {"https-proxy": "http://127.0.0.1:9/"}),
        ("http", {"proxy": "http://127.0.0.1:9/"}),
        ("http", {"local-address": "127.0.0.2"}),
        ("https", {"strict-ssl": False}),
        ("https", {"cafile": "/etc/own.pem"}),
        ("https", {"ca": ["-----BEGIN CERTIFICATE-----"]}),
    ],
)
async def test_whoever_reaches_the_registry_in_another_way_is_not_passed_by(
    world: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, setting: dict[str, JsonValue]
) -> None:
    asked: list[str] = []
    settings: dict[str, JsonValue] = {"proxy": None, "cafile": None, "strict-ssl": True}

    async def get(url: str, timeout_s: float) -> None:
        asked.append(url)
        raise web.NoAnswer("nothing is asked in a test")

    monkeypatch.setattr(web, "get", get)
    monkeypatch.setattr(direct, "known_settings", lambda _: settings)
    place = RegistryPlace(f"{scheme}://localhost/")
    assert await direct.ask(tmp_path, place, "n", "1.0.0") is None
    assert asked == [f"{scheme}://localhost/n/1.0.0", f"{scheme}://localhost/-/package/n/dist-tags"]
    settings |= setting
    assert await direct.ask(tmp_path, place, "n", "1.0.0") is None
    assert len(asked) == 2


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_not_passed_by(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    project, package = tmp_path / "project", f"proxied-{name.lower()}"
    registry.put(pack(project, package, "1.0.0"), "latest")
    place = await settled(project, package)
    for other in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(other)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await direct.ask(project, place, package, "1.0.0") is not None
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    registry.door.asked.clear()
    assert await direct.ask(project, place, package, "1.0.0") is None
    assert registry.door.asked == []


async def test_settings_that_were_changed_since_are_not_gone_by(registry: Registry, tmp_path: Path) -> None:
    project = tmp_path / "project"
    registry.put(pack(project, "changed", "1.0.0"), "latest")
    place = await settled(project, "changed")
    (project / ".npmrc").write_text("https-proxy=http://127.0.0.1:9/\n")
    assert await direct.ask(project, place, "changed", "1.0.0") is None


_TAGS = (200, b'{"latest": "1.0.0"}')


@pytest.mark.parametrize(
    ("version", "tags"),
    [
        ((200, b"<html>"), _TAGS),
        ((200, b"[" * 60_000), _TAGS),
        ((200, b"[]"), _TAGS),
        ((200, json.dumps(_DOCUMENT | {"version": "1.0.1"}).encode()), _TAGS),
        ((200, json.dumps(_DOCUMENT | {"dist": {"integrity": f"{_SHA}\x1b[2J"}}).encode()), _TAGS),
        ((200, json.dumps(_DOCUMENT | {"readme": "x" * 100_000}).encode()), _TAGS),
        ((401, b"{}"), _TAGS),
        ((500, b"{}"), _TAGS),
        ((302, b"http://127.0.0.2:9/n/1.0.0"), _TAGS),
        ((404, b"{}"), (200, b"{}")),
        ((404, b"{}"), (200, b'["1.0.0"]')),
        ((404, b"{}"), (404, b"{}")),
        ((200, json.dumps(_DOCUMENT).encode()), (403, b"{}")),
    ],
)
async def test_whatever_is_not_plain_is_left_to_npm(
    online: None, tmp_path: Path, version: tuple[int, bytes], tags: tuple[int, bytes]
) -> None:
    with answering(version=version, tags=tags) as address:
        place = await place_of(tmp_path, {"name": "n"}, address)
        assert await direct.ask(tmp_path, place, "n", "1.0.0") is None


async def test_of_what_is_plain_only_words_are_taken(online: None, tmp_path: Path) -> None:
    dirty = _DOCUMENT | {"dist": {"integrity": _SHA, "tarball": "https://r/\x1b[31mn\u202e.tgz"}}
    tags = {"latest": "1.0.0", "a b": "1.0.0", "x": "\x1b[2J"}
    with answering(version=(200, json.dumps(dirty).encode()), tags=(200, json.dumps(tags).encode())) as address:
        place = await place_of(tmp_path, {"name": "n"}, address)
        told = await direct.ask(tmp_path, place, "n", "1.0.0")
    assert told == direct.DirectAnswer(
        PublishedVersion(_SHA, "https://r/n.tgz", {"latest": "1.0.0"}), {"latest": "1.0.0"}
    )
