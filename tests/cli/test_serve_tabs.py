"""How many tabs a server has open at once. What is behind them here is no app, which costs half a second each."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loop_tui.cli.web.address import listen
from loop_tui.cli.web.door import Door
from loop_tui.cli.web.server import MOST_TABS, WebServer
from tests.process.programs import until

from .serve_attacks import connected, open_tab

QUIET_APP = ("sh", "-c", "echo __GANGLION__; cat >/dev/null")


@dataclass(frozen=True)
class Here:
    """A server in this process, as those who ask see it."""

    server: WebServer
    port: int
    token: str

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    """A server of tabs in which nothing is drawn."""
    with listen("127.0.0.1", "0") as listening:
        door = Door("a-token-of-ones-own-0123", listening.getsockname()[1])
        made = Here(WebServer(QUIET_APP, tmp_path, door, "widget"), door.port, door.token)
        began = asyncio.Event()
        serving = asyncio.create_task(made.server.run(listening, began.set))
        await began.wait()
        yield made
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    logging.disable(logging.NOTSET)


async def test_more_tabs_than_a_person_opens(here: Here) -> None:
    """The next one is refused, and those that are open stay; when one is closed there is room again."""
    with contextlib.ExitStack() as stack:

        async def opened() -> bytes:
            made = stack.enter_context(connected(here))
            return await asyncio.to_thread(open_tab, here, made)

        assert all([b" 101 " in await opened() for _ in range(MOST_TABS - 1)])
        with connected(here) as last:
            assert b" 101 " in await asyncio.to_thread(open_tab, here, last)
            before = set(here.server.tabs)
            assert [b" 503 " in await opened() for _ in range(3)] == [True] * 3
            assert set(here.server.tabs) == before
            assert len(before) == MOST_TABS
        await until(lambda: len(here.server.tabs) < MOST_TABS)
        assert set(here.server.tabs) < before
        assert b" 101 " in await opened()
        assert len(here.server.tabs) == MOST_TABS
