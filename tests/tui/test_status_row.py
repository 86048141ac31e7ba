"""The status row: that a run is not running, what continues it, and one number for one time (SCREEN "Words")."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.__main__ import main
from loop_tui.control.archived import ended_of
from loop_tui.control.snapshot import Running, Snapshot
from loop_tui.engine import changes
from loop_tui.model.clock import stamp
from loop_tui.tui.cockpit.bars import clock_of, status_text
from loop_tui.tui.cockpit.panel_shipped import shipped_fields
from loop_tui.tui.widgets.words import lines_of

from .past import archive
from .runs import NOW, STARTED, Run, Screen, asking, new_run, on_screen, red_gate, through_init

HUGE = (200, 60)


def stopped(project: Path) -> Run:
    run = new_run(project)
    through_init(run)
    return run


def nothing(project: Path) -> None:
    """No run at all."""


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nothing, "not running: space starts"),
        (stopped, "not running: space resumes"),
        (red_gate, "not running: space retries"),
        (asking, "not running  worked"),
    ],
)
async def test_what_is_not_running_names_the_key_that_continues_it(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path)  # type: ignore[operator]

    async def use(screen: Screen) -> None:
        row = screen.text().split("\n")[0]
        assert words.partition("  ")[0] in row
        assert ("space" in row) == ("space" in words), "an answer is given with another key"

    await on_screen(use, tmp_path, size=HUGE)


@pytest.mark.parametrize(
    ("make", "words"),
    [(stopped, "\nnot running: `loop-tui go` continues it\n"), (asking, "\nnot running\n")],
)
def test_the_command_line_says_it_in_the_same_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: object, words: str
) -> None:
    make(tmp_path)  # type: ignore[operator]
    assert main(("status", "--project", str(tmp_path))) == 0
    assert words in capsys.readouterr().out


def test_a_run_that_is_over_worked_as_long_in_the_row_as_in_the_panel(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)
    run.tell(changes.skill_completed("VERIFY", "code-verification", duration_ms=4150))
    state = run.state
    run.store.remove()
    archive(tmp_path, build_ms=2345)
    ended = ended_of(state, run.definition)
    assert ended.shipped is not None
    said = lines_of(*shipped_fields(ended.shipped)).plain
    snapshot = Snapshot(project=tmp_path, loop=run.definition.id, opened=True, definition=run.definition, ended=ended)
    worked = clock_of(snapshot, NOW)[0]
    assert worked == "7.3s"
    assert f"worked    {worked}" in said
    assert f"worked {worked}" in status_text(snapshot, NOW, 120).plain


def test_only_what_runs_is_counted_in_whole_seconds(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    through_init(run)
    still = Snapshot(project=tmp_path, loop=run.definition.id, opened=True, definition=run.definition, state=run.state)
    assert clock_of(still, NOW)[0] == "3.4s"
    at_work = replace(still, running=Running("VERIFY", "code-verification", stamp(STARTED)))
    assert clock_of(at_work, STARTED + timedelta(milliseconds=1300))[0] == "4.0s"
