"""Runs that earlier versions began: they open as they are, and go on after one yes (`tests/samples/versions`)."""

import shutil
from pathlib import Path

import pytest

from loop_tui.control.adoption import adopt, adoption_of
from loop_tui.control.client import RunClient
from loop_tui.control.run_definition import definition_of
from loop_tui.engine.apply import replay
from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus
from loop_tui.storage.log.output_log import OUTPUT_NAME, read_from
from loop_tui.storage.state.journal import JOURNAL_NAME
from loop_tui.storage.state.store import Store
from tests.tui.launching import Started

VERSIONS = Path(__file__).parents[1] / "samples" / "versions"
RUNS = sorted(path.relative_to(VERSIONS).as_posix() for path in VERSIONS.glob("*/*") if path.is_dir())
LOOPS = {"infra": "infra-loop", "release": "distribution-loop"}


def opened(name: str, project: Path) -> Store:
    """The run of that sample in a project of its own."""
    sample, loop = VERSIONS / name, LOOPS[Path(name).name]
    run_dir = project / ".loop" / loop
    shutil.copytree(sample / "run", run_dir)
    for path in sample.iterdir():
        if path.is_file():
            shutil.copy(path, project)
    return Store(project, loop, definition=definition_of(project, loop).definition)


def state_of(store: Store) -> RunState:
    loaded = store.load()
    assert loaded is not None
    return loaded.state


def test_there_are_samples() -> None:
    assert len(RUNS) >= 2


@pytest.mark.parametrize("name", RUNS)
def test_state_journal_and_run_folder_open(tmp_path: Path, name: str) -> None:
    store = opened(name, tmp_path)
    state = state_of(store)
    assert state.run
    lines = (store.run_dir / JOURNAL_NAME).read_bytes().splitlines()
    events = store.events()
    assert len(events) == len(lines)
    own = LoopDefinition.model_validate_json((store.run_dir / "definition.json").read_bytes())
    again = replay(fresh_state(own, run=state.run, system=state.system, at=""), events, own)
    assert [(p.id, p.status) for p in again.phases] == [(p.id, p.status) for p in state.phases]
    assert [(g.id, g.feedback) for g in again.gates] == [(g.id, g.feedback) for g in state.gates]
    assert read_from(store.run_dir / OUTPUT_NAME, 0)[0]


@pytest.mark.parametrize("name", RUNS)
def test_it_goes_on_after_one_yes(tmp_path: Path, name: str) -> None:
    store = opened(name, tmp_path)
    before = state_of(store)
    client = RunClient(store, Started(lambda project, loop: 4711), "ann")
    assert client.start(before).elsewhere == "it has no owner record"
    asked = adoption_of(store)
    assert asked is not None
    assert not asked.presence.working, "our own last writing is no sign of somebody else"
    adopt(store, "ann")
    state = state_of(store)
    assert store.ours(state.run)
    assert state.run == before.run
    assert not any(check.ran_here for entry in state.skill_log for check in entry.checks)
    assert not any(effect.proven for effect in state.effects)
    assert {q.id for q in state.questions} == {q.id for q in before.questions}


def test_the_gate_of_one_is_answered_after_it(tmp_path: Path) -> None:
    store = opened("before-owners/infra", tmp_path)
    adopt(store, "ann")
    client = RunClient(store, Started(lambda project, loop: 4711), "ann")
    committed = client.approve("infra-gate")
    gate = committed.state.gate("infra-gate")
    assert gate is not None
    assert (gate.status, gate.feedback) == (GateStatus.APPROVED, "name the region")
    assert client.start(committed.state).pid == 4711
