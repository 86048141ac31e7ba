"""The index of the archive: the answers are those of the files, whatever happens to it."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loop_tui.control.shipped import runs_here
from loop_tui.fs.homes import cache_dir
from loop_tui.fs.read_only_look import leaving_nothing
from loop_tui.model.problem import Problem
from loop_tui.storage.archive import index_file, index_refresh, query
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.index_file import forget_index
from loop_tui.storage.archive.index_rows import RUN_INDEX
from loop_tui.storage.archive.listing import Listed, list_runs
from loop_tui.storage.archive.query import read_runs, read_wanted
from loop_tui.storage.archive.scan import scan
from tests.archive_answers import (
    EVERYTHING,
    empty_file,
    facts,
    first_page_file,
    garbage_file,
    half_file,
    is_wanted,
    main,
    naive,
    other_version_file,
    wrong_answers,
    zeros_file,
)
from tests.many_runs import write_runs

COUNT, BAD = 2_000, 40
SOME, SOME_BAD = 200, 8


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("many")
    write_runs(home, COUNT, BAD)
    return home


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("some")
    write_runs(home, SOME, SOME_BAD)
    return home


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all that a test wrote had been written long ago."""
    monkeypatch.setattr(index_refresh, "SETTLED_S", -1.0)
    monkeypatch.setattr(index_file, "_KEPT", index_file._Kept())


def index_files() -> list[Path]:
    return sorted(cache_dir().glob("archive/*/runs-*.sqlite"))


def whole(home: Path) -> Listed:
    """Everything, with all that is missing in the index."""
    return list_runs(home, limit=None, most=None)


def put(home: Path, number: int, text: str = "", month: str = "2026-03") -> Path:
    path = home / "runs" / month / f"w-a-loop-0{number}T10-00-00.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"loop": "a-loop", "system": "w", "completed_at": f"{month}-0{number}T10:00:00Z"}
    path.write_text(text or json.dumps({"summary": told}))
    return path


def days(listed: Listed) -> str:
    return "".join(run.completed_at[9:10] for run in listed.runs)


def test_the_index_answers_as_the_files_do(many: Path) -> None:
    runs = [facts(run) for run in naive(many)]
    whole(many)
    assert wrong_answers(many, runs, 300, 11) == []
    assert index_files()


