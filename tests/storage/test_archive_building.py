"""An index is built by one process at a time, whoever asks first."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from loop_tui.storage.archive import index_refresh
from loop_tui.storage.archive.index_building import IndexSizes, building, index_sizes
from loop_tui.storage.archive.index_file import index_folder
from loop_tui.storage.archive.listing import list_runs
from tests.many_runs import write_runs

COUNT = 120


@pytest.fixture(autouse=True)
def few_are_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_refresh, "MUCH", 10)
    monkeypatch.setattr(index_refresh, "SETTLED_S", -1.0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_runs(tmp_path / "home", COUNT)
    return tmp_path / "home"


def test_sizes_tell_what_is_missing(home: Path) -> None:
    assert index_sizes(home) == IndexSizes(0, COUNT)
    list_runs(home, most=None)
    assert index_sizes(home) == IndexSizes(COUNT, 0)
    assert index_sizes(home / "none") == IndexSizes(0, 0)


def test_who_asks_first_at_the_same_time_reads_each_entry_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    rows = index_refresh.RUN_ROWS

    def counted(some: object) -> object:
        read.extend(str(entry.path) for entry in some)  # type: ignore[attr-defined]
        return rows.read(some)  # type: ignore[arg-type]

    monkeypatch.setattr(index_refresh, "RUN_ROWS", rows._replace(read=counted))
    found: list[int] = []
    asking = [
        threading.Thread(target=lambda: found.append(len(list_runs(home, None, None, most=None).runs)))
        for _ in range(4)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert found == [COUNT] * 4
    assert sorted(read) == sorted(set(read))


def test_who_does_not_wait_reads_the_files_meanwhile(home: Path) -> None:
    index_sizes(home)
    with building(index_folder(home / "runs"), "runs", lambda: None):
        assert len(list_runs(home, limit=10, most=20).runs) == 10


def test_who_waits_hears_how_far_it_is_and_may_stop(home: Path) -> None:
    index_sizes(home)
    told: list[tuple[int, int]] = []

    def stop(done: int, count: int) -> None:
        told.append((done, count))
        raise InterruptedError

    with building(index_folder(home / "runs"), "runs", lambda: None), pytest.raises(InterruptedError):
        list_runs(home, most=None, progress=stop)
    assert told == [(0, COUNT)]


def test_the_lock_of_a_process_that_was_killed_is_free(home: Path) -> None:
    index_sizes(home)
    code = "import sys; from pathlib import Path; from loop_tui.storage.archive.index_building import building\n"
    code += "with building(Path(sys.argv[1]), 'runs', lambda: None): print('held', flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", code, str(index_folder(home / "runs"))]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
    assert len(list_runs(home, None, None, most=None).runs) == COUNT
