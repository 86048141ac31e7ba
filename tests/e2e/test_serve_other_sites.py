"""What a page of another site gets from `loop-tui serve` in a real browser that has the cookie: nothing."""

import asyncio
import contextlib
import logging
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from loop_tui.cli.web.address import listen
from loop_tui.cli.web.door import Door
from loop_tui.cli.web.server import WebServer
from tests.served import DEADLINE_S
from tests.tui.runs import human_gate

from .chromium import Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium"), pytest.mark.needs("chromium")]
TOKEN = "a-token-of-ones-own-0123"
EVIL = "evil.test"

# Each gives what it could see: nothing at all, or an error. `at` is the server.
_ELEMENT = """new Promise(done => {
  const it = Object.assign(document.createElement("%s"), %s);
  it.onload = () => done(%s);
  it.onerror = () => done("");
  document.body.append(it);
})"""
_FRAMED = '(() => { try { return it.contentDocument ? it.contentDocument.body.innerText : "" } catch { return "" } })()'
ATTACKS = {
    "a frame": _ELEMENT % ("iframe", "{src: at + '/'}", _FRAMED),
    "a frame without origin": _ELEMENT % ("iframe", "{src: at + '/', sandbox: 'allow-scripts'}", _FRAMED),
    "a frame in a frame": _ELEMENT % ("iframe", "{srcdoc: `<iframe src='${at}/'></iframe>`}", '""'),
    "an object": _ELEMENT % ("object", "{data: at + '/'}", _FRAMED),
    "an embedded page": _ELEMENT % ("embed", "{src: at + '/', type: 'text/html'}", '""'),
    "an image": _ELEMENT % ("img", "{src: at + '/static/images/background.png'}", '"an image"'),
    "an image without cors": _ELEMENT % ("img", "{src: at + '/'}", '"an image"'),
    "an image with credentials": _ELEMENT
    % ("img", "{crossOrigin: 'use-credentials', src: at + '/static/images/background.png'}", '"an image"'),
    "a script": _ELEMENT % ("script", "{src: at + '/static/js/textual.js'}", '"a script"'),
    "our own script": _ELEMENT % ("script", "{src: at + '/own/page.js'}", '"a script"'),
    "the page as a script": _ELEMENT % ("script", "{src: at + '/'}", '"a script"'),
    "a module": _ELEMENT % ("script", "{type: 'module', src: at + '/own/page.js'}", '"a script"'),
    "an imported module": "import(at + '/own/page.js').then(() => 'a module', () => '')",
    "a style": _ELEMENT % ("link", "{rel: 'stylesheet', href: at + '/own/page.css'}", '"a style"'),
    "an imported style": _ELEMENT % ("style", "{textContent: `@import '${at}/own/page.css'`}", '""'),
    "a font": "new FontFace('x', `url(${at}/static/fonts/RobotoMono-VariableFont_wght.ttf)`).load()"
    ".then(() => 'a font', () => '')",
    "a video": "new Promise(done => { const it = document.createElement('video'); it.onerror = () => done('');"
    "it.onloadeddata = () => done('a video'); it.src = at + '/'; it.load(); })",
    "a fetch": "fetch(at + '/').then(a => a.text(), () => '')",
    "a fetch with credentials": "fetch(at + '/', {credentials: 'include'}).then(a => a.text(), () => '')",
    "a fetch without cors": "fetch(at + '/', {mode: 'no-cors', credentials: 'include'}).then(a => a.text(), () => '')",
    "a fetch that posts": "fetch(at + '/', {method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x'})"
    ".then(a => a.text(), () => '')",
    "a fetch that asks first": "fetch(at + '/', {method: 'PUT', headers: {'X-A': 'b'}, credentials: 'include'})"
    ".then(a => a.text(), () => '')",
    "a fetch that outlives the page": "fetch(at + '/', {keepalive: true, mode: 'no-cors', credentials: 'include'})"
    ".then(a => a.text(), () => '')",
    "a request of old": "new Promise(done => { const it = new XMLHttpRequest(); it.withCredentials = true;"
    "it.onload = () => done(it.responseText); it.onerror = () => done(''); it.open('GET', at + '/'); it.send(); })",
    "an event stream": "new Promise(done => { const it = new EventSource(at + '/', {withCredentials: true});"
    "it.onopen = () => done('open'); it.onerror = () => { it.close(); done('') } })",
    "a websocket": "new Promise(done => { const it = new WebSocket(at.replace('http', 'ws') + '/ws?width=80');"
    "it.onopen = () => done('open'); it.onerror = () => done('') })",
    "a websocket with a protocol": "new Promise(done => {"
    "const it = new WebSocket(at.replace('http', 'ws') + '/ws', 'x');"
    "it.onopen = () => done('open'); it.onerror = () => done('') })",
    "a worker": "new Promise(done => { try { const it = new Worker(at + '/own/page.js');"
    "it.onerror = () => done(''); it.onmessage = () => done('a worker') } catch { done('') } })",
    "a script in a worker": "new Promise(done => { const it = new Worker(URL.createObjectURL(new Blob(["
    "`try { importScripts('${at}/own/page.js'); postMessage('a script') } catch { postMessage('') }`])));"
    "it.onmessage = event => done(event.data) })",
    "a service worker": "(navigator.serviceWorker ? navigator.serviceWorker.register(at + '/own/page.js') :"
    "Promise.reject()).then(() => 'a service worker', () => '')",
    "a form": "new Promise(done => { document.body.insertAdjacentHTML('beforeend', `<iframe name=f></iframe>"
    "<form target=f action='${at}/'></form>`); const frame = document.querySelector('[name=f]');"
    "frame.onload = () => { frame.onload = null; done('') }; document.querySelector('form').submit() })",
    "a form that posts": "new Promise(done => { document.body.insertAdjacentHTML('beforeend', `<iframe name=p></iframe>"
    "<form id=p method=post enctype='text/plain' target=p action='${at}/'><input name=a value=b></form>`);"
    "const frame = document.querySelector('[name=p]'); frame.onload = () => { frame.onload = null; done('') };"
    "document.querySelector('#p').submit() })",
}
SENT = {
    "a beacon": "navigator.sendBeacon(at + '/', 'x')",
    "a page fetched ahead": "document.head.append(Object.assign(document.createElement('link'),"
    "{rel: 'prefetch', href: at + '/'}))",
    "a page loaded ahead": "document.head.append(Object.assign(document.createElement('link'),"
    "{rel: 'preload', as: 'fetch', crossOrigin: 'use-credentials', href: at + '/'}))",
    "a ping": "(() => { const it = Object.assign(document.createElement('a'), {ping: at + '/', href: '#'});"
    "document.body.append(it); it.click() })()",
    "another window": "void window.open(at + '/')",
}
"""What gives no answer to the page: here what counts is what the server says."""


