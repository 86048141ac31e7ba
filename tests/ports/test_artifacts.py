"""What every store of artifacts, its archive and every log do (`ports.ArtifactStore`, `ArchiveQuery`, `LogSink`)."""

import hashlib

import pytest

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.ports import Loaded, RunPorts

from .worlds import LOOP, PortsWorld


def begun(there: PortsWorld, run: str = "run-1") -> Loaded:
    ports = there.ports()
    ports.lease.acquire("one")
    return ports.store.create(fresh_state(LOOP, run=run, system="sample", at=""), changes.started(LOOP.id, "ann"))


def archived(there: PortsWorld, run: str = "run-1") -> tuple[RunPorts, str]:
    loaded, ports = begun(there, run), there.ports()
    place = ports.artifacts.archive_place("sample", LOOP.id, there.clock.now())
    ports.artifacts.archive(place, loaded, there.clock.now(), {})
    return ports, place


def test_a_document_is_found_where_it_was_left(there: PortsWorld) -> None:
    begun(there)
    artifacts = there.ports().artifacts
    assert artifacts.find("plan.md") is None
    assert artifacts.deliver("plan.md", b"first") == "deliverables/plan.md"
    artifacts.deliver("plan.md", b"the plan")
    found = there.ports().artifacts.find("plan.md")
    assert found is not None
    assert (found.name, found.path, found.size_bytes) == ("plan.md", "deliverables/plan.md", 8)
    assert found.sha256 == hashlib.sha256(b"the plan").hexdigest()


def test_the_run_comes_before_the_project_and_what_is_empty_is_not_there(there: PortsWorld) -> None:
    begun(there)
    artifacts = there.ports().artifacts
    there.put_in_project("plan.md", b"by hand")
    found = artifacts.find("plan.md")
    assert found is not None
    assert (found.path, found.size_bytes) == ("plan.md", 7)
    artifacts.deliver("plan.md", b"ours")
    found = artifacts.find("plan.md")
    assert found is not None
    assert found.path == "deliverables/plan.md"
    there.put_in_project("empty.md", b"")
    assert artifacts.find("empty.md") is None


@pytest.mark.parametrize("name", ["", ".", "..", "../plan.md", "a/b.md", "/etc/passwd"])
def test_a_document_has_a_plain_name(there: PortsWorld, name: str) -> None:
    begun(there)
    with pytest.raises(Problem, match="not a plain file name"):
        there.ports().artifacts.deliver(name, b"text")


def test_an_archive_reads_back_and_is_found(there: PortsWorld) -> None:
    ports, place = archived(there)
    proof = ports.artifacts.archived(place, "run-1")
    assert proof is not None
    assert proof["path"] == place
    assert ports.artifacts.archived(place, "run-2") is None
    runs, problems = ports.archive.runs(loop=LOOP.id)
    assert not problems
    assert [(run.run, run.system, run.state) for run in runs] == [("run-1", "sample", None)]
    assert ports.archive.runs(loop=LOOP.id, system="another")[0] == []
    assert ports.archive.runs(loop="another-loop")[0] == []
    assert ports.archive.runs(loop=LOOP.id, limit=0)[0] == []
    (whole,), _ = ports.archive.runs(loop=LOOP.id, include_state=True)
    assert whole.state is not None


def test_a_run_that_names_no_system_is_archived_as_that_of_the_project(there: PortsWorld) -> None:
    loaded, ports = begun(there), there.ports()
    nameless = loaded._replace(state=loaded.state.model_copy(update={"system": ""}))
    place = ports.artifacts.archive_place("", LOOP.id, there.clock.now())
    ports.artifacts.archive(place, nameless, there.clock.now(), {})
    (run,), _ = ports.archive.runs(loop=LOOP.id)
    assert run.system == ports.place.project.name


def test_nothing_is_archived_where_nothing_is(there: PortsWorld) -> None:
    begun(there)
    artifacts = there.ports().artifacts
    place = artifacts.archive_place("sample", LOOP.id, there.clock.now())
    assert artifacts.archived(place, "run-1") is None


def test_a_place_that_is_taken_is_not_given_again(there: PortsWorld) -> None:
    ports, place = archived(there)
    assert ports.artifacts.archive_place("sample", LOOP.id, there.clock.now()) != place
    ports.store.remove()
    other = ports.store.create(fresh_state(LOOP, run="run-2", system="sample", at=""), changes.started(LOOP.id, "ann"))
    with pytest.raises(Problem, match="another run is archived there"):
        ports.artifacts.archive(place, other, there.clock.now(), {})
    assert ports.artifacts.archived(place, "run-1") is not None


