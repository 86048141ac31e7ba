"""Which answers are written again, and which were answers to something else."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from loop_tui.control.answers import AnswerKeeper, Erased
from loop_tui.engine import changes
from loop_tui.model.events import Event
from loop_tui.model.transaction import Transaction
from loop_tui.storage.state.journal import Journal
from tests.tui.runs import PLAN, Run, asking, human_gate

from .agents import GATE, client_of, elsewhere, put_back, rewritten


def keeper(run: Run) -> AnswerKeeper:
    return AnswerKeeper(client_of(run).store)


def erase(run: Run, say: Callable[[], object]) -> None:
    text = run.store.path.read_text()
    say()
    put_back(run, text)


def approved(run: Run) -> None:
    erase(run, lambda: client_of(run).approve(GATE, "fine"))


def status(run: Run) -> str:
    gate = run.state.gate(GATE)
    assert gate is not None
    return gate.status.value


@pytest.mark.parametrize("where", [lambda run: run, elsewhere], ids=["ours", "elsewhere"])
def test_an_answer_that_was_erased_is_written_again(tmp_path: Path, where: Callable[[Run], Run]) -> None:
    run = where(human_gate(tmp_path))
    approved(run)
    assert status(run) == "pending"
    assert [str(e).count("overwritten by another program") for e in keeper(run).keep()] == [1]
    assert status(run) == "approved"
    assert keeper(run).keep() == ()
    assert len(run.state.decisions_on(GATE)) == 1


def test_an_answer_to_a_question_is_written_again(tmp_path: Path) -> None:
    run = elsewhere(asking(tmp_path))
    erase(run, lambda: client_of(run).answer("bump-1", "n"))
    keeper(run).keep()
    question = run.state.question("bump-1")
    assert question is not None
    assert (question.answer, question.answered_by) == ("n", "ann")


def test_what_somebody_answers_anew_is_left_to_them(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    approved(run)
    found: tuple[Erased, ...] = keeper(run).keep(but=GATE)
    assert (len(found), status(run)) == (1, "pending")


def test_an_approval_of_other_documents_is_told_and_not_given_again(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    approved(run)
    (tmp_path / PLAN).write_text("# Another plan\n")
    (lost,) = keeper(run).keep()
    assert lost.why == f"{PLAN} has changed since; answer again"
    assert status(run) == "pending"


def opened(run: Run, found: dict[str, Any]) -> None:
    found["phases"][run.definition.gates[0].after] = {"status": "active"}
    found["gates"][GATE] = {"status": "pending"}


def closed(run: Run, found: dict[str, Any]) -> None:
    """Complete once more, by a writer that keeps no times."""
    found["phases"][run.definition.gates[0].after] = {"status": "complete"}


def test_a_phase_that_was_seen_open_makes_a_new_question(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    client_of(run).request_changes("more", GATE)
    keeps = keeper(run)
    rewritten(run, lambda found: opened(run, found))
    assert keeps.keep() == ()
    rewritten(run, lambda found: closed(run, found))
    assert keeps.keep() == ()
    assert status(run) == "pending"


def test_so_does_one_that_only_the_journal_has_seen_open(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    client_of(run).request_changes("more", GATE)
    rewritten(run, lambda found: opened(run, found))
    client_of(run).log("somebody else wrote something")
    rewritten(run, lambda found: closed(run, found))
    assert keeper(run).keep() == ()


def test_changes_are_written_again_though_they_opened_the_phase(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    keeps = keeper(run)
    text = run.store.path.read_text()
    client_of(run).request_changes("more", GATE)
    assert keeps.keep() == ()
    put_back(run, text)
    assert len(keeps.keep()) == 1
    assert status(run) == "rejected"


def test_what_is_not_in_the_journal_yet_has_erased_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = human_gate(tmp_path)
    client_of(run).request_changes("more", GATE)
    phase = run.definition.phase(run.definition.gates[0].after)
    assert phase is not None
    store = client_of(run).store
    keeps, transact, reached = AnswerKeeper(store), store.transact, threading.Event()
    keeping = threading.Thread(target=keeps.keep)

    def reaching(step: Transaction) -> object:
        reached.set()
        return transact(step)

    def between(journal: Journal, events: Sequence[Event]) -> None:
        if any(e.action == "completed" and e.subject == phase.id for e in events):
            keeping.start()
            assert reached.wait(60), "the state alone looks as if it was erased"
        append(journal, events)

    append = Journal.append
    monkeypatch.setattr(store, "transact", reaching)
    monkeypatch.setattr(Journal, "append", between)
    run.tell(*[changes.skill_completed(phase.id, s.id, by="agent") for s in phase.skills])
    run.tell(changes.phase_completed(phase.id))
    keeping.join()
    assert status(run) == "pending"


def test_what_was_said_to_an_earlier_run_is_no_answer_to_this_one(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    approved(run)
    rewritten(run, lambda found: found.update(started_at="2099-01-01T00:00:00Z"))
    assert keeper(run).keep() == ()


def test_a_file_that_is_just_being_written_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = elsewhere(human_gate(tmp_path))
    approved(run)
    text = run.store.path.read_text()
    put_back(run, "")
    monkeypatch.setattr("loop_tui.storage.state.store.time.sleep", lambda seconds: put_back(run, text))
    assert len(keeper(run).keep()) == 1
