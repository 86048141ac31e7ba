"""While somebody looks, an answer that another program erased is written again, and told once."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.control.answers import AnswerKeeper, Erased
from loop_tui.control.board import Board
from loop_tui.control.client import RunClient
from loop_tui.control.keeping import Keeping
from loop_tui.control.run_reader import RunReader
from loop_tui.storage.user.key import key_file
from tests.tui.launching import Started
from tests.tui.runs import INFRA, PLAN, Run, asking, human_gate

from .elsewhere import infra_file
from .test_board import until

SCAFFOLDED: JsonValue = {"INIT": {"status": "complete"}, "SCAFFOLD": {"status": "complete"}}


def looking(project: Path, loop: str = INFRA, *, keeps: bool = True) -> RunReader:
    reader = RunReader(project, loop)
    reader.open()
    reader.keeps = keeps
    return reader


def theirs(project: Path) -> tuple[Path, bytes]:
    """A run elsewhere that waits at its gate, the answer given, and what its writer wrote back over it."""
    path = infra_file(project, phases=SCAFFOLDED)
    (project / PLAN).write_text("# Plan\n")
    before = path.read_bytes()
    RunClient(looking(project).store, Started()).approve("infra-gate", "seen")
    assert gate_of(path) == "approved"
    return path, before


def gate_of(path: Path) -> str:
    return str(json.loads(path.read_text())["gates"]["infra-gate"]["status"])


def test_an_erased_approval_of_a_run_elsewhere_is_written_again_and_told_once(tmp_path: Path) -> None:
    path, before = theirs(tmp_path)
    reader = looking(tmp_path)
    reader.look()
    assert reader.news() == ()
    path.write_bytes(before)
    shot = reader.look()
    assert gate_of(path) == "approved"
    assert shot.attention.kind != "gate", "the picture shows the answer already"
    (line,) = reader.news()
    assert "your `approved` to infra-gate" in line
    assert line.endswith("it is restored")
    reader.look()
    assert reader.news() == ()


def test_it_is_written_as_often_as_it_is_erased_and_told_each_time(tmp_path: Path) -> None:
    path, before = theirs(tmp_path)
    reader = looking(tmp_path)
    for _ in range(3):
        path.write_bytes(before)
        reader.look()
        assert gate_of(path) == "approved"
        assert len(reader.news()) == 1


def test_who_may_only_look_writes_nothing(tmp_path: Path) -> None:
    path, before = theirs(tmp_path)
    path.write_bytes(before)
    reader = looking(tmp_path, keeps=False)
    reader.look()
    Board([tmp_path], None).look()
    assert path.read_bytes() == before
    assert reader.news() == ()


def test_an_erased_answer_to_a_question_of_our_run_is_written_again(tmp_path: Path) -> None:
    run = asking(tmp_path)
    before = run.store.path.read_bytes()
    RunClient(run.store, Started(), "ada").answer("bump-1", "n")
    run.store.path.write_bytes(before)
    looking(tmp_path, "distribution-loop").look()
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer == "n"


def test_an_approval_of_what_changed_since_is_not_given_again_and_that_is_told_once(tmp_path: Path) -> None:
    path, before = theirs(tmp_path)
    reader = looking(tmp_path)
    (tmp_path / PLAN).write_text("# Another plan\n")
    path.write_bytes(before)
    reader.look()
    reader.look()
    assert gate_of(path) == "pending"
    (line,) = reader.news()
    assert f"{PLAN} has changed since; answer again" in line


async def test_the_board_writes_it_again_too(tmp_path: Path) -> None:
    path, before = theirs(tmp_path / "p")
    board = Board([tmp_path], None, keeps=True)
    found = await until(board, lambda p: bool(p.news), lambda: path.write_bytes(before))
    assert gate_of(path) == "approved"
    assert found.news[0].startswith("p: your `approved` to infra-gate")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the journal was asked."""
    times: list[str] = []
    real = AnswerKeeper.erased

    def erased(keeper: AnswerKeeper) -> tuple[Erased, ...]:
        times.append("")
        return real(keeper)

    monkeypatch.setattr(AnswerKeeper, "erased", erased)
    return times


def kept(run: Run, times: int) -> None:
    keeping = Keeping(run.store)
    for _ in range(times):
        keeping.keep(run.state)


def test_where_nothing_changed_nothing_is_read(tmp_path: Path, asked: list[str]) -> None:
    kept(human_gate(tmp_path), 5)
    assert len(asked) == 1


def test_without_a_key_and_without_a_journal_nothing_is_read(tmp_path: Path, asked: list[str]) -> None:
    run = human_gate(tmp_path)
    key = key_file().read_bytes()
    key_file().unlink()
    kept(run, 2)
    key_file().write_bytes(key)
    run.store.journal.path.unlink()
    kept(run, 2)
    assert asked == []
