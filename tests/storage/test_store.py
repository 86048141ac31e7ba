"""The state file: what is written, and what is done about what others wrote."""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui.fs import atomic
from loop_tui.model.events import Category, Change, Event, Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import PhaseStatus
from loop_tui.model.transaction import Stamp, Transaction
from loop_tui.ports import Committed
from loop_tui.storage.state import store
from loop_tui.storage.state.store import Store

from .samples_store import (
    DEFINITION,
    LOOP,
    STARTED,
    V1,
    actions,
    document,
    done,
    edited_by_hand,
    failed_once_more,
    fresh,
    loaded,
    make,
    nothing,
)


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


# --- starting and reading -------------------------------------------------------------------------------------------


def test_nothing_is_there_and_reading_makes_nothing(project: Path) -> None:
    assert make(project).load() is None
    assert list(project.iterdir()) == []
    assert make(project).last_good() is None
    assert make(project).owner().definition is None


def test_starting_a_run(project: Path) -> None:
    made = make(project)
    begun = made.create(fresh(), STARTED)
    assert begun == loaded(made)
    assert begun.state.started_at == begun.state.updated_at == "2026-01-02T03:04:05.678Z"
    assert begun.state.run == "run-1"
    assert made.path == project / "distribution-state.json"
    assert sorted(p.name for p in project.iterdir()) == [".loop", "distribution-state.json"]
    assert (project / ".loop" / ".gitignore").read_text() == "*\n"
    assert made.owner().definition == DEFINITION
    (event,) = made.journal.read()
    assert (event.action, event.run, event.timestamp) == ("started", "run-1", "2026-01-02T03:04:05.678Z")
    assert event.id
    last = made.last_good()
    assert last is not None
    assert last.read_bytes() == made.path.read_bytes()


def test_a_run_is_never_started_over_another(running: Store) -> None:
    before = running.path.read_bytes()
    other = Store(running.project, LOOP, definition=DEFINITION.model_copy(update={"name": "other"}))
    with pytest.raises(Problem, match="exists already"):
        other.create(fresh(), STARTED)
    assert running.path.read_bytes() == before
    assert running.owner().definition == DEFINITION
    assert actions(running) == ["started"]


