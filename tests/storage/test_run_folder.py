"""What an archived run leaves behind, wherever the cleaning was cut short."""

import json
from pathlib import Path

import pytest

from loop_tui.fs.atomic import temp_of
from loop_tui.storage.state.run_folder import ABANDONED, FINISHED, clear, make_room
from tests.tui.runs import new_run


class CutShort(BaseException):
    """The end of the process, as far as the code knows."""


@pytest.mark.parametrize("after", range(5))
def test_a_cleaning_that_was_cut_short_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    run = new_run(tmp_path)
    run_dir = run.store.run_dir
    for name in ("output.log", "release-scope.md", "zz.md"):
        (run_dir / name).write_text("text")
    (run_dir / FINISHED).write_text(json.dumps({"run": run.state.run}))
    run.store.remove()
    real, left = Path.unlink, after

    def unlink(path: Path, missing_ok: bool = False) -> None:
        nonlocal left
        if not left:
            raise CutShort
        left -= 1
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    try:
        clear(run_dir)
    except CutShort:
        pass
    else:
        assert after >= 5, "it was never cut short: the test shows nothing"
    monkeypatch.setattr(Path, "unlink", real)
    make_room(run.store.run_dir)
    assert not (run_dir / ABANDONED).exists()
    assert sorted(p.name for p in run_dir.iterdir() if p.suffix != ".lock") == [FINISHED]


def test_what_was_never_archived_is_put_aside(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    (run.store.run_dir / "output.log").write_text("text")
    run_id = run.state.run
    run.store.remove()
    make_room(run.store.run_dir)
    assert (run.store.run_dir / ABANDONED / run_id / "output.log").read_text() == "text"


def test_a_write_that_was_cut_short_is_no_run(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run_dir = run.store.run_dir
    (run_dir / FINISHED).write_text(json.dumps({"run": run.state.run}))
    run.store.remove()
    clear(run_dir)
    temp_of(run_dir / "notified.json").write_text("{")
    make_room(run.store.run_dir)
    assert sorted(p.name for p in run_dir.iterdir() if p.suffix != ".lock") == [FINISHED]


def test_what_was_written_for_a_run_that_never_began_is_no_run(tmp_path: Path) -> None:
    """The state file could not be made: nothing happened, and nothing is kept of it."""
    run = new_run(tmp_path)
    run_dir = run.store.run_dir
    run.store.remove()
    (run_dir / "journey-log.jsonl").unlink()
    (run_dir / "output.log").write_text("1\t\terror\tthe driver stopped: the disk is full\n")
    make_room(run_dir)
    assert [p.name for p in run_dir.iterdir() if p.suffix != ".lock"] == []
