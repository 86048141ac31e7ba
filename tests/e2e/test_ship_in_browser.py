"""A person ships the project in a real browser: on a desk, and on a phone that has neither esc nor arrows."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.projects import Project, shipped
from tests.served import Served, served

from .chromium import Page, chromium
from .test_screen import CALLS, HAS_KEYBOARD

pytestmark = [
    pytest.mark.usefixtures("quick_npm"),
    pytest.mark.slow,
    pytest.mark.xdist_group("chromium"),
    pytest.mark.needs("chromium"),
]
_PHONE = (390, 844)


async def answer(page: Page, project: Project, words: str, enter: Callable[[], Awaitable[None]]) -> None:
    """Take the default of a question as soon as enter counts; to one that has not got the keyboard leads a key."""
    shown = await page.sees(words)
    while not (HAS_KEYBOARD in shown or CALLS in shown):
        await page.frame()
        shown = await page.text()
    if CALLS in shown:
        await page.key("3")
        await page.sees(HAS_KEYBOARD)
    before = answers_in(project)
    again_s, loop = 0.4, asyncio.get_running_loop()
    while answers_in(project) == before:
        await enter()
        # What is pressed more often than it is taken goes to what is shown next.
        until = loop.time() + again_s
        while answers_in(project) == before and loop.time() < until:
            await page.frame()
        again_s *= 2


def answers_in(project: Project) -> int:
    return sum(event["action"] == "answered" for event in project.journal())


async def ship(page: Page, server: Served, project: Project, enter: Callable[[], Awaitable[None]]) -> None:
    await page.open(server.address)
    await page.sees("space start", "not running")
    await page.key(" ")
    await answer(page, project, "Bump version", enter)
    await answer(page, project, "Commit message", enter)
    await asyncio.to_thread(project.wait_until_over)
    await page.sees("shipped")
    shipped(project)


@pytest.mark.long
async def test_on_a_desk(feature: Project) -> None:
    with served(feature.folder, "--allow-answers") as server:
        async with chromium() as page:
            await ship(page, server, feature, lambda: page.key("Enter"))


async def test_on_a_phone(feature: Project, tmp_path: Path) -> None:
    with served(feature.folder, "--allow-answers") as server:
        async with chromium() as page:
            await page.be_a_phone(*_PHONE)
            await ship(page, server, feature, lambda: page.tap('[data-key="Enter"]'))
            columns, rows = await page.value("[window.__terminal.cols, window.__terminal.rows]")
            assert columns >= 80
            assert rows >= 24
            right = await page.value("document.querySelector('.xterm-screen').getBoundingClientRect().right")
            assert right <= _PHONE[0]
            bottom = await page.value("document.querySelector('.xterm-screen').getBoundingClientRect().bottom")
            assert bottom <= await page.value("document.querySelector('.keys').getBoundingClientRect().top")
            await page.key("?")
            await page.sees("half a page down")
            await page.tap('[data-key="Escape"]')
            await page.sees("shipped")
            await page.picture(tmp_path / "phone.png")