def test_of_two_that_start_at_once_one_does(project: Path) -> None:
    outcomes: list[str] = []

    def begin(name: str) -> None:
        try:
            make(project).create(fresh().model_copy(update={"run": name}), STARTED)
            outcomes.append("began")
        except Problem:
            outcomes.append("refused")

    threads = [threading.Thread(target=begin, args=(f"run-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["began"] + ["refused"] * 5
    assert [e.run for e in make(project).journal.read()] == [loaded(make(project)).state.run]


def test_a_run_needs_a_definition_to_start(project: Path) -> None:
    with pytest.raises(Problem, match="no definition"):
        Store(project, LOOP).create(fresh(), STARTED)
    assert list(project.iterdir()) == []


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_change_is_written_and_journaled(running: Store) -> None:
    outcome = done(running, failed_once_more)
    assert outcome.state.failure_count == 1
    assert loaded(running).state == outcome.state
    assert loaded(running).revision == outcome.revision
    assert [e.context for e in outcome.events] == [{"count": 1}]
    assert running.journal.read()[1:] == list(outcome.events)
    last = running.last_good()
    assert last is not None
    assert last.read_bytes() == running.path.read_bytes()
    assert sorted(p.name for p in running.project.iterdir()) == [".loop", "distribution-state.json"]


def test_the_time_of_a_change_is_that_of_its_last_event(running: Store) -> None:
    def later(state: RunState, stamp: Stamp) -> tuple[RunState, list[Event]]:
        state, events = failed_once_more(state, stamp)
        return state, [events[0].model_copy(update={"timestamp": "2026-02-03T00:00:00.000Z"})]

    assert done(running, later).state.updated_at == "2026-02-03T00:00:00.000Z"
    assert document(running)["last_updated"] == "2026-02-03T00:00:00.000Z"
    silent = done(running, lambda state, _: (state.model_copy(update={"failure_count": 9}), []))
    assert silent.state.updated_at == "2026-01-02T03:04:05.678Z"


def test_ids_of_events_differ_and_stand_in_the_order_of_time(running: Store) -> None:
    def many(state: RunState, stamp: Stamp) -> tuple[RunState, list[Event]]:
        return state, [stamp(STARTED) for _ in range(100)]

    assert len({e.id for e in done(running, many).events}) == 100
    later = Store(running.project, LOOP, now=lambda: datetime(2026, 1, 3, tzinfo=UTC))
    assert done(later, many).events[0].id > max(e.id for e in running.journal.read()[:101])


def test_what_is_not_ours_stays_as_it_is(project: Path) -> None:
    made = make(project)
    made.path.write_text(V1, "utf-8")

    def active(state: RunState, stamp: Stamp) -> tuple[RunState, list[Event]]:
        phases = tuple(p.model_copy(update={"status": PhaseStatus.COMPLETE}) for p in state.phases[:1])
        return state.model_copy(update={"phases": phases + state.phases[1:]}), []

    done(made, active)
    text = made.path.read_text("utf-8")
    assert '"mine": { "keep": 1.50, "text": "caf\\u00e9" }' in text
    assert '"started_at": "ISO-timestamp"' in text
    assert '"last_updated": "long ago"' in text, "the file of somebody else keeps their time"
    assert document(made)["phases"]["INIT"]["status"] == "complete"
    assert list(document(made)) == list(json.loads(V1))


@pytest.mark.parametrize("step", [nothing, lambda state, _: (state.model_copy(), [])])
def test_a_save_that_changes_nothing_writes_nothing(project: Path, step: Transaction) -> None:
    made = make(project)
    made.path.write_text(V1, "utf-8")
    before = made.path.stat()
    outcome = done(made, step)
    after = made.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert made.path.read_text("utf-8") == V1
    assert outcome.revision == loaded(made).revision


def test_events_without_a_change_are_journaled_alone(running: Store) -> None:
    before = running.path.read_bytes()
    done(running, lambda state, stamp: (state, [stamp(Change(category=Category.DECISION, action="looked"))]))
    assert running.path.read_bytes() == before
    assert actions(running) == ["started", "looked"]


def test_a_refusal_changes_nothing(running: Store) -> None:
    before = running.path.read_bytes()
    refusal = Refusal(reason="no")
    assert running.transact(lambda *_: refusal) is refusal
    assert running.path.read_bytes() == before
    assert actions(running) == ["started"]


def test_a_step_that_breaks_leaves_everything_and_frees_the_lock(running: Store) -> None:
    before = running.path.read_bytes()

    def broken(*_: object) -> Refusal:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        running.transact(broken)
    assert running.path.read_bytes() == before
    assert done(make(running.project, lock_timeout_s=0.1), failed_once_more).state.failure_count == 1


def test_a_change_without_a_file_is_a_problem_and_makes_nothing(project: Path) -> None:
    with pytest.raises(Problem, match="there is no state file"):
        make(project).transact(nothing)
    assert list(project.iterdir()) == []


def test_a_file_of_another_program_is_only_read(project: Path) -> None:
    made = Store(project, LOOP)
    made.path.write_text(
        json.dumps({"loopId": LOOP, "currentPhase": "A", "status": "active", "phases": [{"name": "A", "skills": []}]})
    )
    before = made.path.read_bytes()
    assert isinstance(made.transact(nothing), Committed)
    with pytest.raises(Problem, match="read-only here"):
        made.transact(failed_once_more)
    assert made.path.read_bytes() == before


def test_the_mode_of_the_file_and_a_link_to_it_are_kept(project: Path, tmp_path: Path) -> None:
    made = make(project)
    real = project / "kept-elsewhere.json"
    real.write_text(V1, "utf-8")
    real.chmod(0o600)
    made.path.symlink_to(real)
    done(made, failed_once_more)
    assert made.path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert json.loads(real.read_text("utf-8"))["failures"]["count"] == 1


def test_secrets_stay_out_of_the_journal(project: Path) -> None:
    made = make(project, secrets=("hunter2hunter2",))
    made.create(fresh(), Change(category=Category.SYSTEM, action="started", subject="with hunter2hunter2"))
    assert "hunter2" not in made.journal.path.read_text()


# --- what others write ----------------------------------------------------------------------------------------------


def test_what_others_wrote_is_journaled_first_with_the_whole_state(running: Store) -> None:
    edited_by_hand(running.path, "phase", "SHIP")
    outcome = done(running, failed_once_more)
    assert outcome.state.phase == "SHIP"
    assert actions(running) == ["started", "edited", "counted"]
    edit = running.journal.read()[1]
    assert edit.category is Category.SYSTEM
    noted = RunState.model_validate(edit.context["state"])
    assert noted == outcome.state.model_copy(update={"failure_count": 0, "updated_at": noted.updated_at})
    done(running, nothing)
    assert actions(running) == ["started", "edited", "counted"]


def test_a_file_that_we_see_for_the_first_time_is_journaled_as_it_is(project: Path) -> None:
    made = make(project)
    made.path.write_text(V1, "utf-8")
    assert made.transact(lambda *_: Refusal(reason="no")) == Refusal(reason="no")
    done(made, failed_once_more)
    assert actions(made) == ["edited", "counted"]


def test_an_editor_that_saves_what_it_opened_long_ago_is_journaled(running: Store) -> None:
    """It brings back, byte for byte, what this store wrote itself, over what another store wrote since."""
    done(running, failed_once_more)
    opened = running.path.read_bytes()
    other = make(running.project)
    done(other, failed_once_more)
    running.path.write_bytes(opened)
    outcome = done(running, failed_once_more)
    assert outcome.state.failure_count == 2
    assert actions(running) == ["started", "counted", "counted", "edited", "counted"]


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest) -> str:
    """Where names can be exchanged, and where they cannot."""
    if request.param == "exchange" and not sys.platform.startswith("linux"):
        pytest.skip("names are exchanged on Linux only")
    return str(request.param)


def test_a_write_between_our_read_and_our_rename_is_folded_in(
    running: Store, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Somebody who knows no lock replaces the file at the last moment: the step decides again on what they wrote."""
    exchange = atomic.exchange
    calls = hands = 0

    def late(first: Path, second: Path) -> bool:
        nonlocal hands
        if hands < min(calls, 3):
            edited_by_hand(running.path, f"hand{hands}", hands)
            hands += 1
        return exchange(first, second) if way == "exchange" else False

    monkeypatch.setattr(atomic, "exchange", late)

    def counting(state: RunState, stamp: Stamp) -> tuple[RunState, list[Event]]:
        nonlocal calls
        calls += 1
        return failed_once_more(state, stamp)

    outcome = done(running, counting)
    assert calls == 4
    assert outcome.state.failure_count == 1
    found = document(running)
    assert (found["hand0"], found["hand1"], found["hand2"], found["failures"]["count"]) == (0, 1, 2, 1)
    assert actions(running).count("counted") == 1
    assert actions(running)[-2:] == ["edited", "counted"]
    assert sorted(p.name for p in running.project.iterdir()) == [".loop", "distribution-state.json"]


def test_a_decision_on_what_others_wrote_may_be_another(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    once = iter([True])
    exchange = atomic.exchange

    def late(first: Path, second: Path) -> bool:
        if next(once, False):
            edited_by_hand(running.path, "status", "paused")
        return exchange(first, second)

    monkeypatch.setattr(atomic, "exchange", late)

    def unless_paused(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
        return Refusal(reason="paused") if state.status.value == "paused" else failed_once_more(state, stamp)

    assert running.transact(unless_paused) == Refusal(reason="paused")
    assert document(running)["status"] == "paused"
    assert "failures" not in document(running)


def test_somebody_who_never_stops_writing_is_a_problem(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MOST_ATTEMPTS", 3)
    exchange = atomic.exchange
    numbers = itertools.count()

    def always(first: Path, second: Path) -> bool:
        edited_by_hand(running.path, "n", next(numbers))
        return exchange(first, second)

    monkeypatch.setattr(atomic, "exchange", always)
    with pytest.raises(Problem, match="keeps being changed"):
        running.transact(failed_once_more)
    assert "n" in document(running)
    assert "counted" not in actions(running)


def test_a_file_that_is_removed_meanwhile_is_not_brought_back(running: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def remove(*_: object) -> tuple[RunState, list[Event]]:
        running.path.unlink()
        return fresh().model_copy(update={"failure_count": 5}), []

    with pytest.raises(Problem):
        running.transact(remove)
    assert not running.path.exists()
    assert not atomic.temp_of(running.path).exists()


def test_half_a_file_of_an_editor_that_writes_in_place_is_waited_for(
    running: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = running.path.read_bytes()
    running.path.write_bytes(whole[:50])

    def meanwhile(_: float) -> None:
        running.path.write_bytes(whole)

    monkeypatch.setattr(time, "sleep", meanwhile)
    assert done(running, failed_once_more).state.failure_count == 1


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\x00", b'{"loop": 3, "phases": {}}', b"[]", b"not json"])
def test_a_damaged_file_is_left_alone_and_the_last_good_copy_offered(running: Store, damage: bytes) -> None:
    good = running.path.read_bytes()
    running.path.write_bytes(damage)
    os.utime(running.path, (1, 1))
    for read in (running.load, lambda: running.transact(failed_once_more)):
        with pytest.raises(Problem) as caught:
            read()
        assert str(running.path) in str(caught.value)
        assert "last-good.json" in caught.value.todo
        assert "state restore distribution-loop" in caught.value.todo
    assert running.path.read_bytes() == damage
    last = running.last_good()
    assert last is not None
    assert last.read_bytes() == good

    restored = running.restore_last_good()
    assert running.path.read_bytes() == good
    assert restored == loaded(running)
    (aside,) = running.run_dir.glob("damaged-*.json")
    assert aside.read_bytes() == damage
    event = running.journal.read()[-1]
    assert (event.action, event.subject) == ("edited", "restored")
    assert RunState.model_validate(event.context["state"]) == restored.state
    assert done(running, failed_once_more).state.failure_count == 1


def test_without_a_good_copy_none_is_offered(project: Path) -> None:
    made = make(project)
    made.path.write_text("{")
    os.utime(made.path, (1, 1))
    with pytest.raises(Problem) as caught:
        made.load()
    assert "last good" not in str(caught.value)
    with pytest.raises(Problem, match="no good copy"):
        made.restore_last_good()
    assert made.path.read_text() == "{"


def test_a_good_copy_that_is_damaged_itself_is_none(running: Store) -> None:
    (running.run_dir / "last-good.json").write_text("{")
    assert running.last_good() is None


def test_a_file_that_reads_is_not_restored(running: Store) -> None:
    done(running, failed_once_more)
    edited_by_hand(running.path)
    with pytest.raises(Problem, match="not damaged"):
        running.restore_last_good()
    assert document(running)["by_hand"] == 1


def test_a_file_that_was_deleted_can_be_restored(running: Store) -> None:
    good = running.path.read_bytes()
    running.path.unlink()
    assert running.load() is None
    running.restore_last_good()
    assert running.path.read_bytes() == good


def test_removing_at_the_end(running: Store) -> None:
    running.remove()
    assert running.load() is None
    assert running.last_good() is None
    assert [p.name for p in running.project.iterdir()] == [".loop"]
    assert actions(running) == ["started"]
    running.remove()
    running.create(fresh().model_copy(update={"run": "run-2"}), STARTED)
    assert [e.run for e in running.journal.read()] == ["run-1", "run-2"]
