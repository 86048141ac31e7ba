"""A screen that was stopped and continued, and one to which a wrong size is told."""

import os
import signal
from pathlib import Path

import pytest

from loop_tui.cli.screen import forget_told_size

from .test_terminal import opened


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_it_is_painted_again_when_it_is_continued(tmp_path: Path, number: signal.Signals) -> None:
    terminal = opened(tmp_path)
    terminal.read_until(b"starts one")
    os.kill(terminal.process.pid, number)
    os.waitpid(terminal.process.pid, os.WUNTRACED)
    terminal.read_some()
    assert number is signal.SIGSTOP or terminal.is_sane
    stopped = len(terminal.output)
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.read_until(b"\x1b[?1049h", since=stopped)
    terminal.read_until(b"starts one", since=stopped)
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.is_sane


@pytest.mark.parametrize(
    ("size", "kept"), [(os.terminal_size((80, 24)), {}), (os.terminal_size((0, 0)), {"LINES": "x"})]
)
def test_the_size_of_the_terminal_counts(
    monkeypatch: pytest.MonkeyPatch, size: os.terminal_size, kept: dict[str, str]
) -> None:
    monkeypatch.setattr("sys.stdout", open(os.devnull))  # noqa: PTH123, SIM115
    monkeypatch.setattr("os.get_terminal_size", lambda _: size)
    environment = {"LINES": "x"}
    forget_told_size(environment)
    assert environment == kept