class Watched(Door, frozen=True):
    """A door that notes who asked, and what was said."""

    asked: list[tuple[str, str, bool]] = msgspec.field(default_factory=list)
    more: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    def refusal(self, request: web.Request) -> str:
        """As ever."""
        why = super().refusal(request)
        self.asked.append((f"{request.method} {request.path_qs}", why, self.cookie in request.cookies))
        self.more.set()
        return why

    async def is_asked(self) -> None:
        """Wait until somebody asks."""
        async with asyncio.timeout(DEADLINE_S):
            await self.more.wait()


@dataclass(frozen=True)
class Site:
    """The server in this process, and a page elsewhere on the same machine."""

    server: WebServer
    door: Watched
    elsewhere: int

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.door.port}"


@pytest.fixture
async def site(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> AsyncIterator[Site]:
    """A server on a run whose gate waits for a person; it says nothing, whatever happens."""
    human_gate(tmp_path / "widget")

    async def blank(_: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><title>evil</title><body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{rest:.*}", blank)
    runner = web.AppRunner(app)
    await runner.setup()
    with listen("127.0.0.1", "0") as listening, listen("127.0.0.1", "0") as other:
        await web.SockSite(runner, other).start()
        door = Watched(TOKEN, listening.getsockname()[1])
        argv = [sys.executable, "-P", "-m", "loop_tui", str(tmp_path / "widget"), "--read-only"]
        server = WebServer(argv, tmp_path / "widget", door, "widget")
        began = asyncio.Event()
        serving = asyncio.create_task(server.run(listening, began.set))
        await began.wait()
        yield Site(server, door, other.getsockname()[1])
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        await runner.cleanup()
    logging.disable(logging.NOTSET)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A browser that finds the other site on this machine, as after a name was made to lead here."""
    async with chromium(f"--host-resolver-rules=MAP {EVIL} 127.0.0.1", "--disable-popup-blocking") as opened:
        yield opened


async def signed_in(site: Site, page: Page) -> None:
    """The person opened the screen in this browser, and closed it: the cookie stays."""
    await page.open(f"{site.base}/?token={TOKEN}")
    await page.sees("infra-gate")
    assert [why for _, why, _ in site.door.asked if why] == []
    await page.open("about:blank")
    async with asyncio.timeout(DEADLINE_S):
        while site.server.tabs:
            await page.value("new Promise(resolve => requestAnimationFrame(() => resolve(0)))")
    site.door.asked.clear()


@pytest.mark.parametrize(
    ("host", "has_cookie"), [(EVIL, False), ("127.0.0.1", True)], ids=["another site", "another port"]
)
@pytest.mark.sampled(3)
async def test_a_page_elsewhere_gets_nothing(site: Site, page: Page, host: str, has_cookie: bool) -> None:
    """Whatever a page can ask a browser for; a page of another port of this machine has the cookie sent along, too."""
    await signed_in(site, page)
    silent = []
    for name, script in ATTACKS.items():
        await page.open(f"http://{host}:{site.elsewhere}/")
        site.door.asked.clear()
        got = await page.value(f"(async at => await {script})({site.base!r})")
        assert got == "", name
        assert refused(site), name
        if not site.door.asked:
            silent.append(name)
    for name, script in SENT.items():
        await page.open(f"http://{host}:{site.elsewhere}/")
        site.door.asked.clear()
        site.door.more.clear()
        await page.value(f"(at => {{ {script} }})({site.base!r})")
        await site.door.is_asked()
        assert refused(site), name
        assert any(cookie for _, _, cookie in site.door.asked) is has_cookie or name == "a page loaded ahead"
    # The browser itself refuses these: it does not even ask.
    assert set(silent) <= {"a worker", "a service worker"}


def refused(site: Site) -> bool:
    """True when nothing that was asked was given, and no app was started."""
    return all(why for _, why, _ in site.door.asked) and not site.server.tabs


async def test_a_name_that_was_made_to_lead_here_gets_nothing(site: Site, page: Page) -> None:
    """DNS rebinding: to the browser the server is then of the page's own origin, and it reads every answer."""
    await signed_in(site, page)
    for name, script in (ATTACKS | SENT).items():
        await page.call("Fetch.enable", patterns=[{"urlPattern": f"http://{EVIL}:*/evil"}])
        page.events.clear()
        opening = asyncio.create_task(page.call("Page.navigate", url=f"http://{EVIL}:{site.door.port}/evil"))
        paused = await page.happened("Fetch.requestPaused")
        body = b64encode(b"<!DOCTYPE html><title>evil</title><body>").decode()
        headers = [{"name": "Content-Type", "value": "text/html"}]
        await page.call(
            "Fetch.fulfillRequest", requestId=paused["requestId"], responseCode=200, responseHeaders=headers, body=body
        )
        await opening
        await page.happened("Page.loadEventFired")
        await page.call("Fetch.disable")
        site.door.asked.clear()
        got = await page.value(f"(async at => {{ const got = await {script}; return got }})(location.origin)")
        assert got in ("", None, True) or str(got).startswith("403: not the address"), name
        assert refused(site), name


async def test_by_another_name_a_person_sees_why(site: Site, page: Page) -> None:
    for address in ("", "/?token=wrong", "/static/js/textual.js"):
        await page.open(f"http://{EVIL}:{site.door.port}{address}")
        shown = str(await page.value("document.body.innerText"))
        assert "403: not the address that the server listens on" in shown, address


async def test_a_link_with_the_token_opens_from_anywhere(site: Site, page: Page) -> None:
    """A person has it from a chat in the browser, say: the page opens, and the other one sees nothing of it."""
    await page.open(f"http://{EVIL}:{site.elsewhere}/")
    await page.value(f"void (location = '{site.base}/?token={TOKEN}')")
    await page.sees("infra-gate")
    assert await page.value("window.opener") is None


async def test_other_sites_hear_nothing_of_the_token(site: Site, page: Page) -> None:
    """No request to them names it, and the address that stays in the history has none."""
    await page.open(f"{site.base}/?token={TOKEN}")
    await page.sees("infra-gate")
    await page.value(f"void (location = 'http://{EVIL}:{site.elsewhere}/')")
    await page.happened("Page.frameNavigated", lambda said: EVIL in said["frame"]["url"])
    assert await page.value("document.referrer") == ""
    history = await page.call("Page.getNavigationHistory")
    assert [each["url"] for each in history["entries"] if TOKEN in each["url"]] == []
