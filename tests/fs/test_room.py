"""Whether a folder can be written, by looking alone: one rule for the archive, the run folder and the home."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from loop_tui.fs import room
from loop_tui.fs.room import NoRoom, no_room
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.targets.kinds import commands_sync


def disk(monkeypatch: pytest.MonkeyPatch, *, free: int = 10**9, flags: int = 0, blocks: int = 10**9) -> None:
    """Let every disk be like that; sizes in bytes."""
    found = SimpleNamespace(f_flag=flags, f_bfree=free, f_bavail=free, f_frsize=1, f_blocks=blocks)
    monkeypatch.setattr(room.os, "statvfs", lambda path: found)


def test_a_folder_that_is_there_or_can_be_made_has_room(tmp_path: Path) -> None:
    assert no_room(tmp_path) is None
    assert no_room(tmp_path / "a/b/c") is None
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("way", ["file", "link to nothing", "loop of links"])
@pytest.mark.parametrize("below", ["", "2026-11"])
def test_what_is_in_the_way_is_named(tmp_path: Path, way: str, below: str) -> None:
    place = tmp_path / "runs"
    if way == "file":
        place.write_text("")
    else:
        place.symlink_to("runs" if "loop" in way else "nowhere")
    assert no_room(place / below) == NoRoom(place, "it is not a folder")


def test_a_link_to_a_folder_is_one(tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(tmp_path)
    assert no_room(tmp_path / "runs/2026-11") is None


def test_read_only_forbidden_and_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk(monkeypatch, flags=os.ST_RDONLY)
    assert no_room(tmp_path) == NoRoom(tmp_path, "the file system is read-only")
    disk(monkeypatch, free=100)
    assert no_room(tmp_path / "new") == NoRoom(tmp_path, "the disk is full", Code.DISK_FULL)
    assert no_room(tmp_path, 100) is None
    disk(monkeypatch, free=0, blocks=0)
    assert no_room(tmp_path) is None, "such a file system counts nothing"
    monkeypatch.setattr(room.os, "access", lambda path, mode: False)
    assert no_room(tmp_path) == NoRoom(tmp_path, "no permission to write there")


def test_a_full_disk_is_known_to_all_who_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p/commands").mkdir(parents=True)
    (tmp_path / "p/commands/a-loop.md").write_text("a\n")
    disk(monkeypatch, free=100)
    assert commands_sync.blocked(tmp_path / "p", tmp_path / "home") == f"{tmp_path}: the disk is full"
