"""A real browser without a window, by the DevTools protocol alone."""

import asyncio
import base64
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.needs import found

DEADLINE_S = 60.0
_CATCH_TERMINAL = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(value) {
    Object.defineProperty(this, "fitAddon", {value, writable: true});
    window.__terminal = this.terminal;
  },
});
"""
"""textual-serve keeps xterm to itself; this takes note of it when it is made."""
_TEXT = """
(() => {
  const buffer = window.__terminal?.buffer.active;
  if (!buffer) return "";
  const rows = Array.from({length: window.__terminal.rows}, (_, row) => buffer.getLine(row)?.translateToString(true));
  return rows.join("\\n");
})()
"""
_DRAWN = """
new Promise(resolve => {
  let drawn = null;
  const done = () => { drawn?.dispose(); clearTimeout(late); resolve(0); };
  const late = setTimeout(done, 250);
  drawn = window.__terminal?.onRender(done);
})
"""
"""The terminal in the page drew something, or may have done so before this was asked. To be asked at every frame costs
the browser more than all that the page does."""


class Page:
    """One tab, and what it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._happened = asyncio.Condition()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
                continue
            self.events.append((told["method"], told["params"]))
            async with self._happened:
                self._happened.notify_all()

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Ask for something and give the answer."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        told = await asyncio.wait_for(answer, DEADLINE_S)
        assert "error" not in told, f"{method}: {told}"
        found = told["result"]
        assert isinstance(found, dict)
        return found

    async def value(self, expression: str) -> Any:
        """What some JavaScript gives in the page."""
        found = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def happened(self, method: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for an event, or find it among those that were."""
        async with self._happened, asyncio.timeout(DEADLINE_S):
            while not (found := [params for name, params in self.events if name == method and which(params)]):
                await self._happened.wait()
        return found[0]

    async def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.events.clear()
        found = await self.call("Page.navigate", url=address)
        assert "errorText" not in found, found
        await self.happened("Page.loadEventFired")

    async def text(self) -> str:
        """What the terminal in the page shows."""
        return str(await self.value(_TEXT))

    async def sees(self, *words: str) -> str:
        """Wait until the terminal shows all the words; gives all that it shows."""
        shown = ""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    shown = await self.text()
                    if all(word in shown for word in words):
                        return shown
                    await self.value(_DRAWN)
        except TimeoutError as error:
            raise AssertionError(f"never seen: {words}\n{shown}") from error

    async def frame(self) -> None:
        """Wait for the next frame: nothing new can be seen before."""
        await self.value("new Promise(resolve => requestAnimationFrame(() => resolve(0)))")

    async def key(self, key: str) -> None:
        """Press enter, or a key that stands for a character."""
        text = {"Enter": "\r"}.get(key, key)
        code = {"Enter": 13}.get(key, 0)
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def be_a_phone(self, width: int, height: int) -> None:
        """Have a small screen of glass from now on, held upright.

        Its pixels are whole ones: the browser tells the page another density of them than it tells the canvas.
        """
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        await self.call("Emulation.setTouchEmulationEnabled", enabled=True)

    async def tap(self, selector: str) -> None:
        """Touch the middle of an element."""
        where = f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
        x, y = await self.value(f"{where} return [r.x + r.width / 2, r.y + r.height / 2]; }})()")
        await self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        await self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    async def picture(self, path: Path) -> None:
        """Keep a picture of the page."""
        found = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))

    def asked(self) -> list[str]:
        """Every address that the page asked for."""
        return [
            params["url"] if name == "Network.webSocketCreated" else params["request"]["url"]
            for name, params in self.events
            if name in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]

    async def close(self) -> None:
        """Close the tab."""
        await self.call("Page.close")
        await self._reader


@asynccontextmanager
async def chromium(*flags: str, width: int = 1200, height: int = 800) -> AsyncIterator[Page]:
    """A browser with one empty tab. It ends with us, and so does all that it started.

    Its folder is not the test's own: the path of a socket in it may not be long.
    """
    with tempfile.TemporaryDirectory(prefix="c", dir="/tmp", ignore_cleanup_errors=True) as folder:
        async with _chromium(folder, width, height, flags) as page:
            yield page


@asynccontextmanager
async def _chromium(folder: str, width: int, height: int, flags: Sequence[str]) -> AsyncIterator[Page]:
    browser = found("chromium")
    assert browser is not None
    process = await asyncio.create_subprocess_exec(
        browser,
        "--headless=new",
        "--no-sandbox",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-proxy-server",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}/profile",
        f"--window-size={width},{height}",
        *flags,
        "about:blank",
        env=os.environ | {"TMPDIR": folder, "HOME": folder},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    drained: asyncio.Task[bytes] | None = None
    try:
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            said, before = b"", b""
            while b"DevTools listening on " not in said:
                said = await process.stderr.readline()
                before += said
                assert said, f"the browser ended:\n{before.decode('utf-8', 'replace')}"
        drained = asyncio.create_task(process.stderr.read())
        place = said.decode().split("//", 1)[1].split("/", 1)[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{place}/json/list") as answer:
                tab = next(entry for entry in await answer.json() if entry["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    await page.call(f"{domain}.enable")
                await page.call("Page.addScriptToEvaluateOnNewDocument", source=_CATCH_TERMINAL)
                yield page
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if drained is not None:
            drained.cancel()
