"""Target http-health: a live address that has to report what was shipped."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.services import web
from loop_tui.services.health import free_port

from .on_github import Clock, confirm, fact, levels, rising, ship
from .on_github import clock as clock
from .shipyard import Yard, new_yard


@dataclass
class Live:
    """A live server; each answer (status, body, headers) is given once, the last for ever."""

    answers: list[tuple[int, object, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/health"

    def says(self, body: object, status: int = 200, **headers: str) -> None:
        self.answers.append((status, body, headers))


@pytest.fixture
def live() -> Iterator[Live]:
    made = Live()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            status, body, headers = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def yard(world: object, tmp_path: Path, clock: Clock) -> Yard:
    """A shipped 0.8.0."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    ship(yard)
    return yard


def target(url: str, **settings: object) -> TargetDefinition:
    return TargetDefinition(id="live", kind="http-health", title="Live", settings={"url": url, **settings})


async def test_healthy_when_it_reports_our_version(yard: Yard, live: Live, clock: Clock) -> None:
    live.says({"version": "0.7.0"})
    live.says("starting", 503)
    live.says({"status": "ok", "version": "v0.8.0"})
    (check,) = await confirm(yard, target(live.url))
    assert check.status is CheckStatus.PASSED
    assert check.summary.startswith("healthy: reports version 0.8.0 after ")
    assert len(live.asked) == 3
    assert rising([level for level, _ in levels(yard, "live")]) == ["expected", "healthy"]
    assert fact(check, "api") == f"GET {live.url}"
    assert check.duration_ms == round(clock.now * 1000)
    assert f"| live server {live.url} | 0.8.0 | yes |" in yard.text("distribution-manifest.md")


async def test_healthy_is_not_confirmed(yard: Yard, live: Live) -> None:
    live.says({"version": "0.8.0"})
    (check,) = await confirm(yard, target(live.url, level="confirmed"))
    assert check.status is CheckStatus.FAILED
    assert check.summary.endswith("(required: confirmed)")


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_error_page_that_names_our_version_is_no_health(yard: Yard, live: Live, status: int) -> None:
    live.says({"status": "down", "version": "0.8.0", "commit": yard.git("rev-parse", "HEAD")}, status)
    yard.answers["keep-watching-"] = "n"
    (check,) = await confirm(yard, target(live.url, cap_s=60))
    assert check.status is CheckStatus.FAILED
    assert f"it answers {status}" in check.summary


async def test_the_commit_outweighs_the_version(yard: Yard, live: Live) -> None:
    sha = yard.git("rev-parse", "HEAD")
    live.says({"version": "0.8.0", "commit": "0123456789ab"})
    live.says({"version": "0.7.0", "commit": sha[:12].upper()})
    (check,) = await confirm(yard, target(live.url))
    assert check.summary.startswith(f"healthy: reports commit {sha[:7]}")
    assert len(live.asked) == 2
    assert "Version mismatch: live server" in yard.log
    assert "has 0.7.0, but 0.8.0 was shipped" in yard.log
    assert f"| live server {live.url} | 0.7.0 | MISMATCH |" in yard.text("distribution-manifest.md")


async def test_another_version_to_the_end_is_not_seen_with_what_it_said(yard: Yard, live: Live, clock: Clock) -> None:
    live.says({"version": "0.7.0", "commit": "main"})
    yard.answers["keep-watching-"] = "n"
    (check,) = await confirm(yard, target(live.url, cap_s=60))
    assert check.status is CheckStatus.FAILED
    assert check.summary == (
        f"not seen: 0.8.0 at {live.url}: nothing within 1m00s; it reports version 0.7.0, commit main"
    )
    assert clock.now == pytest.approx(60)


async def test_nobody_there_is_not_seen(yard: Yard, clock: Clock) -> None:
    url = f"http://127.0.0.1:{free_port()}/health"
    yard.answers["keep-watching-"] = "n"
    (check,) = await confirm(yard, target(url))
    assert check.summary.startswith("not seen: ")
    assert "no answer: Connection refused" in check.summary
    assert clock.now == pytest.approx(900), "no three minutes for a live endpoint"


async def test_it_is_led_around_on_its_own_host_only(yard: Yard, live: Live, clock: Clock) -> None:
    live.says("", 302, Location="/other?x=1")
    live.says({"version": "0.8.0"})
    (check,) = await confirm(yard, target(live.url))
    assert check.passed
    assert live.asked == ["/health", "/other?x=1"]
    live.answers[:] = [(301, "", {"Location": "http://localhost:1/health"})]
    yard.answers["keep-watching-"] = "n"
    (check,) = await confirm(yard, target(live.url, cap_s=1))
    assert "it redirects to http://localhost:1, which is not followed" in check.summary
    assert check.status is CheckStatus.FAILED


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "file:///etc/passwd",
        "http:///x",
        "https://ann:secret@host/",
        "http://host/a b",
        "http://host:99999/",
        "http://host/\r\nX: y",
    ],
)
async def test_addresses_that_are_none(yard: Yard, url: str) -> None:
    with pytest.raises(Problem):
        await web.get(url)
    (check,) = await confirm(yard, target(url))
    assert check.summary.startswith("failed: ")
    assert "secret" not in check.summary


async def test_answers_without_end_and_without_sense_are_bounded(live: Live) -> None:
    live.says(b"x" * (web.MAX_BODY * 3))
    reply = await web.get(live.url)
    assert (reply.status, len(reply.body)) == (200, web.MAX_BODY)


async def test_no_address_is_not_configured(yard: Yard) -> None:
    (check,) = await confirm(yard, target(""))
    assert check.summary == "not configured: set url in .loops/targets.toml"
