"""Finding state files below folders: near and far, and not where nobody keeps any."""

import os
from pathlib import Path

import pytest

from loop_tui.fs.demo import MARKER, READY, is_made_here, make_home, mark_demo
from loop_tui.storage.discover import Finder


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    return path


def test_it_finds_them_down_to_its_depth(tmp_path: Path) -> None:
    wanted = {put(tmp_path / "a-state.json"), put(tmp_path / "one/two/distribution-state.json")}
    put(tmp_path / "one/two/three/far-state.json")
    finder = Finder((tmp_path,), depth=2)
    finder()
    assert finder.files == wanted


@pytest.mark.parametrize("folder", ["node_modules/p", ".git", ".loop/x", "venv/lib", "dist", "a/node_modules"])
def test_it_neither_reads_nor_watches_what_was_installed_or_built(tmp_path: Path, folder: str) -> None:
    put(tmp_path / folder / "distribution-state.json")
    finder = Finder((tmp_path,))
    watched = finder()
    assert not finder.files
    assert not [path for path in watched if (tmp_path / folder) in (path, *path.parents)]
    assert not finder.looks_into(tmp_path / folder)


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "real/distribution-state.json")
    (tmp_path / "real/around").symlink_to(tmp_path)
    finder = Finder((tmp_path,), depth=9)
    finder()
    assert finder.files == {tmp_path / "real/distribution-state.json"}


def test_folders_without_folders_and_without_a_file_cost_no_watch(tmp_path: Path) -> None:
    put(tmp_path / "w/project/distribution-state.json")
    for name in ("src", "docs", "tests"):
        (tmp_path / "w/project" / name).mkdir()
    assert Finder((tmp_path / "w",))() == {tmp_path / "w", tmp_path / "w/project"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "shut/distribution-state.json").parent.chmod(0)
    finder = Finder((tmp_path,))
    finder()
    assert not finder.files
    (tmp_path / "shut").chmod(0o700)


def test_a_folder_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    finder = Finder((tmp_path / "nowhere",))
    assert finder() == {tmp_path / "nowhere"}
    assert not finder.files


def test_a_look_that_is_cut_off_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop_tui.storage.discover.MOST_FOLDERS", 3)
    for name in "abcdef":
        (tmp_path / name).mkdir()
    finder = Finder((tmp_path,))
    finder()
    assert finder.full


def test_a_demo_below_is_left_out_and_a_root_or_the_marker_of_somebody_else_is_not(tmp_path: Path) -> None:
    made, brought = tmp_path / "made", tmp_path / "brought"
    own, other = put(made / "one-state.json"), put(brought / "two-state.json")
    make_home(made)
    (made / MARKER).write_text(mark_demo(made, "widget", READY))
    (brought / MARKER).symlink_to("nowhere")
    assert is_made_here(made)
    for roots, wanted in (
        ((tmp_path,), {other}),
        ((made,), {own}),
        ((brought,), {other}),
        ((tmp_path, made), {own, other}),
    ):
        finder = Finder(roots)
        finder()
        assert finder.files == wanted
