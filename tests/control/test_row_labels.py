"""Rows whose names look alike are told apart; those of projects without a run."""

from pathlib import Path

import pytest

from loop_tui.control.board_row import RunRow, gone_from
from loop_tui.control.projects import without_run
from loop_tui.control.row_labels import told_apart


def row(folder: str, name: str = "widget", loop: str = "infra-loop", **more: object) -> RunRow:
    fields: dict[str, object] = {"path": Path(folder) / f"{loop}.json", "project": Path(folder), "opens": True, **more}
    return RunRow(name=name, loop=loop, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("/a/x"), row("/a/y", "gauge")], ["", ""]),
        ([row("/a/x"), row("/a/y")], ["x", "y"]),
        ([row("/a/w"), row("/b/w"), row("/b/v")], ["a/w", "b/w", "v"]),
        ([row("/a/1/2/w"), row("/b/1/2/w")], ["a/…/w", "b/…/w"]),
        ([row("/a/w"), row("/a/w", loop="ship-loop")], ["infra", "ship"]),
        ([row("/a/x"), row("/a/y", "wіdget")], ["x", "y"]),
        ([row("/a/x"), row("/a/y", "wid\u200bget")], ["x", "y"]),
        ([row("/a/x"), row("/a/y", "WIDGET")], ["x", "y"]),
        ([row("/a/x"), row("/a/х")], ["x", "х #2"]),
        ([row(f"/a/{'long' * 9}1"), row(f"/a/{'long' * 9}2")], ["longlonglo…", "longlonglo… #2"]),
    ],
)
def test_what_looks_alike_is_told_apart(rows: list[RunRow], said: list[str]) -> None:
    found = told_apart(rows)
    assert [found.get(each.path, "") for each in rows] == said


def test_a_run_that_was_archived_is_not_gone() -> None:
    here, ended, lost = row("/a/x", run="1"), row("/a/y", run="2"), row("/a/z", run="3")
    over = row("/archive/y", run="2", archived=True)
    assert gone_from([here, ended, lost], [here, over]) == [lost]


def test_projects_without_a_run_are_found_and_nothing_inside_of_one(tmp_path: Path) -> None:
    for name in ("a/package.json", "a/packages/inner/package.json", "b/c/pyproject.toml", "d/notes.txt", "e/go.mod"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "e/infra-state.json").touch()
    (tmp_path / "e/sub").mkdir()
    (tmp_path / "e/sub/go.mod").touch()
    found = without_run([tmp_path], None, frozenset())
    assert [each.project.relative_to(tmp_path).as_posix() for each in found] == ["a", "b/c"]
    assert not without_run([tmp_path], None, {tmp_path / "a", tmp_path / "b/c"})