def test_archiving_again_is_no_second_archive(there: PortsWorld) -> None:
    ports, place = archived(there)
    loaded = ports.store.load()
    assert loaded is not None
    ports.artifacts.archive(place, loaded, there.clock.now(), {})
    assert len(ports.archive.runs(loop=LOOP.id)[0]) == 1


def test_the_newest_run_comes_first(there: PortsWorld) -> None:
    for run in ("run-1", "run-2", "run-3"):
        ports, _ = archived(there, run)
        ports.store.remove()
        there.clock.pass_by(3600)
    assert [r.run for r in ports.archive.runs(loop=LOOP.id, limit=2)[0]] == ["run-3", "run-2"]


def test_what_an_archived_run_left_goes_and_what_was_never_archived_is_put_aside(there: PortsWorld) -> None:
    ports, place = archived(there)
    ports.artifacts.deliver("plan.md", b"text")
    ports.artifacts.finished("run-1", place, "success", there.clock.now())
    ports.store.remove()
    # Killed here: the next run finds what the first left.
    there.ports().artifacts.make_room()
    assert there.put_aside() == []
    assert there.ports().store.events() == []
    assert there.ports().artifacts.find("plan.md") is None
    begun(there, "run-2")
    there.overwrite(None)
    there.ports().artifacts.make_room()
    assert there.put_aside() == ["run-2"]
    assert there.ports().store.events() == []


def test_documents_without_a_journal_are_put_aside_too(there: PortsWorld) -> None:
    there.ports().lease.acquire("one")
    there.ports().artifacts.deliver("plan.md", b"nobody knows whose")
    there.ports().artifacts.make_room()
    assert there.put_aside() == ["unknown"]
    assert there.ports().artifacts.find("plan.md") is None


def test_a_run_that_is_put_aside_again_takes_no_place_of_the_first(there: PortsWorld) -> None:
    for _ in range(2):
        begun(there)
        there.overwrite(None)
        there.ports().artifacts.make_room()
    assert there.put_aside() == ["run-1", "run-1-2"]


def test_clearing_leaves_no_document_and_no_journal(there: PortsWorld) -> None:
    ports, place = archived(there)
    ports.artifacts.deliver("plan.md", b"text")
    ports.artifacts.finished("run-1", place, "success", there.clock.now())
    ports.store.remove()
    ports.artifacts.clear()
    assert ports.artifacts.find("plan.md") is None
    assert ports.store.events() == []
    # The note stays: should the journal of that run turn up once more, it is known to be archived.
    begun(there, "run-1")
    there.overwrite(None)
    there.ports().artifacts.make_room()
    assert there.put_aside() == []


def test_an_archive_that_was_damaged_is_none(there: PortsWorld) -> None:
    ports, place = archived(there)
    there.damage(place)
    assert ports.artifacts.archived(place, "run-1") is None


def test_all_runs_are_given_without_a_limit_and_what_cannot_be_read_is_named(there: PortsWorld) -> None:
    for run in ("run-1", "run-2"):
        ports, place = archived(there, run)
        ports.store.remove()
        there.clock.pass_by(3600)
    there.damage(place)
    runs, problems = there.ports().archive.runs(loop=LOOP.id, limit=None)
    assert [run.run for run in runs] == ["run-1"]
    assert len(problems) == 1


def test_a_broken_off_run_is_noted_like_any_other(there: PortsWorld) -> None:
    ports, place = archived(there)
    ports.artifacts.finished("run-1", place, "abandoned", there.clock.now())
    ports.store.remove()
    there.ports().artifacts.make_room()
    assert there.put_aside() == []


def test_a_run_that_goes_on_is_not_archived_twice_for_its_later_changes(there: PortsWorld) -> None:
    ports, place = archived(there)
    ports.store.transact(step(LOOP, always(changes.phase_entered("INIT"))))
    loaded = ports.store.load()
    assert loaded is not None
    ports.artifacts.archive(place, loaded, there.clock.now(), {})
    (run,), _ = ports.archive.runs(loop=LOOP.id, include_state=True)
    assert "active" in str(run.state)


def test_lines_of_the_log_are_seen_when_it_is_flushed(there: PortsWorld) -> None:
    begun(there)
    log = there.ports().log
    log.flush()
    log.add_texts(1_767_323_045_000, "plan", LogLevel.OK, ["one", "two\nthree", "tab\there"])
    log.flush()
    assert [(line.at_ms, line.skill, line.level, line.text) for line in there.log_lines()] == [
        (1_767_323_045_000, "plan", LogLevel.OK, text) for text in ("one", "two", "three", "tab\there")
    ]
