"""Commands that are run for a person who looks on."""

import os
from pathlib import Path

import pytest

from loop_tui.process import commands


async def test_what_prints_without_end_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truncate = os.ftruncate

    def truncated(handle: int, length: int) -> None:
        truncate(handle, length)
        (tmp_path / "go").touch()

    monkeypatch.setattr(os, "ftruncate", truncated)
    monkeypatch.setattr(commands, "_MOST_ON_DISK", 1_000_000)
    monkeypatch.setattr(commands, "_LOOK_S", 0.01)
    prints = "head -c 3000000 /dev/zero | tr '\\0' x; until [ -e go ]; do sleep 0.01; done; echo end"
    told = await commands.run_own(["sh", "-c", prints], tmp_path)
    assert told.code == 0
    assert told.output.endswith("end\n")
    assert "\0" not in told.output
