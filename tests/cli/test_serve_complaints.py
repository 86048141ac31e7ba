"""What the server of `loop-tui serve` complains about, and how it ends: it waits for nobody."""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop_tui.cli.web import tab as tab_module
from loop_tui.cli.web.door import Door
from loop_tui.cli.web.messages import Resized
from loop_tui.cli.web.server import WebServer
from loop_tui.cli.web.tab import Tab
from tests.served import DEADLINE_S

APP = """
import sys
for number in range(20_000):
    print("complaint", number, "of the app", file=sys.stderr)
sys.stdout.buffer.write(b"__GANGLION__\\nD" + (5).to_bytes(4, "big") + b"drawn")
sys.stdout.flush()
sys.stdin.read()
"""
"""Complains of more than any pipe holds, and then draws."""

SERVER = f"""
import asyncio, sys
from pathlib import Path
from loop_tui.cli.web.complaints import wait_for_complaints
from loop_tui.cli.web.door import report
from loop_tui.cli.web.messages import Resized
from loop_tui.cli.web.tab import Tab

async def serve():
    drawn = asyncio.Event()
    async def send(data):
        drawn.set()
    async def open_url(url):
        pass
    tab = Tab([sys.executable, "-c", {APP!r}], Path.cwd(), send=send, open_url=open_url)
    await tab.start(Resized(80, 24))
    await drawn.wait()
    await tab.stop()
    report(KeyError("a fault"))

asyncio.run(serve())
wait_for_complaints(float(sys.argv[1]))
print("ended", flush=True)
"""


def run_server(stderr: int, waits_s: float) -> subprocess.CompletedProcess[str]:
    """A tab and a fault in a process with that standard error."""
    argv = [sys.executable, "-c", SERVER, str(waits_s)]
    return subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


def test_a_standard_error_that_nobody_reads_stops_nothing() -> None:
    """A pipe that is full stands for a terminal that somebody stopped by ctrl-s."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))
        os.set_blocking(writing, True)
        done = run_server(writing, 0)
    finally:
        os.close(reading)
        os.close(writing)
    assert (done.returncode, done.stdout) == (0, "ended\n")


def test_a_standard_error_that_is_read_has_the_first_complaints() -> None:
    done = run_server(subprocess.PIPE, DEADLINE_S)
    *lines, last = done.stderr.splitlines()
    assert lines == [f"complaint {number} of the app" for number in range(20)]
    assert "KeyError" in last
    assert done.stdout == "ended\n"


async def test_a_tab_that_does_not_end_is_killed_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the server is no error, whatever its tabs do."""

    async def ignore(_: object) -> None:
        pass

    monkeypatch.setattr(tab_module, "GRACE_S", DEADLINE_S)
    server = WebServer([], tmp_path, Door("token", 1), "title")
    tab = Tab([sys.executable, "-c", "import time; time.sleep(1000)"], tmp_path, send=ignore, open_url=ignore)
    await tab.start(Resized(80, 24))
    server.tabs[tab] = None  # type: ignore[assignment]  # no connection is asked for
    await server._end_tabs(None)  # type: ignore[arg-type]
    async with asyncio.timeout(DEADLINE_S):
        await tab.stop()
    assert tab.ended.is_set()
    assert tab._process is not None
    assert tab._process.returncode == -9
