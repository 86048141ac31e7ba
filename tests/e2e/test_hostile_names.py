"""Names that steer terminals, run from right to left, combine or take two cells: in a real terminal."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.tui.runs import asking, human_gate
from tests.tui.terminal import Terminal

pytestmark = pytest.mark.usefixtures("quick_npm")

STEERING = "ev\x1b]0;PWNED\x1b\\\x1b[31mil\x9d0;PWNED\x9c\x9b31m\u202egnp.exe\u2066x two\nlines\ttab"
"""Sequences of both kinds, marks that turn text around, and what ends a line."""
SHAPES = "שלום-عالم e\u0301o\u0308-a\u0300\u0301\u0302 日本語-🚀"
"""Text from right to left, letters that are combined, and letters of two cells."""
_OURS = re.compile(rb"\x1b\[[0-9;?>=$<]*[A-Za-z]")
"""What the app itself sends once it has begun to paint: sequences that begin with CSI, and no others."""


def painted(terminal: Terminal) -> str:
    """The text that was sent, without the app's own sequences."""
    return _OURS.sub(b"", bytes(terminal.output)).decode("utf-8", "replace")


def shows(argv: list[str], cwd: Path, wanted: str, columns: int = 120) -> str:
    """Everything that a command of the screen sends until it shows a text, and after it was left."""
    terminal = Terminal([sys.executable, "-P", "-m", "loop_tui", *argv], columns=columns, rows=40, cwd=cwd)
    terminal.read_until(wanted.encode())
    terminal.type("q")
    terminal.end()
    return painted(terminal)


def test_folders_of_any_name_are_harmless_rows(tmp_path: Path) -> None:
    for name in (STEERING, SHAPES):
        human_gate(tmp_path / "watched" / name / name)
    said = shows(["watch", str(tmp_path / "watched")], tmp_path, "🚀")
    assert_harmless(said)
    assert "日本語-🚀" in said


@pytest.mark.parametrize("name", [STEERING, SHAPES], ids=["steering", "shapes"])
def test_a_project_of_any_name_opens(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    run = human_gate(folder)
    text = run.store.path.read_text()
    run.store.path.write_text(text.replace("widget-gauge", json.dumps(name)[1:-1]))
    assert_harmless(shows([], folder, "waits for you"))


def test_a_question_that_is_asked_without_the_screen(tmp_path: Path) -> None:
    run = asking(tmp_path)
    text = run.store.path.read_text()
    (question,) = run.state.pending_questions
    hostile = "what?\\u001b]0;PWNED\\u0007\\u001b[31m\\u202e"
    assert question.text in text
    run.store.path.write_text(text.replace(question.text, hostile))
    terminal = Terminal([sys.executable, "-P", "-m", "loop_tui", "run", "--resume"], cwd=tmp_path)
    terminal.read_until(b"what?")
    terminal.process.kill()
    terminal.end()
    assert_harmless(painted(terminal))


def assert_harmless(said: str) -> None:
    """No title was set, and nothing is left that steers a terminal or turns text around."""
    assert "]0;PWNED" not in said
    assert not re.search("[\x9b\x9d\u202e\u2066]", said)
