"""`loop-tui watch` without a terminal."""

import json
import subprocess
from pathlib import Path

from loop_tui.storage.user.settings_file import set_value
from tests.control.elsewhere import infra_file
from tests.in_process import told
from tests.tui.runs import human_gate, new_run


def watch(*words: str) -> subprocess.CompletedProcess[str]:
    return told("watch", *words)


def test_it_lists_what_needs_you_first(tmp_path: Path) -> None:
    new_run(tmp_path / "a")
    human_gate(tmp_path / "b")
    done = watch(str(tmp_path))
    rows = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert rows[1].startswith("needs you")
    assert "infra-gate waits for you" in rows[1]
    assert rows[2].startswith("stopped")


def test_as_json_it_has_the_paths(tmp_path: Path) -> None:
    run = new_run(tmp_path / "a")
    told = json.loads(watch(str(tmp_path), "--json").stdout)
    assert told["complete"] is True
    assert [(row["path"], row["group"]) for row in told["runs"]] == [(str(run.store.path), "stopped")]
    assert [(row["word"], row["by"], row["ours"]) for row in told["runs"]] == [("stopped", "", True)]


def test_a_run_elsewhere_is_told_with_its_word_and_whose_it_is(tmp_path: Path) -> None:
    infra_file(tmp_path / "a", written=1_000_000_000)
    (row,) = json.loads(watch(str(tmp_path), "--json").stdout)["runs"]
    assert (row["group"], row["ours"]) == ("quiet", False)
    assert row["word"].startswith("quiet since 2001-09-")
    told = watch(str(tmp_path), "--once").stdout.splitlines()[-1]
    assert told.startswith("quiet since 2001-09-")
    assert "elsewhere" in told


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = watch(str(tmp_path / "no"))
    assert done.returncode == 2
    assert "no such folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_folder_it_looks_into_the_workspaces(tmp_path: Path) -> None:
    human_gate(tmp_path / "w/b")
    set_value("workspaces", [str(tmp_path / "w")])
    assert "infra-gate waits for you" in watch().stdout
