"""`loop-tui serve` in a real browser: what a person sees there, and that the page asks nobody else for anything."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.served import Served, none_left, served
from tests.tui.runs import human_gate

from .chromium import Page, chromium

pytestmark = [
    pytest.mark.usefixtures("quick_npm"),
    pytest.mark.slow,
    pytest.mark.xdist_group("chromium"),
    pytest.mark.needs("chromium"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server on a run whose gate waits for a person."""
    human_gate(tmp_path / "widget")
    with served(tmp_path / "widget") as started:
        yield started


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """An empty tab."""
    async with chromium() as opened:
        yield opened


async def test_a_person_opens_the_page_uses_it_and_closes_it(server: Served, page: Page, tmp_path: Path) -> None:
    """It takes keys, is read-only, keeps the token to itself, asks nobody else, and ends with its tab."""
    state = next((tmp_path / "widget").glob("*-state.json"))
    before = state.read_bytes()
    await page.open(server.address)
    shown = await page.sees("Phases", "infra-gate", "widget-gauge")
    assert await page.value("document.title") == "loop-tui: widget"
    assert len(max(shown.splitlines(), key=len)) > 100
    await page.key("?")
    await page.sees("Keys", "half a page down")
    await page.key("q")
    await page.key(" ")
    await page.sees("read-only: nothing can be changed")
    assert state.read_bytes() == before
    await page.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")

    await page.value("document.fonts.ready.then(() => 0)")
    asked = page.asked()
    assert {urlsplit(each).netloc for each in asked} == {f"127.0.0.1:{server.port}"}
    assert any(each.endswith(".ttf") for each in asked)
    assert any(each.endswith("textual.js") for each in asked)
    refused = [params for name, params in page.events if name == "Network.loadingFailed"]
    wrong = [
        params["entry"]["text"]
        for name, params in page.events
        if name == "Log.entryAdded" and params["entry"]["level"] == "error"
    ]
    assert (refused, wrong) == ([], [])
    assert [params for name, params in page.events if name == "Runtime.exceptionThrown"] == []

    assert await page.value("location.href") == f"{server.base}/"
    assert server.token not in str(await page.value("document.documentElement.outerHTML + document.cookie"))
    (process,) = server.tabs()
    await page.open(f"{server.base}/")
    await page.sees("infra-gate")
    assert none_left([process])
    (process,) = server.tabs()
    await page.close()
    assert none_left([process])


async def test_who_is_not_let_in_and_what_the_page_says_when_the_server_ends(
    server: Served, page: Page, tmp_path: Path
) -> None:
    """Not without the token; and not from another page, even with the cookie: its origin is another port."""
    await page.open(f"{server.base}/")
    answer = await page.happened("Network.responseReceived", lambda params: params["type"] == "Document")
    assert answer["response"]["status"] == 403
    assert await page.value("document.body.innerText.trim()") == (
        "403: open the address with the token that `loop-tui serve` printed"
    )
    assert await page.value("document.scripts.length + document.querySelectorAll('.textual-terminal').length") == 0
    assert await page.text() == ""
    assert server.tabs() == []

    await page.open(server.address)
    await page.sees("infra-gate")
    human_gate(tmp_path / "other")
    with served(tmp_path / "other") as other:
        await page.open(other.address)
        await page.sees("Phases")
        # Its own policy would keep it from trying; the browser is told to overlook that, as a hostile page has none.
        await page.call("Page.setBypassCSP", enabled=True)
        await page.open(f"{other.base}/")
        told = await page.value(
            f"new Promise(done => {{ const socket = new WebSocket('ws://127.0.0.1:{server.port}/ws');"
            "socket.onopen = () => done('open'); socket.onerror = () => done('refused'); })"
        )
        assert told == "refused"
        await page.sees("infra-gate")
        assert other.end()[::2] == (0, "")
        await page.value(
            "new Promise(done => { const look = () => document.body.matches('.-closed') ? done(0) :"
            " requestAnimationFrame(look); look(); })"
        )
        assert "This screen was closed" in str(await page.value("document.body.innerText"))
