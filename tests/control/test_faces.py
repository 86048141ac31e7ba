"""What is said on the command line and on the screen comes to the same: one rule each for both faces."""

import json
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.cli.place import ChosenRun
from loop_tui.control.client import RunClient
from loop_tui.control.run_reader import RunReader
from loop_tui.engine import changes
from loop_tui.model.problem import Problem
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.storage.state.journal import JOURNAL_NAME
from tests.tui.runs import Run, asking, human_gate

SECRET = "hunter2hunter2"
STEP = 'steps = [{ name = "t", run = ["true"] }]'
OWN_LOOP = f'id = "own-loop"\n[[phases]]\nid = "ONLY"\nskills = [{{ id = "t", {STEP} }}]\n'

Says = Callable[[RunClient], object]
"""What is said on the screen."""


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loops that a driver was started for; none of them is."""
    loops: list[str] = []

    def start(self: ProcessLauncher, project: Path, loop: str, begins: Sequence[str] = ()) -> int:
        loops.append(loop)
        return 0

    monkeypatch.setattr(ProcessLauncher, "start", start)
    return loops


def typed(project: Path, loop: str, *argv: str) -> int:
    """Give a command, and the exit code of it."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return main([*argv, "--project", str(project), "--loop", loop])


def client_of_screen(project: Path, loop: str) -> RunClient:
    """Who speaks for the person at a screen, put together as the screen does it."""
    reader = RunReader(project, loop)
    reader.open()
    return RunClient(reader.store, ProcessLauncher())


def say(face: str, run: Run, argv: tuple[str, ...], says: Says) -> bool:
    """Say it at that face; False when it was refused."""
    if face == "cli":
        return typed(run.project, run.definition.id, *argv) == 0
    try:
        says(client_of_screen(run.project, run.definition.id))
    except Problem:
        return False
    return True


faces = pytest.mark.parametrize("face", ["cli", "screen"])


@faces
def test_a_secret_in_what_is_said_does_not_reach_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    monkeypatch.setenv("MY_API_KEY", SECRET)
    run = human_gate(tmp_path)
    text = f"use {SECRET}"
    assert say(face, run, ("changes", text, "--no-go"), lambda client: client.request_changes(text))
    journal = (run.store.run_dir / JOURNAL_NAME).read_text()
    assert SECRET not in journal
    assert "use [masked]" in journal


@faces
def test_control_sequences_in_what_is_said_reach_no_file(tmp_path: Path, face: str) -> None:
    run = human_gate(tmp_path)
    text = "make it \x1b[31mred\x07"
    assert say(face, run, ("changes", text, "--no-go"), lambda client: client.request_changes(text))
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.feedback == "make it red"
    assert "u001b" not in run.store.path.read_text()


@faces
def test_an_empty_answer_is_the_default(tmp_path: Path, face: str) -> None:
    run = asking(tmp_path, default="Y")
    assert say(face, run, ("answer", "-", "", "--no-go"), lambda client: client.answer("", ""))
    question = run.state.question("bump-1")
    assert question is not None
    assert question.answer == "Y"


@faces
def test_an_empty_answer_without_a_default_is_refused(tmp_path: Path, face: str) -> None:
    run = asking(tmp_path, default=None)
    before = run.store.path.read_bytes()
    assert not say(face, run, ("answer", "bump-1", " ", "--no-go"), lambda client: client.answer("bump-1", " "))
    assert run.store.path.read_bytes() == before


def in_between(monkeypatch: pytest.MonkeyPatch, face: str, write: Callable[[], None]) -> Says:
    """Let somebody write between what the person sees and what they decide, at that face."""
    if face == "cli":
        client = ChosenRun.client

        def later(where: ChosenRun, by: str = "") -> RunClient:
            write()
            return client(where, by)

        monkeypatch.setattr(ChosenRun, "client", later)

    def approve(client: RunClient) -> None:
        loaded = client.store.load()
        assert loaded is not None
        seen = client.store.binding(loaded.state, "infra-gate")
        write()
        client.approve("infra-gate", seen=seen)

    return approve


@faces
def test_what_an_agent_writes_in_passing_refuses_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    run = human_gate(tmp_path)

    def write() -> None:
        found = json.loads(run.store.path.read_text())
        found["last_updated"] = "2027-01-01T00:00:00Z"
        found["skillsLog"].append({"skill": "notes", "phase": "SCAFFOLD", "status": "complete", "summary": "more"})
        run.store.path.write_text(json.dumps(found, indent=2))

    before = run.state
    assert say(face, run, ("approve", "infra-gate", "--no-go"), in_between(monkeypatch, face, write))
    assert len(run.state.skill_log) == len(before.skill_log) + 1
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status.value == "approved"


@faces
def test_an_answer_to_what_was_changed_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    run = human_gate(tmp_path)

    def write() -> None:
        run.tell(changes.gate_rejected("infra-gate", "bob"))

    assert not say(face, run, ("approve", "infra-gate", "--no-go"), in_between(monkeypatch, face, write))
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status.value == "rejected"


@faces
def test_no_driver_is_started_before_somebody_trusts_the_loop_as_it_is_now(
    tmp_path: Path, started: list[str], face: str
) -> None:
    loop = tmp_path / ".loops" / "own-loop.toml"
    loop.parent.mkdir()
    for text in (OWN_LOOP, f"{OWN_LOOP}# changed\n"):
        loop.write_text(text)
        started.clear()
        if face == "cli":
            assert typed(tmp_path, "own-loop", "go") == 3
            assert not started
            assert typed(tmp_path, "own-loop", "go", "--trust") == 0
        else:
            client = client_of_screen(tmp_path, "own-loop")
            asked = client.start(None).trust
            assert asked is not None
            assert asked.path == str(loop)
            assert not started
            client.trust(asked)
            assert client.start(None).trust is None
        assert started == ["own-loop"]


@faces
def test_a_damaged_state_file_is_restored(tmp_path: Path, face: str) -> None:
    run = human_gate(tmp_path)
    good = run.store.path.read_bytes()
    run.store.path.write_text('{"loop": "infra')
    if face == "cli":
        with redirect_stdout(StringIO()):
            assert main(["state", "restore", "infra-loop", "--yes", "--project", str(tmp_path)]) == 0
    else:
        assert client_of_screen(tmp_path, "infra-loop").restore().state.phase == "SCAFFOLD"
    assert run.store.path.read_bytes() == good
    assert run.store.events()[-1].subject == "restored"
