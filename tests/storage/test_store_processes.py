"""Many writers of one state file, and writers that die."""

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.storage.state.last_good import LastGood
from loop_tui.storage.state.store import Store

from .samples_store import STARTED, actions, document, done, failed_once_more, fresh, loaded, make, nothing


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def running(project: Path) -> Store:
    """A store whose run was just started."""
    made = make(project)
    made.create(fresh(), STARTED)
    return made


# --- the lock -------------------------------------------------------------------------------------------------------


def test_a_lock_that_is_never_freed_is_named(running: Store) -> None:
    before = running.path.read_bytes()
    with FileLock(running.run_dir / "state.lock"):
        waiting = make(running.project, lock_timeout_s=0.05)
        with pytest.raises(Problem, match="lock") as caught:
            waiting.transact(failed_once_more)
    assert str(running.run_dir / "state.lock") in str(caught.value)
    assert running.path.read_bytes() == before
    assert done(waiting, failed_once_more).state.failure_count == 1


def test_a_killed_holder_frees_the_lock(running: Store) -> None:
    script = (
        "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(running.run_dir / "state.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Problem):
            make(running.project, lock_timeout_s=0.01).transact(nothing)
        holder.kill()
        holder.wait()
        assert done(make(running.project, lock_timeout_s=0.05), failed_once_more)


def test_threads_of_one_store_take_turns(running: Store) -> None:
    def work() -> None:
        for _ in range(10):
            done(running, failed_once_more)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded(running).state.failure_count == 60


# Each writer makes ten changes: through the store, or by hand under the lock that is documented for it.
WRITER = textwrap.dedent("""
    import json, os, sys
    from pathlib import Path
    from filelock import FileLock
    from loop_tui.storage.state.store import Store
    from loop_tui.ports import Committed
    from loop_tui.model.events import Category, Change
    project, name, kind = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    store = Store(project, "distribution-loop", lock_timeout_s=120)

    def step(state, stamp):
        change = Change(category=Category.SYSTEM, action="counted", context={"count": state.failure_count + 1})
        return state.model_copy(update={"failure_count": state.failure_count + 1}), [stamp(change)]

    def by_hand():
        with FileLock(store.run_dir / "state.lock", poll_interval=0.005):
            found = json.loads(store.path.read_text())
            found.setdefault("hands", {})[name] = found.get("hands", {}).get(name, 0) + 1
            found["failures"] = found.get("failures", {})
            temp = project / f".{name}.tmp"
            temp.write_text(json.dumps(found, indent=2))
            temp.replace(store.path)

    sys.stdin.readline()
    for _ in range(10):
        if kind == "store":
            assert isinstance(store.transact(step), Committed)
        else:
            by_hand()
""")


def test_many_processes_lose_no_update(running: Store) -> None:
    kinds = ["store"] * 8 + ["hand"] * 2
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(running.project), f"w{n}", kind], stdin=subprocess.PIPE, text=True
        )
        for n, kind in enumerate(kinds)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0] * len(writers)
    found = document(running)
    assert found["failures"]["count"] == 80
    assert found["hands"] == {f"w{n}": 10 for n, kind in enumerate(kinds) if kind == "hand"}
    counts = [e.context["count"] for e in running.journal.read() if e.action == "counted"]
    assert counts == list(range(1, 81))
    assert "edited" in actions(running)


# --- dying ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["journal", "last good"])
def test_dying_between_two_writes_leaves_a_journal_that_catches_up(
    running: Store, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """The order is state, journal, last good copy: wherever it stops, the next change notes where things stand."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        if failing == "journal":
            patch.setattr(running.journal, "append", die)
        else:
            patch.setattr(LastGood, "keep", die)
        with pytest.raises(Died):
            running.transact(failed_once_more)
    assert loaded(running).state.failure_count == 1
    done(running, failed_once_more)
    expected = ["started", "edited", "counted"] if failing == "journal" else ["started", "counted", "edited", "counted"]
    assert actions(running) == expected
    edit = next(e for e in running.journal.read() if e.action == "edited")
    assert RunState.model_validate(edit.context["state"]).failure_count == 1


# Forks a process that changes the run without end, kills it at some moment, and looks at what it left; many times.
KILLER = textwrap.dedent("""
    import os, random, signal, sys, time
    from pathlib import Path
    from loop_tui.storage.state.store import Store
    from loop_tui.model.events import Category, Change

    project, rounds = Path(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(7)

    def step(state, stamp):
        change = Change(category=Category.SYSTEM, action="counted", context={"count": state.failure_count + 1})
        return state.model_copy(update={"failure_count": state.failure_count + 1}), [stamp(change)]

    def replayed(events):
        count = 0
        for event in events:
            if event.action == "edited":
                count = event.context["state"]["failure_count"]
            elif event.action == "counted":
                assert event.context["count"] == count + 1, (event, count)
                count += 1
        return count

    for number in range(rounds):
        hear, tell = os.pipe()
        worker = os.fork()
        if not worker:
            store = Store(project, "distribution-loop")
            while True:
                store.transact(step)
                os.write(tell, b".")
        os.close(tell)
        os.read(hear, 1)
        began = time.monotonic()
        os.read(hear, 1)
        time.sleep(dice.random() * (time.monotonic() - began))
        os.kill(worker, signal.SIGKILL)
        os.close(hear)
        os.waitpid(worker, 0)
        store = Store(project, "distribution-loop", lock_timeout_s=1)
        before = store.load().state.failure_count
        store.transact(lambda state, stamp: (state, []))
        events = store.journal.read()
        assert replayed(events) == before, (number, before)
        assert store.last_good().read_bytes() == store.path.read_bytes()
        left = [p.name for p in project.iterdir() if p.name not in (".loop", "distribution-state.json")]
        assert left in ([], [".distribution-state.json.tmp"]), left
    store.transact(step)
    assert not (project / ".distribution-state.json.tmp").exists()
    print("survived", store.load().state.failure_count)
""")


def test_killed_at_any_moment_nothing_is_damaged_and_the_journal_rebuilds_the_state(running: Store) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLER, str(running.project), "80"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    word, count = ran.stdout.split()
    assert word == "survived"
    assert int(count) > 80
