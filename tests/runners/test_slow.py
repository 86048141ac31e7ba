"""What takes long says so, and what does not says nothing."""

import asyncio

import pytest

from loop_tui.runners import slow


async def test_what_takes_long_is_said_with_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "MOMENTS_S", (0, 0))
    said: list[str] = []
    both = asyncio.Event()

    def say(text: str) -> None:
        said.append(text)
        if len(said) > 1:
            both.set()

    with slow.said_while_slow(say, "push"):
        await both.wait()
    assert said == ["push: running", "push: running for 0ms"]


async def test_what_is_over_at_once_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "MOMENTS_S", (0,))
    said: list[str] = []
    with slow.said_while_slow(said.append, "push"):
        pass
    await asyncio.sleep(0)
    assert not said
