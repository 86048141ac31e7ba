"""What is typed behind a key that opens a prompt goes into the prompt, however slow it opens (SCREEN "Answers")."""

import asyncio
import random
from pathlib import Path

import pytest
from textual import events
from textual.message_pump import MessagePump
from textual.widgets import Input

from .runs import DISTRIBUTION, Screen, on_screen, red_gate

TEXT = "q space pJ xD,"
OPENERS = ("colon", "slash", "ampersand", "s")


def _keys(text: str) -> list[events.Key]:
    return [events.Key("space" if c == " " else c, c) for c in text]


def _burst(screen: Screen, opener: str, text: str) -> None:
    """All at once, as a terminal hands over what was typed while nobody read."""
    for event in (events.Key(opener, None), *_keys(text)):
        screen.app.post_message(event)


def _shown_input(screen: Screen) -> Input | None:
    return screen.app.focused if isinstance(screen.app.focused, Input) else None


@pytest.mark.parametrize(
    ("opener", "pane"), [*((opener, "2") for opener in OPENERS), ("slash", "1"), ("ampersand", "1"), ("slash", "3")]
)
async def test_keys_typed_at_once_go_into_the_prompt(
    tmp_path: Path, opener: str, pane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = red_gate(tmp_path)
    before = run.store.path.read_bytes()
    chance = random.Random(opener)
    real = MessagePump._dispatch_message

    async def slow(self: MessagePump, message: object) -> None:
        if chance.random() < 0.1:
            await asyncio.sleep(chance.choice((0, 0.001, 0.01)))
        await real(self, message)  # type: ignore[arg-type]

    async def use(screen: Screen) -> None:
        await screen.press(pane)
        monkeypatch.setattr(MessagePump, "_dispatch_message", slow)
        for _ in range(4):
            _burst(screen, opener, TEXT)
            await screen.until(lambda: (f := _shown_input(screen)) is not None and f.value.endswith(TEXT), TEXT)
            screen.app.post_message(events.Key("ctrl+u", None))
            screen.app.post_message(events.Key("escape", None))
            await screen.until(lambda: _shown_input(screen) is None, "it is left")
        await screen.idle()

    screen = await on_screen(use, tmp_path, DISTRIBUTION)
    assert run.store.path.read_bytes() == before
    assert not screen.spawned