def test_the_answers_are_right_whatever_happens_to_the_index(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs", "300", "--bad", "6", "--filters", "100"]) == 0
    assert capsys.readouterr().out.count("pass") == 6


def test_runs_are_read_from_their_files(some: Path) -> None:
    whole(some)
    runs = naive(some)
    found, problems = read_runs(some, limit=100, include_state=True)
    assert found == runs[:100]
    assert {str(p) for p in problems} == {str(p) for p in scan(some / "runs", EVERYTHING, 100)[1]}
    filters = Filters(system="widget", gate="spec-gate", text="success")
    assert read_wanted(some, filters, None)[0] == [
        run.model_copy(update={"state": None}) for run in runs if is_wanted(facts(run), filters)
    ]


def test_every_bad_file_is_named(some: Path) -> None:
    expected = {str(problem) for problem in scan(some / "runs", EVERYTHING, None)[1]}
    assert {str(problem) for problem in whole(some).problems} == expected
    assert len(expected) == SOME_BAD


def test_only_what_could_be_among_the_answer_is_complained_about(many: Path) -> None:
    whole(many)
    few, all_of_them = list_runs(many, limit=10).problems, whole(many).problems
    assert 0 < len(few) < len(all_of_them)
    assert {str(p) for p in few} == {str(p) for p in scan(many / "runs", EVERYTHING, 10)[1]}


def _no_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as index:
        index.execute("DROP TABLE bad")


def _other_values(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as index:
        index.execute("UPDATE runs SET durations = '[1]', outcome = 'odd'")


@pytest.mark.parametrize(
    "harm",
    [Path.unlink, empty_file, half_file, first_page_file, garbage_file, zeros_file, other_version_file, _no_table,
     _other_values],
)  # fmt: skip
def test_an_index_that_cannot_be_used_is_made_again(some: Path, harm: Callable[[Path], None]) -> None:
    expected = whole(some)
    (file,) = index_files()
    harm(file)
    for most in (5, None, 5):  # First from the files, as there is too much to read again by the way.
        found = list_runs(some, limit=None, most=most)
        assert found.runs == expected.runs
        assert {str(p) for p in found.problems} == {str(p) for p in expected.problems}
    assert len(index_files()) == 1
    assert index_files() != [file]


def test_where_nothing_can_be_kept_the_files_answer(tmp_path: Path) -> None:
    put(tmp_path, 1)
    cache_dir().mkdir(parents=True)
    (cache_dir() / "archive").write_text("a file")
    assert days(whole(tmp_path)) == "1"
    assert len(read_runs(tmp_path)[0]) == 1


def test_no_archive_makes_no_index(tmp_path: Path) -> None:
    assert whole(tmp_path) == Listed([], [])
    assert not cache_dir().exists()


def test_what_comes_and_goes_is_seen(tmp_path: Path) -> None:
    first = put(tmp_path, 1)
    assert days(whole(tmp_path)) == "1"
    put(tmp_path, 2)
    put(tmp_path, 3, month="2026-04")
    assert days(whole(tmp_path)) == "321"
    first.unlink()
    assert days(whole(tmp_path)) == "32"
    first.parent.rename(first.parent.with_name("2026-01"))
    assert [Path(run.path).parent.name for run in whole(tmp_path).runs] == ["2026-04", "2026-01"]
    folder = tmp_path / "runs/2026-04/w-a-loop-03T10-00-00"
    folder.mkdir()
    assert whole(tmp_path).runs[0].folder == str(folder)
    folder.rmdir()
    assert whole(tmp_path).runs[0].folder == ""


def test_a_bad_file_that_is_repaired_in_place_is_listed(tmp_path: Path) -> None:
    path = put(tmp_path, 1, "{")
    assert [Path(p.where.partition(":")[0]) for p in whole(tmp_path).problems] == [path]
    put(tmp_path, 1)
    assert (days(whole(tmp_path)), whole(tmp_path).problems) == ("1", [])


def test_a_run_that_is_being_archived_is_listed_when_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "runs/2026-03/w-a-loop-01T10-00-00"
    folder.mkdir(parents=True)
    (folder / ".run").write_text("r")
    assert whole(tmp_path) == Listed([], [])
    (folder / ".run").unlink()
    assert days(whole(tmp_path)) == "1"


def test_what_was_changed_in_place_is_found_by_whoever_reads_the_run(tmp_path: Path) -> None:
    path = put(tmp_path, 1)
    put(tmp_path, 2)
    whole(tmp_path)
    path.write_text(path.read_text().replace('"w"', '"other"'))
    assert [run.system for run in read_runs(tmp_path)[0]] == ["w", "other"]
    forget_index(tmp_path / "runs")
    assert [run.system for run in whole(tmp_path).runs] == ["w", "other"]


def test_a_second_change_within_a_tick_of_the_clock_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = put(tmp_path, 1)
    whole(tmp_path)
    path.write_text(path.read_text().replace('"w"', '"other"'))
    assert [run.system for run in whole(tmp_path).runs] == ["other"], (
        "it was written moments ago: it is looked at again"
    )


def test_a_month_that_did_not_change_is_not_listed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, 1)
    whole(tmp_path)
    monkeypatch.setattr(index_refresh, "entries", None)
    assert days(whole(tmp_path)) == "1"


def test_too_much_to_read_by_the_way_is_read_from_the_files(some: Path) -> None:
    assert len(list_runs(some, limit=10, most=100).runs) == 10
    with closing(sqlite3.connect(index_files()[0])) as index:
        assert index.execute("SELECT count(*) FROM months").fetchone() == (0,)


def test_what_was_read_before_an_interruption_is_kept(some: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_refresh, "RUN_ROWS", index_refresh.RUN_ROWS._replace(together=50))
    told: list[tuple[int, int]] = []

    def stop(done: int, count: int) -> None:
        told.append((done, count))
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list_runs(some, limit=None, most=None, progress=stop)
    again: list[tuple[int, int]] = []
    found = list_runs(some, limit=None, most=None, progress=lambda done, count: again.append((done, count)))
    assert again[-1] == (SOME - told[-1][0], SOME - told[-1][0])
    assert len(found.runs) == SOME - SOME_BAD


def test_whoever_writes_to_it_keeps_nobody_waiting(tmp_path: Path) -> None:
    put(tmp_path, 1)
    whole(tmp_path)
    with closing(sqlite3.connect(index_files()[0], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        put(tmp_path, 2)
        assert days(whole(tmp_path)) == "21"
        other.execute("ROLLBACK")
    assert days(whole(tmp_path)) == "21"


def test_an_index_that_was_removed_while_it_was_open_harms_no_other(tmp_path: Path) -> None:
    put(tmp_path, 1)
    whole(tmp_path)
    (first,) = index_files()
    with closing(sqlite3.connect(first)) as other:
        assert other.execute("SELECT count(*) FROM runs").fetchone() == (1,)
        forget_index(tmp_path / "runs")
        put(tmp_path, 2)
        whole(tmp_path)
    assert index_files() != [first]
    assert days(whole(tmp_path)) == "21"


def test_many_at_once_get_right_answers(tmp_path: Path) -> None:
    write_runs(tmp_path, 150)
    expected = [run.path or run.folder for run in naive(tmp_path)]
    seen: list[list[str]] = []

    def ask() -> None:
        for _ in range(5):
            seen.append([run.where for run in whole(tmp_path).runs])

    asking = [threading.Thread(target=ask) for _ in range(4)]
    code = "import sys; from pathlib import Path; from loop_tui.storage.archive.listing import list_runs; "
    code += "print(*(run.where for run in list_runs(Path(sys.argv[1]), None, None, most=None).runs), sep='\\n')"
    argv = [sys.executable, "-c", code, str(tmp_path)]
    others = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    seen += [other.communicate()[0].splitlines() for other in others]
    assert len(seen) == 22
    assert all(answer == expected for answer in seen)


@pytest.fixture
def kept_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kept = index_file._Kept()
    monkeypatch.setattr(index_file, "_KEPT", kept)
    index_file.keep_index_open()
    yield
    kept.close(RUN_INDEX)


@pytest.mark.usefixtures("kept_open")
def test_an_index_that_is_kept_open_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, 1)
    assert days(whole(tmp_path)) == "1"
    with monkeypatch.context() as patch:
        patch.setattr(index_file, "_opened", None)
        put(tmp_path, 2)
        assert days(whole(tmp_path)) == "21"
    forget_index(tmp_path / "runs")
    put(tmp_path, 3)
    assert days(whole(tmp_path)) == "321"
    (file,) = index_files()
    with closing(sqlite3.connect(file)) as index:
        assert index.execute("SELECT count(*) FROM runs").fetchone() == (3,), "the one that was removed is left alone"


@pytest.mark.usefixtures("kept_open")
@pytest.mark.parametrize("harm", [Path.unlink, empty_file, half_file, garbage_file, _other_values])
def test_one_that_is_kept_open_and_harmed_does_no_harm(some: Path, harm: Callable[[Path], None]) -> None:
    expected = whole(some)
    harm(index_files()[0])
    for _ in range(2):
        assert whole(some).runs == expected.runs


@pytest.mark.usefixtures("kept_open")
def test_who_comes_while_it_is_asked_opens_another(tmp_path: Path) -> None:
    write_runs(tmp_path, 60)
    expected = [run.path or run.folder for run in naive(tmp_path)]
    seen: list[list[str]] = []

    def ask() -> None:
        for _ in range(5):
            seen.append([run.where for run in whole(tmp_path).runs])

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(seen) == 20
    assert all(answer == expected for answer in seen)


def test_who_cannot_wait_reads_the_files_until_there_is_an_index(some: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "FEW", 100)
    expected = runs_here(some, "audit-loop", "widget")
    assert expected
    with closing(sqlite3.connect(index_files()[0])) as index:
        assert index.execute("SELECT count(*) FROM runs").fetchone() == (0,), "more is missing than is read by the way"
    whole(some)
    monkeypatch.setattr(query, "scan", None)
    assert runs_here(some, "audit-loop", "widget") == expected


def test_names_and_words_that_are_no_text(tmp_path: Path) -> None:
    path = put(tmp_path, 1)
    odd = path.with_name(os.fsdecode(b"odd\xff.json"))
    path.rename(odd)
    assert [run.path for run in whole(tmp_path).runs] == [str(odd)]
    assert list_runs(tmp_path, Filters(text=os.fsdecode(b"\xff"))).runs == []


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not a date"):
        list_runs(tmp_path, Filters(since="soon"))


def test_what_only_looks_makes_no_index(some: Path, world: object) -> None:
    forget_index(some / "runs")
    with leaving_nothing():
        looked = whole(some)
    assert index_files() == []
    assert [run.where for run in looked.runs] == [run.where for run in whole(some).runs]
    assert len(index_files()) == 1


def test_an_archive_behind_a_link_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "elsewhere", 1)
    put(tmp_path / "elsewhere", 2, "{")
    (tmp_path / "runs").symlink_to(tmp_path / "elsewhere/runs")
    assert days(whole(tmp_path)) == "1"
    monkeypatch.setattr(index_refresh, "entries", None)
    assert days(whole(tmp_path)) == "1"
