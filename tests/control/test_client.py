"""The one client of a run: what it starts, what it refuses, and by which name."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.control.client import RunClient
from loop_tui.control.person import person
from loop_tui.engine import changes
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.binding import Binding
from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.storage.state.leases import Held, acquire
from tests.tui.launching import Started
from tests.tui.runs import PLAN, human_gate, new_run


class Starts:
    """How often a driver was started."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, project: Path, loop: str) -> int:
        self.count += 1
        return 4711


def test_it_goes_by_the_name_of_the_person(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    RunClient(run.store, Started()).approve("infra-gate")
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.by == person()


def test_no_driver_is_started_while_one_drives(tmp_path: Path) -> None:
    run, starts = new_run(tmp_path), Starts()
    held = acquire(run.store.run_dir, "driver")
    assert isinstance(held, Held)
    started = RunClient(run.store, Started(starts)).start(run.state)
    held.release()
    assert started.driver is not None
    assert started.driver.pid == os.getpid()
    assert (started.pid, starts.count) == (0, 0)


def test_no_driver_is_started_where_only_a_person_can_go_on(tmp_path: Path) -> None:
    run, starts = human_gate(tmp_path), Starts()
    client = RunClient(run.store, Started(starts))
    assert client.start(run.state).waits == "infra-gate waits for a person"
    committed = client.request_changes("more", "infra-gate")
    assert client.start(committed.state).waits == "scaffold is done by you or an agent"
    assert starts.count == 0


def test_whether_it_is_trusted_is_asked_only_where_a_driver_has_a_use(tmp_path: Path) -> None:
    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "infra-loop.toml").write_text((shipped_folder("loops") / "infra-loop.toml").read_text())
    run, starts = human_gate(tmp_path), Starts()
    client = RunClient(run.store, Started(starts))
    waiting = client.start(run.state)
    assert (bool(waiting.waits), waiting.trust) == (True, None)
    assert client.start(None).pid == 4711, "the run goes by its own copy, which needs nobody's trust"
    starts.count = 0
    run.store.remove()
    asked = client.start(None).trust
    assert asked is not None
    assert starts.count == 0
    client.trust(asked)
    assert client.start(None).pid == 4711


ANSWERS: dict[str, Callable[[RunClient, Binding], object]] = {
    "approve": lambda client, seen: client.approve("infra-gate", seen=seen),
    "changes": lambda client, seen: client.request_changes("more", "infra-gate", seen=seen),
    "reject": lambda client, seen: client.reject("infra-gate", seen=seen),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_about_what_was_seen(tmp_path: Path, answer: Callable[[RunClient, Binding], object]) -> None:
    run = human_gate(tmp_path)
    client, seen = RunClient(run.store, Started()), run.store.binding(run.state, "infra-gate")
    run.tell(changes.noted("bob", "this refuses nobody"), changes.delivered(Deliverable(name="notes.md")))
    (tmp_path / PLAN).write_text("# Another plan\n")
    before = run.store.path.read_bytes()
    with pytest.raises(Problem, match=f"{PLAN} changed while you were reading"):
        answer(client, seen)
    assert run.store.path.read_bytes() == before


def test_a_refusal_names_the_loop_and_what_to_do(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    with pytest.raises(Problem) as refused:
        RunClient(run.store, Started()).skip("deploy", "")
    assert refused.value.where == "infra-loop"
    assert "needs a reason" in refused.value.what
    assert refused.value.todo
