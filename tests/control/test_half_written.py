"""A screen that opens in the moment that somebody writes the state file alarms nobody."""

import os
import threading
import time
from pathlib import Path

import pytest

from loop_tui.control.board_row import NEEDS_YOU, STOPPED
from loop_tui.control.board_rows import BoardRows
from loop_tui.control.run_reader import RunReader
from tests.tui.runs import DISTRIBUTION, NOW, new_run


def test_a_file_that_becomes_whole_is_no_trouble_at_the_first_look(tmp_path: Path) -> None:
    path = new_run(tmp_path).store.path
    whole = path.read_text()
    path.write_text(whole[:100])
    threading.Timer(0.2, lambda: path.write_text(whole)).start()
    reader = RunReader(tmp_path, DISTRIBUTION)
    reader.open()
    shot = reader.look()
    assert shot.trouble is None
    assert shot.state is not None


def test_a_file_that_stays_half_is_trouble_at_the_first_look(tmp_path: Path) -> None:
    path = new_run(tmp_path).store.path
    path.write_text("{")
    reader = RunReader(tmp_path, DISTRIBUTION)
    reader.open()
    assert reader.look().trouble is not None


def test_the_list_keeps_what_it_knows_for_as_long_as_somebody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_run(tmp_path).store.path
    whole, here = path.read_text(), time.monotonic()
    rows = BoardRows(lambda: NOW)
    rows.read(path)

    def seen(passed_s: float, age_s: float) -> str:
        monkeypatch.setattr("loop_tui.control.board_rows.time.monotonic", lambda: here + passed_s)
        written = time.time() - age_s
        os.utime(path, (written, written))
        rows.read(path)
        return rows.rows[0].group

    path.write_text(whole[:100])
    assert [seen(passed_s, 0.5) for passed_s in (0, 1, 3, 5, 9)] == [STOPPED] * 5
    assert rows.due_s() is not None, "it is looked at again though nobody writes"
    assert seen(11, 2.5) == NEEDS_YOU, "nobody writes it any more"
    path.write_text(whole)
    assert seen(12, 0) == STOPPED
    path.write_text(whole[:100])
    assert [seen(20, 0), seen(40, 0)] == [STOPPED, NEEDS_YOU], "nobody writes for ever"
