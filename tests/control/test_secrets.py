"""Whoever answers a question for a secret writes it nowhere, whatever somebody made of that question in the file."""

import json
from pathlib import Path

import pytest

from loop_tui.control.client import RunClient
from loop_tui.engine import changes
from loop_tui.fs.secret_pipe import name_of
from loop_tui.model import secrets
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from tests.tui.launching import Started
from tests.tui.runs import Run, new_run

SECRET = "zq7-typed-once"


@pytest.fixture(autouse=True)
def nothing_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test types is not masked in the next."""
    monkeypatch.setattr(secrets, "_TYPED", ())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = new_run(tmp_path)
    question = Question(id="otp-1", skill="release-planner", kind=QuestionKind.SECRET, text="Password?")
    made.tell(changes.phase_entered("INIT"), changes.asked(question))
    return made


def files(run: Run) -> str:
    return "".join(p.read_text() for p in run.project.rglob("*") if p.is_file())


def test_where_no_driver_waits_it_is_said_and_nothing_is_written(run: Run) -> None:
    before = files(run)
    client = RunClient(run.store, Started(), "bob")
    for _ in range(2):
        with pytest.raises(Problem, match="no driver is waiting for it") as refused:
            client.give("otp-1", SECRET)
        assert "loop-tui go" in refused.value.todo
    with pytest.raises(Problem, match="cannot be empty"):
        client.give("otp-1", "")
    assert files(run) == before


@pytest.mark.parametrize("kind", ["text", None])
def test_one_that_was_disguised_is_never_written(run: Run, kind: str | None) -> None:
    document = json.loads(run.store.path.read_text())
    (asked,) = document["clarifications"]["pending"]
    del asked["kind"]
    document["clarifications"]["pending"] = [{**asked, **({"kind": kind} if kind else {})}]
    run.store.path.write_text(json.dumps(document))
    client = RunClient(run.store, Started(), "bob")
    for named in ("otp-1", ""):
        with pytest.raises(Problem, match="must not be written into the state file") as refused:
            client.answer(named, SECRET)
        assert refused.value.code is Code.USAGE
        assert client.secret(named) is not None
    assert SECRET not in files(run)
    client.go()
    assert not run.state.questions, "the next driver asks it again"


def test_a_question_that_is_none_is_answered_as_ever(run: Run) -> None:
    run.tell(changes.withdrawn("otp-1", "ann"))
    run.tell(changes.asked(Question(id="otp-1", skill="release-planner", text="Which?")))
    client = RunClient(run.store, Started(), "bob")
    assert client.secret("otp-1") is None
    client.answer("otp-1", "this")
    assert (answered := run.state.question("otp-1")) is not None
    assert answered.answer == "this"


def test_a_file_in_the_place_of_the_pipe_gets_nothing(run: Run) -> None:
    (run.store.run_dir / name_of("otp-1")).write_text("")
    with pytest.raises(Problem, match="not a private pipe"):
        RunClient(run.store, Started(), "bob").give("otp-1", SECRET)
    assert SECRET not in files(run)


def test_a_driver_is_started_to_ask_again(run: Run) -> None:
    started: list[str] = []
    client = RunClient(run.store, Started(lambda project, loop: started.append(loop) or 7), "bob")
    assert client.start(run.state).pid == 7
    assert started == [run.store.loop]
