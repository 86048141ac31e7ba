"""What a writer leaves that was killed, and that the next one takes away."""

import os
from pathlib import Path

import pytest

from loop_tui.fs.atomic import clear_temps, write_atomic
from loop_tui.model.problem import Problem
from loop_tui.ports import RunPlace
from loop_tui.storage.archive.artifacts import RunArtifacts
from loop_tui.storage.archive.writer import MARKER, write_archive


def test_temporary_files_of_the_dead_go_and_those_of_others_stay(tmp_path: Path) -> None:
    place = tmp_path / "plan[1]-loop.md"
    write_atomic(place, b"whole")
    dead, writing, other = (tmp_path / name for name in (f".{place.name}.0a.tmp", f".{place.name}.1b.tmp", ".x.2c.tmp"))
    for path in (dead, writing, other):
        path.write_bytes(b"ha")
    os.utime(dead, (100, 100))
    os.utime(writing, (300, 300))
    os.utime(other, (100, 100))
    clear_temps(place, 200)
    assert [dead.exists(), writing.exists(), other.exists()] == [False, True, True]
    assert place.read_bytes() == b"whole"


def test_an_archive_whose_writer_died_last_thing_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "widget.json"
    body = {"meta": {"run": "r"}, "summary": {}, "state": {}}
    write_archive(path, body, {"output.log": b"x\n"}, secrets=())  # type: ignore[arg-type]
    marker, temp = path.with_suffix("") / MARKER, tmp_path / f".{path.name}.0a.tmp"
    for left in (marker, temp):
        left.write_text("r")
        os.utime(left, (100, 100))
    artifacts = RunArtifacts(RunPlace(tmp_path, tmp_path, tmp_path / "state.json", tmp_path))
    assert artifacts.archived(str(path), "another") is None
    assert marker.exists()
    proof = artifacts.archived(str(path), "r")
    assert proof is not None
    assert proof["files"] == 1
    assert not marker.exists()
    assert not temp.exists()


def test_what_cannot_be_taken_away_is_said(tmp_path: Path) -> None:
    """Not "the world does not show it": the archive is whole, and the reason is the disk."""
    path = tmp_path / "widget.json"
    write_archive(path, {"meta": {"run": "r"}, "summary": {}, "state": {}}, {}, secrets=())
    marker = path.with_suffix("") / MARKER
    (marker / "folder").mkdir(parents=True)
    artifacts = RunArtifacts(RunPlace(tmp_path, tmp_path, tmp_path / "state.json", tmp_path))
    with pytest.raises(Problem, match="cannot be written"):
        artifacts.archived(str(path), "r")
