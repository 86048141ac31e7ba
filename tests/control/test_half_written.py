"""A screen that opens in the moment that somebody writes the state file alarms nobody."""

import threading
from pathlib import Path

from loop_tui.control.run_reader import RunReader
from tests.tui.runs import DISTRIBUTION, new_run


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
