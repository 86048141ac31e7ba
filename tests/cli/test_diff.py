"""`loop-tui diff`: what a skill changed, of a run that goes on and of one that is archived."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.homes import claude_home
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive
from tests.in_process import told
from tests.tui.runs import Run, new_run
from tests.tui.test_viewer_diff import committing


def diff(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return told("diff", *words, folder=folder)


def put_away(run: Run) -> Path:
    """Archive a run as it stands."""
    moment = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)
    body = build_body(run.state, json.loads(run.store.path.read_text()), archived_at=moment)
    path = archive_path(claude_home(), "widget-gauge", run.definition.id, moment)
    write_archive(path, body, {})
    run.store.remove()
    return path


def test_it_shows_the_commit_cleaned(tmp_path: Path) -> None:
    committing(tmp_path / "p")
    done = diff(tmp_path / "p", "git-workflow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("its commit ")
    assert "new           new [b].txt" in done.stdout
    assert "+[/red] hello" in done.stdout
    assert "+[masked]" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_archived_run_is_named_by_number_id_or_path(tmp_path: Path) -> None:
    run = committing(tmp_path / "p")
    path = put_away(run)
    shown = [diff(tmp_path / "p", "git-workflow", "--run", which).stdout for which in ("1", "run-1", str(path))]
    assert shown[0].startswith("its commit ")
    assert shown[0] == shown[1] == shown[2]
    assert "no run of distribution-loop here" in diff(tmp_path / "p", "git-workflow").stderr


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    new_run(tmp_path)
    for words, said in (
        (("nope",), "no such skill: nope (skills: release-planner"),
        (("git-workflow", "--run", "7"), "no run number 7"),
    ):
        done = diff(tmp_path, *words)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    assert "has not run yet" in diff(tmp_path, "git-workflow").stdout
