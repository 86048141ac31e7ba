"""What statistics take from a run is kept in the index: read once, forgotten with the run."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from loop_tui.control import stats
from loop_tui.control.stats import Filters, read_stats
from loop_tui.fs.homes import cache_dir
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.storage.archive import index_refresh
from loop_tui.storage.archive.listing import list_runs, reindex
from loop_tui.storage.archive.measured import newest_of_each
from loop_tui.storage.archive.query import MeasuredParts, read_measured
from tests.many_runs import write_runs
from tests.past_runs import put, worked

SKILLS = [("INIT", "release-planner", 1000)]


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that were read for statistics."""
    monkeypatch.setattr(index_refresh, "SETTLED_S", -1.0)
    names: list[str] = []

    def noted(run: ArchivedRun) -> MeasuredParts:
        names.append(Path(run.where).name)
        return read_measured(run)

    monkeypatch.setattr(stats, "read_measured", noted)
    return names


def put_some(home: Path) -> list[Path]:
    waits = [("readiness-gate", "ada", 500)]
    return [put(home, worked(SKILLS, day=day, waits=waits, tree="t", passed=day > 2)) for day in range(5)]


def test_a_run_is_read_once(tmp_path: Path, read: list[str]) -> None:
    paths = put_some(tmp_path)
    first = read_stats(tmp_path, Filters())
    assert sorted(read) == [path.name for path in paths]
    read.clear()
    assert read_stats(tmp_path, Filters()) == first
    put(tmp_path, worked(SKILLS, day=9))
    assert read_stats(tmp_path, Filters()).loops[0].runs == 6
    assert len(read) == 1


def test_what_is_removed_or_indexed_again_is_forgotten(tmp_path: Path, read: list[str]) -> None:
    paths = put_some(tmp_path)
    read_stats(tmp_path, Filters())
    paths[0].unlink()
    shutil.rmtree(paths[0].with_suffix(""))
    assert read_stats(tmp_path, Filters()).loops[0].runs == 4
    read.clear()
    paths[1].write_text(paths[1].read_text().replace('"release-planner"', '"planner"'))
    reindex(tmp_path)
    skills = [each.times.name for each in read_stats(tmp_path, Filters()).loops[0].skills]
    assert sorted(read) == [path.name for path in paths[1:]]
    assert skills == ["planner", "release-planner"]


def test_what_is_kept_and_cannot_be_read_is_read_from_the_file(tmp_path: Path, read: list[str]) -> None:
    put_some(tmp_path)
    first = read_stats(tmp_path, Filters())
    (file,) = cache_dir().glob("archive/*/runs-*.sqlite")
    with closing(sqlite3.connect(file, isolation_level=None)) as index:
        index.execute("UPDATE measures SET facts = '{\"loop\": 5}'")
    read.clear()
    assert read_stats(tmp_path, Filters()) == first
    assert len(read) == 5


def test_without_an_index_the_files_tell(tmp_path: Path, read: list[str]) -> None:
    put_some(tmp_path)
    cache_dir().mkdir(parents=True)
    (cache_dir() / "archive").write_text("a file")
    assert read_stats(tmp_path, Filters()).loops[0].runs == 5
    assert read_stats(tmp_path, Filters()).loops[0].runs == 5
    assert len(read) == 10


@pytest.mark.parametrize("filters", [Filters(), Filters(loop="infra-loop"), Filters(since="2026-06-20", system="hub")])
def test_the_newest_of_each_are_those_of_the_list(tmp_path: Path, filters: Filters) -> None:
    write_runs(tmp_path, 400, 8)
    every: dict[tuple[str, str], list[str]] = {}
    listed = list_runs(tmp_path, filters, None, most=None)
    for run in listed.runs:
        every.setdefault((run.loop, run.system), []).append(run.where)
    found = newest_of_each(tmp_path, filters, 3, None)
    assert [[run.where for run in rows] for rows in found.groups] == [wheres[:3] for wheres in every.values()]
    assert {str(each) for each in found.problems} == {str(each) for each in listed.problems}
