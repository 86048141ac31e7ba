"""Many runs: the board is right at the end, whatever happens to folders and files."""

import asyncio
import json
import os
import random
import shutil
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from loop_tui.control.board import Board, Picture
from loop_tui.control.board_file import BoardFile
from loop_tui.control.board_row import (
    BLOCKED,
    DONE,
    ELSEWHERE,
    FAILED,
    NEEDS_YOU,
    QUIET,
    RUNNING,
    STOPPED,
    RunRow,
    ordered,
)
from loop_tui.control.done_today import done_today
from loop_tui.control.folder import loop_of
from loop_tui.storage.definitions.catalog import find
from tests.tui.past import archive
from tests.tui.runs import NOW, asking, human_gate, new_run, red_gate
from tests.tui.scenes import blocked, running

V1 = {"loop": "distribution-loop", "version": "1.0.0", "phase": "INIT", "status": "active"}
ORCHESTRATOR = {
    "id": "exec-1",
    "loopId": "engineering-loop",
    "status": "running",
    "currentPhase": "BUILD",
    "phases": [],
}


def groups(picture: Picture) -> dict[str, str]:
    return {row.project.name: row.group for row in picture.rows}


async def until(board: Board, wanted: Callable[[Picture], bool], during: Callable[[], object]) -> Picture:
    """The first picture that is as wanted, after something happened to the watched board."""
    stop = asyncio.Event()
    done = False
    async with asyncio.timeout(30), aclosing(board.pictures(stop)) as pictures:
        async for picture in pictures:
            if not done:
                done = True
                await asyncio.to_thread(during)
                if wanted(board.picture()):
                    return board.picture()
                continue
            if wanted(picture):
                return picture
    raise AssertionError("the board ended")


def test_every_run_stands_where_it_belongs(tmp_path: Path) -> None:
    human_gate(tmp_path / "gate")
    red_gate(tmp_path / "red")
    asking(tmp_path / "asks")
    blocked(tmp_path / "stuck")
    running(tmp_path / "live")
    new_run(tmp_path / "idle")
    picture = Board([tmp_path], None).look()
    assert groups(picture) == {
        "gate": NEEDS_YOU,
        "red": FAILED,
        "asks": NEEDS_YOU,
        "stuck": BLOCKED,
        "live": RUNNING,
        "idle": STOPPED,
    }
    assert [row.group for row in ordered(picture.rows)] == [NEEDS_YOU, NEEDS_YOU, FAILED, BLOCKED, RUNNING, STOPPED]


def test_the_filter_takes_every_word_from_anywhere_in_the_row(tmp_path: Path) -> None:
    human_gate(tmp_path / "alpha")
    new_run(tmp_path / "beta")
    rows = Board([tmp_path], None).look().rows
    assert [row.project.name for row in ordered(rows, "ALPHA infra")] == ["alpha"]
    assert ordered(rows, "alpha distribution") == []


def test_files_of_the_server_are_listed_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o/state.json").write_text(json.dumps(ORCHESTRATOR))
    (tmp_path / "n").mkdir()
    (tmp_path / "n/app-state.json").write_text('{"theme": "dark"}')
    rows = Board([tmp_path], None).look().rows
    assert [(row.dialect, row.opens) for row in rows] == [("execution", True)]


def test_a_file_with_the_name_of_a_known_loop_is_listed_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "distribution-state.json").write_text("[]")
    (row,) = Board([tmp_path], None).look().rows
    assert row.headline.startswith("distribution-state.json is not a loop state")
    assert (row.group, row.opens) == (QUIET, True), "it is no run of ours"


def test_a_run_of_an_unknown_loop_that_nobody_drives_is_not_called_running(tmp_path: Path) -> None:
    (tmp_path / "audit-state.json").write_text(json.dumps({**V1, "loop": "audit-loop", "phases": {}}))
    (row,) = Board([tmp_path], None).look().rows
    assert row.group == ELSEWHERE
    os.utime(row.path, (1, 1))
    (row,) = Board([tmp_path], None).look().rows
    assert row.group == QUIET


async def test_a_folder_that_appears_is_seen_with_what_is_in_it(tmp_path: Path) -> None:
    def appear() -> None:
        new_run(tmp_path / "made" / "later")

    found = await until(Board([tmp_path], None), lambda p: "later" in groups(p), appear)
    assert groups(found) == {"later": STOPPED}


async def test_an_empty_folder_is_looked_into_once_and_nothing_is_read_again_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = new_run(tmp_path / "old").store.path
    (tmp_path / "empty").mkdir()
    read: list[Path] = []
    real = BoardFile.read

    def reading(file: BoardFile) -> RunRow:
        read.append(file.path)
        return real(file)

    monkeypatch.setattr(BoardFile, "read", reading)

    def appear() -> None:
        (tmp_path / "nothing").mkdir()
        new_run(tmp_path / "later")

    await until(Board([tmp_path], None), lambda p: set(groups(p)) == {"old", "later"}, appear)
    assert read.count(old) == 1


async def test_a_folder_that_goes_or_gets_another_name_takes_its_run_along(tmp_path: Path) -> None:
    new_run(tmp_path / "old")
    new_run(tmp_path / "gone")

    def move() -> None:
        (tmp_path / "old").rename(tmp_path / "new")
        shutil.rmtree(tmp_path / "gone")

    await until(Board([tmp_path], None), lambda p: set(groups(p)) == {"new"}, move)


