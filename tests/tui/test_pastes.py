"""What is pasted into any row is foreign text: it brings nothing raw to the terminal, and is not too long for a key."""

import re
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from loop_tui.tui.widgets.plain_input import LONGEST_PASTE, PlainInput

from .runs import Screen, asking, new_run, on_screen

_BARE = re.compile(r"(?:yield|else|=) Input\(|\(Input\):")
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "a\x1b]52;c;aGk=\x07b\x9b31mc\u202ed\u2066e\x1b[31mf\x00g"
PLACES = [
    ("colon",),
    ("s",),
    ("2", "slash"),
    ("D", "slash"),
    ("3",),
    ("H", "slash"),
    ("b", "slash"),
    ("question_mark", "slash"),
]


def raw_in(text: str) -> list[str]:
    return [char for char in text if char != "\n" and not char.isprintable()]


async def paste(screen: Screen, keys: tuple[str, ...], text: str) -> Input:
    await screen.press(*keys)
    screen.clock.on()
    await screen.until(lambda: isinstance(screen.app.screen.focused, Input), "an input has the keyboard")
    field = screen.app.screen.focused
    assert isinstance(field, Input)
    screen.app.post_message(events.Paste(text))
    await screen.pilot.pause()
    return field


@pytest.mark.parametrize("keys", PLACES)
async def test_a_paste_brings_nothing_raw_to_the_terminal(tmp_path: Path, keys: tuple[str, ...]) -> None:
    if keys == ("3",):
        asking(tmp_path)
    else:
        new_run(tmp_path)

    async def use(screen: Screen) -> None:
        field = await paste(screen, keys, HOSTILE)
        assert isinstance(field, PlainInput)
        assert "f" in field.value
        assert raw_in(field.value) == []
        assert raw_in(screen.text()) == []

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("keys", [("colon",), ("3",)])
async def test_a_paste_that_is_too_long_is_refused_with_the_number(tmp_path: Path, keys: tuple[str, ...]) -> None:
    asking(tmp_path)

    async def use(screen: Screen) -> None:
        field = await paste(screen, keys, "x" * (LONGEST_PASTE + 1))
        assert field.value == ""
        assert any("64,001 characters, at most 64,000" in said for said in screen.toasts())

    await on_screen(use, tmp_path)


def test_every_input_of_ours_takes_its_pastes_so() -> None:
    bare = [path.name for path in (ROOT / "loop_tui/tui").rglob("*.py") if _BARE.search(path.read_text())]
    assert bare == ["plain_input.py"]
