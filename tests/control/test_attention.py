"""What a run needs, in words (docs/words.md)."""

from pathlib import Path

from loop_tui.control.attention import attention_of
from loop_tui.control.run_reader import RunReader
from loop_tui.storage.state.leases import acquire
from tests.tui.runs import DISTRIBUTION, new_run


def test_a_driver_between_two_skills_is_running(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    held = acquire(run.store.run_dir, "driver")
    reader = RunReader(tmp_path, DISTRIBUTION)
    reader.open()
    assert attention_of(reader.look()).headline == "running"
    held.release()  # type: ignore[union-attr]