async def test_half_a_file_is_said_until_it_is_whole(tmp_path: Path) -> None:
    run = new_run(tmp_path / "p")
    whole = run.store.path.read_text()
    board = Board([tmp_path], None)
    found = await until(board, lambda p: groups(p) == {"p": NEEDS_YOU}, lambda: run.store.path.write_text(whole[:80]))
    assert found.rows[0].trouble
    assert found.rows[0].name == "widget-gauge", "what was known stays"
    await until(board, lambda p: groups(p) == {"p": STOPPED}, lambda: run.store.path.write_text(whole))


async def test_a_driver_that_comes_is_seen_by_its_lease(tmp_path: Path) -> None:
    run = new_run(tmp_path / "p")
    from tests.tui.scenes import driven

    await until(Board([tmp_path], None), lambda p: groups(p) == {"p": RUNNING}, lambda: driven(run))


def test_folders_that_may_not_be_looked_at_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As below `/proc`, which is met by whoever watches `/`: pathlib raises where `os.path` says no."""
    real = os.stat

    def stat(path: object, *args: object, **named: object) -> os.stat_result:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **named)  # type: ignore[call-overload, no-any-return]

    board = Board([tmp_path], None)
    board._folders()
    monkeypatch.setattr(os, "stat", stat)
    closed = frozenset({tmp_path / "closed", tmp_path / "closed" / "infra-state.json"})
    assert not board._take(closed)
    assert board.picture().rows == ()
    assert loop_of(tmp_path / "closed") == "distribution-loop"
    assert find(tmp_path / "closed", "infra-loop").origin == "builtin"


async def test_a_thousand_runs_with_changes_all_the_time_are_right_at_the_end(tmp_path: Path) -> None:
    chance = random.Random(7)
    model = new_run(tmp_path / "model").store.path.read_text()
    paths = [tmp_path / f"g{n % 10}" / f"p{n}" / "distribution-state.json" for n in range(1000)]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_text(model)
    shutil.rmtree(tmp_path / "model")
    wanted: dict[Path, str | None] = dict.fromkeys(paths, "widget-gauge")

    def replace(path: Path, text: str) -> None:
        fresh = path.with_name(".fresh")
        fresh.write_text(text)
        fresh.replace(path)

    def change() -> None:
        for number in range(600):
            path = chance.choice(paths)
            what = chance.randrange(5)
            path.parent.mkdir(parents=True, exist_ok=True)
            if what == 0:
                shutil.rmtree(path.parent)
                wanted[path] = None
                continue
            text = model.replace("widget-gauge", f"system-{number}")
            if what == 1:
                path.write_text(text[:50])
                path.write_text(text)
            else:
                replace(path, text)
            wanted[path] = f"system-{number}"

    def right(picture: Picture) -> bool:
        names: dict[Path, RunRow] = {row.path: row for row in picture.rows}
        return {p: r.name for p, r in names.items() if not r.trouble} == {p: n for p, n in wanted.items() if n}

    await until(Board([tmp_path], None), right, change)


@pytest.mark.parametrize("text", ["[]", "\0", '{"loop": 7}', "", '{"loop": "distribution-loop", "phase": {}}'])
def test_garbage_is_one_row_or_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "distribution-state.json").write_text(text)
    rows = Board([tmp_path], None).look().rows
    assert all(row.trouble for row in rows)


def test_what_ended_today_stands_last_and_what_ended_before_does_not(tmp_path: Path) -> None:
    new_run(tmp_path / "runs/one")
    archive(tmp_path / "runs/old", day=1, system="old-system")
    archive(tmp_path / "elsewhere", day=2, system="not-below")
    path = archive(tmp_path / "runs/new", day=2, system="new-system")
    (row,) = [row for row in Board([tmp_path / "runs"], None, lambda: NOW).look().rows if row.archived]
    assert (row.name, row.group, row.path) == ("new-system", DONE, path)
    assert row.headline.startswith("done")


async def test_a_run_that_is_archived_moves_to_done_today(tmp_path: Path) -> None:
    project = tmp_path / "runs/p"
    new_run(project)

    def end() -> None:
        (project / "distribution-state.json").unlink()
        archive(project, day=2)

    def right(picture: Picture) -> bool:
        return [(row.group, row.archived) for row in picture.rows] == [(DONE, True)]

    await until(Board([tmp_path / "runs"], None, lambda: NOW), right, end)


def test_what_ended_today_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path, day=2)
    monkeypatch.setattr("loop_tui.storage.archive.index_refresh.SETTLED_S", -1.0)
    first = done_today(NOW, [tmp_path])
    assert len(first) == 1
    monkeypatch.setattr("loop_tui.storage.archive.scan.load", None)
    assert done_today(NOW, [tmp_path]) == first


def test_what_ended_today_elsewhere_is_not_listed(tmp_path: Path) -> None:
    archive(tmp_path / "runs/p", day=2)
    archive(tmp_path / "runs-too/p", day=2)
    assert [row.project for row in done_today(NOW, [tmp_path / "runs"])] == [tmp_path / "runs/p"]
