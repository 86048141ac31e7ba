"""The person's editor gets the terminal, and the screen comes back with what it left."""

import hashlib
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from loop_tui.engine import changes
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.tui.editor import edit, editor_argv

from .runs import new_run
from .terminal import Terminal
from .test_terminal import opened

EDITOR = """#!{python}
import os, signal, sys
if "--term" in sys.argv:
    def end(number, frame):
        print("EDITOR ENDS", flush=True)
        sys.exit(1)
    signal.signal(signal.SIGTERM, end)
if "--raw" in sys.argv:
    import tty
    tty.setraw(0)
print("EDITOR HAS IT", sys.argv[1:], sys.stdin.isatty(), flush=True)
if "--interrupt" in sys.argv:
    signal.signal(signal.SIGINT, lambda number, frame: print("INTERRUPTED", flush=True))
    input()
    os.killpg(os.getpgid(0), signal.SIGINT)
line = input()
with open(sys.argv[-1], "a") as file:
    file.write(line + "\\n")
sys.exit(3 if line == "fail" else 0)
"""


def project_with_scope(folder: Path, data: bytes = b"# Scope\n") -> Path:
    run = new_run(folder)
    file = run.store.run_dir / "scope.md"
    file.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    run.tell(changes.delivered(Deliverable(name="scope.md", path="scope.md", size_bytes=len(data), sha256=digest)))
    return file


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """A program that reads a line from the terminal and adds it to the file; its folder has a space in its name."""
    path = tmp_path / "my tools" / "ed"
    path.parent.mkdir()
    path.write_text(EDITOR.format(python=sys.executable))
    path.chmod(0o700)
    return path


def open_viewer(folder: Path) -> Terminal:
    terminal = opened(folder)
    terminal.read_until(b"show")
    terminal.read_until(b"INIT")
    terminal.type("d")
    # The key is named once the file was read.
    terminal.read_until(b"edit")
    return terminal


def said_after(terminal: Terminal, mark: bytes, words: bytes) -> None:
    """Wait until something is said after the last time that the mark was."""
    start = terminal.output.rindex(mark)
    terminal.output, before = terminal.output[start:], terminal.output[:start]
    terminal.read_until(words)
    terminal.output = before + terminal.output


def test_it_gets_the_terminal_and_the_file_is_read_again(
    tmp_path: Path, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", f"'{editor}' --wait '$HOME;x'")
    monkeypatch.setenv("EDITOR", "false")
    file = project_with_scope(tmp_path / "p")
    terminal = open_viewer(tmp_path / "p")
    terminal.type("e")
    terminal.read_until(b"EDITOR HAS IT")
    terminal.read_until(b"'--wait', '$HOME;x', ")
    assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h"), "the screen was given away"
    terminal.type("written by hand\n")
    said_after(terminal, b"EDITOR HAS IT", b"written by hand")
    said_after(terminal, b"EDITOR HAS IT", b"changed since it was")
    said_after(terminal, b"EDITOR HAS IT", b"Gates use checks")
    assert file.read_text() == "# Scope\nwritten by hand\n"
    terminal.type("qq")
    assert terminal.end() == 0
    assert terminal.is_sane


def test_an_interrupt_in_it_does_not_end_the_screen(
    tmp_path: Path, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", f"'{editor}' --interrupt")
    project_with_scope(tmp_path / "p")
    terminal = open_viewer(tmp_path / "p")
    terminal.type("e")
    terminal.read_until(b"EDITOR HAS IT")
    terminal.type("go\n")
    terminal.read_until(b"INTERRUPTED")
    terminal.type("fail\n")
    said_after(terminal, b"INTERRUPTED", b"ended with exit code 3")
    os.kill(terminal.process.pid, 2)
    assert terminal.end() == 130, "afterwards an interrupt ends it as before"
    assert terminal.is_sane


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_meanwhile_the_screen_ends_and_the_editor_with_it(
    tmp_path: Path, editor: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("EDITOR", f"'{editor}' --term")
    project_with_scope(tmp_path / "p")
    terminal = open_viewer(tmp_path / "p")
    terminal.type("e")
    terminal.read_until(b"EDITOR HAS IT")
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert b"EDITOR ENDS" in terminal.output
    assert terminal.is_sane


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_one_that_is_killed_leaves_no_modes_of_its_own(
    tmp_path: Path, editor: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("EDITOR", f"'{editor}' --raw")
    project_with_scope(tmp_path / "p")
    terminal = open_viewer(tmp_path / "p")
    terminal.type("e")
    terminal.read_until(b"EDITOR HAS IT")
    (program,) = psutil.Process(terminal.process.pid).children()
    if number == signal.SIGINT:
        program.kill()
        said_after(terminal, b"EDITOR HAS IT", b"ended with exit code -9")
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert terminal.is_sane


def test_one_that_cannot_be_started_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    project_with_scope(tmp_path / "p")
    terminal = open_viewer(tmp_path / "p")
    terminal.type("e")
    terminal.read_until(b"the editor cannot be started")
    terminal.type("qq")
    assert terminal.end() == 0
    assert terminal.is_sane


def test_which_one_it_is() -> None:
    assert editor_argv({"EDITOR": "vi", "VISUAL": "code --wait"}) == ["code", "--wait"]
    assert editor_argv({"EDITOR": "vi -n", "VISUAL": " "}) == ["vi", "-n"]
    for env in ({}, {"EDITOR": ""}, {"EDITOR": "vi 'x"}, {"EDITOR": "''"}):
        with pytest.raises(Problem):
            editor_argv(env)
    with pytest.raises(Problem, match="cannot be started"):
        edit(["no-such-editor-here"], Path("x"))
