"""A line typed at a terminal while an event loop runs."""

import asyncio
import sys
from contextlib import closing

import pytest

from loop_tui.cli.typed_line import typed_line
from tests.tui.terminal import Terminal

_ASKS = """\
import asyncio
from loop_tui.cli.interrupts import interruptible
from loop_tui.cli.typed_line import typed_line
async def ask():
    return await typed_line("Which?", hidden={hidden}) or ""
print("got", interruptible(ask()), flush=True)
"""


def asking(*, hidden: bool) -> Terminal:
    return Terminal([sys.executable, "-c", _ASKS.format(hidden=hidden)])


@pytest.mark.parametrize(("hidden", "shown"), [(True, 1), (False, 2)])
def test_what_is_typed_is_given_and_shown_only_where_it_may_be(hidden: bool, shown: int) -> None:
    with closing(asking(hidden=hidden)) as terminal:
        terminal.read_until(b"Which?")
        terminal.type("word\n")
        assert terminal.end() == 0
        assert b"got word" in terminal.output
        assert terminal.output.count(b"word") == shown
        assert terminal.has_its_modes


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_an_interrupt_or_the_end_of_input_leaves_the_terminal_as_it_was(key: str) -> None:
    with closing(asking(hidden=True)) as terminal:
        terminal.read_until(b"Which?")
        if key == "\x03":
            terminal.process.send_signal(2)
        else:
            terminal.type(key)
        assert terminal.end() == 0
        assert terminal.has_its_modes
        assert b"got" in terminal.output


async def test_without_a_terminal_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, ASYNC230, PTH123
    assert await asyncio.wait_for(typed_line("Which?"), 60) is None
