"""One driver a run: the lock decides, the lease says who."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loop_tui.model.lease import LeaseRecord
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.state import leases
from loop_tui.storage.state.leases import (
    LEASE_NAME,
    LOCK_NAME,
    Held,
    acquire,
    current,
    doubtful,
    process_started,
    read_lease,
)

# Waits for a line, tries to drive, says what came of it, and drives until its input ends.
DRIVER = textwrap.dedent("""
    import subprocess, sys
    from pathlib import Path
    from loop_tui.storage.state.leases import Held, acquire
    sys.stdin.readline()
    found = acquire(Path(sys.argv[1]), sys.argv[2])
    if isinstance(found, Held):
        child = 0
        if "child" in sys.argv:
            null = subprocess.DEVNULL
            child = subprocess.Popen(["sleep", "600"], close_fds=False, stdin=null, stdout=null, stderr=null).pid
        print("held", found.record.token, child, flush=True)
        sys.stdin.read()
        if "crash" not in sys.argv:
            found.release()
    else:
        print("other", found.token, found.name, flush=True)
""")


class Driver:
    """A driver in a process of its own."""

    def __init__(self, run_dir: Path, name: str, *options: str) -> None:
        argv = [sys.executable, "-c", DRIVER, str(run_dir), name, *options]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def said(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def end(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def drivers(run_dir: Path) -> Iterator[list[Driver]]:
    started: list[Driver] = []
    yield started
    for driver in started:
        driver.kill()


def start(drivers: list[Driver], run_dir: Path, name: str, *options: str) -> Driver:
    driver = Driver(run_dir, name, *options)
    drivers.append(driver)
    return driver


def test_taking_beating_and_releasing(run_dir: Path) -> None:
    clock = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    held = acquire(run_dir, "me", lambda: clock)
    assert isinstance(held, Held)
    assert held.previous is None
    assert (held.record.pid, held.record.name, held.record.since) == (os.getpid(), "me", "2026-01-02T03:04:05.000Z")
    assert held.record.heartbeat == clock.timestamp()
    assert current(run_dir) == held.record
    clock += timedelta(seconds=5)
    held.beat()
    assert held.record.heartbeat == clock.timestamp()
    assert read_lease(run_dir / LEASE_NAME) == held.record
    held.release()
    held.release()
    held.beat()
    assert current(run_dir) is None
    assert not (run_dir / LEASE_NAME).exists()


def test_a_disk_that_refuses_once_does_not_keep_the_lease(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = acquire(run_dir, "ann")
    assert isinstance(held, Held)
    unlink, refused = Path.unlink, list[Path]()

    def once(path: Path, missing_ok: bool = False) -> None:
        if not refused:
            refused.append(path)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", once)
    held.release()
    assert [path.name for path in refused] == ["lease.json"]
    assert not refused[0].exists()


def test_nobody_drives_where_nothing_is(tmp_path: Path) -> None:
    assert current(tmp_path / "gone") is None
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem):
        acquire(tmp_path / "file", "me")


def test_the_second_of_one_process_is_refused_too(run_dir: Path) -> None:
    held = acquire(run_dir, "one")
    assert isinstance(held, Held)
    assert acquire(run_dir, "two") == held.record
    held.release()
    again = acquire(run_dir, "two")
    assert isinstance(again, Held)
    again.release()


def test_of_many_at_once_exactly_one_drives(run_dir: Path, drivers: list[Driver]) -> None:
    for round_ in range(2):
        crowd = [start(drivers, run_dir, f"d{n}") for n in range(6)]
        for driver in crowd:
            driver.go()
        said = [driver.said() for driver in crowd]
        held = [words for words in said if words[0] == "held"]
        assert len(held) == 1, (round_, said)
        assert {words[1] for words in said} == {held[0][1]}
        for driver in crowd:
            driver.end()
        assert current(run_dir) is None


def test_a_killed_driver_is_followed_at_once(run_dir: Path, drivers: list[Driver]) -> None:
    first = start(drivers, run_dir, "first")
    first.go()
    token = first.said()[1]
    seen = current(run_dir)
    assert seen is not None
    assert (seen.token, seen.pid, seen.name) == (token, first.process.pid, "first")
    assert acquire(run_dir, "me") == seen
    os.kill(first.process.pid, signal.SIGKILL)
    # Not collected yet: a zombie does not drive.
    os.waitid(os.P_PID, first.process.pid, os.WEXITED | os.WNOWAIT)
    assert current(run_dir) is None
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    assert held.previous == seen
    held.release()


def test_a_stopped_driver_still_drives(run_dir: Path, drivers: list[Driver]) -> None:
    driver = start(drivers, run_dir, "first")
    driver.go()
    driver.said()
    driver.process.send_signal(signal.SIGSTOP)
    far = datetime.now(UTC) + timedelta(hours=1)
    assert current(run_dir, lambda: far) is not None
    assert isinstance(acquire(run_dir, "me", lambda: far), LeaseRecord)


def test_a_child_that_outlives_its_driver_does_not_keep_the_lease(run_dir: Path, drivers: list[Driver]) -> None:
    first = start(drivers, run_dir, "first", "child")
    first.go()
    child = int(first.said()[2])
    try:
        first.kill()
        held = acquire(run_dir, "me")
        assert isinstance(held, Held)
        held.release()
        assert process_started(child) is not None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_a_fork_that_outlives_its_driver_does_not_keep_the_lease(run_dir: Path) -> None:
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from loop_tui.storage.state.leases import acquire
        acquire(Path(sys.argv[1]), "first")
        if os.fork():
            os.kill(os.getpid(), signal.SIGKILL)
        print("forked", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(run_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"forked\n"
        first.wait()
        held = acquire(run_dir, "me")
        assert isinstance(held, Held)
        held.release()


def test_a_driver_that_ends_without_a_word_leaves_only_its_lease(run_dir: Path, drivers: list[Driver]) -> None:
    driver = start(drivers, run_dir, "first", "crash")
    driver.go()
    driver.said()
    driver.end()
    assert (run_dir / LEASE_NAME).exists()
    assert current(run_dir) is None


def elsewhere(beaten: datetime) -> LeaseRecord:
    return LeaseRecord(pid=os.getpid(), host="other.example", heartbeat=beaten.timestamp(), name="them", token="t1")


def test_another_machine_drives_until_its_heart_stops(run_dir: Path) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    theirs = elsewhere(now)
    (run_dir / LEASE_NAME).write_text(theirs.model_dump_json())
    for seconds in (-30, 0, 90):
        here = now + timedelta(seconds=seconds)
        assert current(run_dir, lambda here=here: here) == theirs
        assert acquire(run_dir, "me", lambda here=here: here) == theirs
        assert doubtful(run_dir, lambda here=here: here) is None


@pytest.mark.parametrize(("seconds", "said"), [(91, "1m31s ago"), (-31, "31.0s in the future"), (86400, "24h00m ago")])
def test_a_heart_that_stopped_or_beats_in_the_future_is_unknown_until_a_person_looks(
    run_dir: Path, seconds: int, said: str
) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    (run_dir / LEASE_NAME).write_text(elsewhere(now).model_dump_json())
    here = now + timedelta(seconds=seconds)
    assert current(run_dir, lambda: here) is None
    with pytest.raises(Problem, match=r"them on other\.example") as caught:
        acquire(run_dir, "me", lambda: here)
    problem = caught.value
    assert (problem.code, problem.where) == (Code.LEASE_UNKNOWN, str(run_dir / LEASE_NAME))
    assert said in problem.what
    assert "remove lease.json" in problem.todo
    # The way out, and nothing stays locked by the refusal.
    (run_dir / LEASE_NAME).unlink()
    held = acquire(run_dir, "me", lambda: here)
    assert isinstance(held, Held)
    held.release()


@pytest.mark.parametrize(
    "beat", ["Infinity", "-Infinity", "NaN", "-1", "0", "1e400", "1e300", "9" * 400, '"soon"', "null", "true", "[]"]
)
def test_a_heartbeat_that_is_no_time_is_no_life(run_dir: Path, beat: str) -> None:
    lease = '{"pid": 1, "host": "other.example", "heartbeat": %s, "name": "them\\u001b[2J", "token": "t"}'
    (run_dir / LEASE_NAME).write_text(lease % beat)
    assert current(run_dir) is None
    with pytest.raises(Problem) as caught:
        acquire(run_dir, "me")
    assert caught.value.code is Code.LEASE_UNKNOWN
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("names", [[LOCK_NAME], [LEASE_NAME], [LOCK_NAME, LEASE_NAME]])
def test_a_driver_whose_files_somebody_removed_still_drives(
    run_dir: Path, drivers: list[Driver], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_PATIENCE_S", 0.05)
    driver = start(drivers, run_dir, "first")
    driver.go()
    driver.said()
    for name in names:
        (run_dir / name).unlink()
    assert isinstance(acquire(run_dir, "me"), LeaseRecord)
    driver.end()
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    held.release()


def test_a_driver_puts_its_lease_back(run_dir: Path) -> None:
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    (run_dir / LEASE_NAME).unlink()
    held.beat()
    assert current(run_dir) == held.record
    held.release()


@pytest.mark.parametrize("name", [LOCK_NAME, LEASE_NAME])
def test_no_lock_and_no_lease_is_written_through_a_link(run_dir: Path, tmp_path_factory, name: str) -> None:
    target = tmp_path_factory.mktemp("outside") / "precious"
    target.write_text("precious")
    (run_dir / name).symlink_to(target)
    with pytest.raises(Problem):
        acquire(run_dir, "me")
    assert target.read_text() == "precious"


def test_a_driver_that_was_taken_over_learns_it_and_leaves_the_new_lease_alone(run_dir: Path) -> None:
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    theirs = elsewhere(datetime.now(UTC))
    (run_dir / LEASE_NAME).write_text(theirs.model_dump_json())
    with pytest.raises(Problem, match=r"now driven by them on other\.example"):
        held.beat()
    held.release()
    assert read_lease(run_dir / LEASE_NAME) == theirs


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "host": "h", "more": 1}', "\x00"])
def test_a_lease_that_does_not_read_is_none(run_dir: Path, text: str) -> None:
    (run_dir / LEASE_NAME).write_text(text)
    assert current(run_dir) is None
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    held.release()


def test_a_process_id_that_was_given_again_is_another_process(run_dir: Path) -> None:
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    reused = held.record.model_copy(update={"process_started": held.record.process_started - 100})
    held.release()
    (run_dir / LEASE_NAME).write_text(reused.model_dump_json())
    assert current(run_dir) is None


def test_a_lock_without_a_lease_is_respected(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_PATIENCE_S", 0.05)
    held = acquire(run_dir, "me")
    assert isinstance(held, Held)
    (run_dir / LEASE_NAME).unlink()
    assert isinstance(acquire(run_dir, "you"), LeaseRecord)
    held.release()


def test_when_a_process_started() -> None:
    started = process_started(os.getpid())
    assert started is not None
    assert started == process_started(os.getpid())
    with subprocess.Popen(["sleep", "60"]) as child:
        begun = process_started(child.pid)
        assert begun is not None
        assert begun >= started
        child.kill()
    assert process_started(child.pid) is None


def test_asking_who_drives_loads_nothing_heavy() -> None:
    script = (
        "import sys; from pathlib import Path; from loop_tui.storage.state.leases import current; current(Path('.'));"
        "print(sorted({'psutil', 'filelock', 'platformdirs', 'watchfiles'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
