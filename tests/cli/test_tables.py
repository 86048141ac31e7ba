"""Printed tables: whole words at every width of a terminal, everything in a pipe."""

import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from loop_tui.cli.tables import table
from loop_tui.fs.paths import claude_home
from loop_tui.model.verbs import COLUMNS_VARIABLE
from tests.many_runs import write_runs

HEADER = ("Target", "Id", "Kind", "Settings")
ROWS = [
    ("npm registry", "npm", "npm-registry", "registry = https://registry.npmjs.org, access = public, tag = latest"),
    ("the server that people use", "health", "http-health", "needs url, and a path that answers within three seconds"),
]
LEAST = ("Target", "Kind")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_a_table_fits_and_cuts_no_word_that_has_room(width: int) -> None:
    text = table(HEADER, ROWS, least=LEAST, width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    words = {word for row in ROWS for word in row[3].split()}
    assert width < 60 or words <= set(text.split())


def test_the_least_important_columns_are_left_out_first() -> None:
    heads = [table(HEADER, ROWS, least=LEAST, width=width).splitlines()[0].split() for width in (120, 70, 50)]
    assert heads == [["Target", "Id", "Kind", "Settings"], ["Id", "Kind", "Settings"], ["Id", "Kind", "Settings"]]
    assert table(HEADER, ROWS, least=LEAST, width=30).splitlines()[0].split() == ["Id", "Settings"]


def test_a_wide_letter_takes_two_cells() -> None:
    first, second = table(("A", "B"), [("日本", "x"), ("abcd", "y")], width=80).splitlines()[1:]
    assert (first.index("x"), second.index("y")) == (4, 6)


def test_a_word_without_room_is_broken_not_lost() -> None:
    path = "/a/" + "b" * 90
    text = table(("Loop", "From"), [("x", path)], width=40)
    assert path in "".join(line[6:].strip() for line in text.splitlines()[1:])
    assert all(len(line) <= 40 for line in text.splitlines())


def test_without_a_terminal_nothing_is_cut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 400
    assert table(("A",), [(long,)]).splitlines()[1] == long.strip()
    monkeypatch.setenv(COLUMNS_VARIABLE, "40")
    assert all(len(line) <= 40 for line in table(("A",), [(long,)]).splitlines())
    monkeypatch.setenv(COLUMNS_VARIABLE, "wide")
    assert long.strip() in table(("A",), [(long,)])


@pytest.mark.parametrize("width", [80, 120, 200])
def test_runs_fits_the_terminal(tmp_path: Path, width: int) -> None:
    write_runs(claude_home(), 3)
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    argv = [sys.executable, "-m", "loop_tui", "runs"]
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, cwd=tmp_path, check=True)
    os.close(theirs)
    lines = os.read(ours, 100_000).decode().splitlines()
    os.close(ours)
    piped = subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path, check=True).stdout.splitlines()
    assert lines
    assert all(len(line) <= width for line in lines)
    assert not [word for line in lines for word in line.split() if word not in "\n".join(piped).split()]
    assert "Archive" in piped[0]
