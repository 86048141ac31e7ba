"""Standard input and outputs that whoever starts us has closed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("words", [["runs"], [], ["demo"]])
def test_nothing_breaks_where_they_are_closed(tmp_path: Path, closed: tuple[int, ...], words: list[str]) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    done = _run([*words, "--help"] if words == ["demo"] else words, tmp_path, close)
    assert done.returncode == (2 if not words else 0)
    assert b"failed" not in done.stderr
    assert not list(tmp_path.rglob("crashes"))


def _run(words: list[str], folder: Path, close: Callable[[], None]) -> "subprocess.CompletedProcess[bytes]":
    argv = [sys.executable, "-m", "loop_tui", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, preexec_fn=close, check=False)
