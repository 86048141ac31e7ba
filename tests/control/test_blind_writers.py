"""Answers reach an agent that writes the whole state file at any time, and nothing of the agent's is changed.

The agent is a process of its own (`agent_script.py`). The suite has twenty answers of each kind; `-m long` has two
hundred, with another seed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from loop_tui.__main__ import main
from loop_tui.control.client import RunClient
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.journal import JOURNAL_NAME, Journal
from loop_tui.storage.state.leases import current
from loop_tui.storage.state.store import Store
from tests.tui.launching import Started
from tests.tui.runs import INFRA, PLAN

SCRIPT = Path(__file__).with_name("agent_script.py")
SHORT, LONG = 20, 200
Line = dict[str, Any]


@pytest.fixture(params=[pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@dataclass
class Place:
    """A project in which an agent works on the infra loop, and the person who answers it from here."""

    project: Path
    drivers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.project.mkdir()
        self.definition = find(self.project, INFRA).definition
        self.gate = self.definition.gates[0]
        self.other = self.definition.gates[1].id
        names = [p.id for p in self.definition.phases]
        done = names[: names.index(self.gate.after)]
        document = {
            "loop": INFRA,
            "version": "1.0.0",
            "phase": self.gate.after,
            "status": "active",
            "agent": {"name": "codex", "count": 0, "caf\u00e9": [1.5, None, True]},
            "gates": {
                g.id: {"status": "pending", "required": True, "approvalType": "human"} for g in self.definition.gates
            },
            "phases": {
                p.id: {
                    "status": "complete" if p.id in done else "pending",
                    "skills": [s.id for s in p.skills],
                }
                for p in self.definition.phases
            },
            "agentLog": [],
            "started_at": "2026-01-01T00:00:00Z",
            "last_updated": "2026-01-01T00:00:00Z",
        }
        self.store = Store(self.project, INFRA, definition=self.definition)
        self.store.path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        (self.project / PLAN).write_text("# Plan\n")

    def client(self) -> RunClient:
        def told(project: Path, loop: str) -> int:
            self.drivers.append(loop)
            return 0

        return RunClient(Store(self.project, INFRA, definition=self.definition), Started(told), "ann")

    def answer(self, number: int) -> Line:
        """What the person says in that round, and what the agent has to hear."""
        client, text, gate = self.client(), f"text {number}", self.gate.id
        if number % 3 == 0:
            state = client.request_changes(text, gate).state
            heard = {"status": "rejected", "decision": "changes", "feedback": text}
        elif number % 3 == 1:
            state = client.approve(gate, text).state
            heard = {"status": "approved", "decision": "approved", "approvalReason": text}
        else:
            state = client.reject(gate).state
            heard = {"status": "rejected", "decision": "rejected"}
        assert client.start(state).elsewhere, "no driver has a run of somebody else"
        return heard

    def command(self, *argv: str) -> str:
        """What a command says, on both of its outputs."""
        with redirect_stdout(StringIO()) as said, redirect_stderr(said):
            code = main([*argv, "--project", str(self.project), "--loop", INFRA])
        assert code == 0, said.getvalue()
        return said.getvalue()

    def written_again(self) -> int:
        """How often an answer was written once more."""
        journal = Journal(self.store.run_dir / JOURNAL_NAME)
        return sum(1 for event in journal.read() if event.context.get("again") is True)

    @contextmanager
    def agent(self, kind: str, rounds: int, **env: str) -> Iterator["Agent"]:
        argv = [str(self.store.path), self.gate.id, self.gate.after, kind, str(rounds), str(rounds)]
        with subprocess.Popen(
            [sys.executable, str(SCRIPT), *argv],
            env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[2]), **env},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            try:
                yield Agent(process)
            finally:
                process.kill()

    def untouched(self) -> None:
        """Nothing was driven and nothing but answers was written."""
        assert self.drivers == []
        assert current(self.store.run_dir) is None
        assert not (self.store.run_dir / "lease.json").exists()


@dataclass
class Agent:
    """The process of the agent."""

    process: subprocess.Popen[str]

    def line(self) -> Line:
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, f"the agent ended with {self.process.wait()}"
        found: Line = json.loads(text)
        assert found["event"] != "foreign", found
        return found

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()


def converse(place: Place, agent: Agent, rounds: int, lost: Callable[[Agent, int], None] | None = None) -> None:
    """Answer each time the agent asks; it has to hear just that."""
    for number in range(rounds):
        asking = agent.line()
        assert (asking["event"], asking["round"]) == ("asking", number)
        wanted = place.answer(number)
        line = agent.line()
        if line["event"] == "lost" and lost is not None:
            lost(agent, number)
            line = agent.line()
        assert line["event"] == "heard", line
        assert {key: line[key] for key in wanted} == wanted
    assert agent.line()["event"] == "end"
    place.untouched()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "project")


@contextmanager
def keeper(place: Place) -> Iterator[None]:
    """A `loop-tui wait` for a gate that nobody answers: while it lives it keeps the answers to all others."""
    command = [sys.executable, "-m", "loop_tui", "wait", place.other, "--project", str(place.project), "--loop", INFRA]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield
            assert process.poll() is None, "it waits on"
        finally:
            process.terminate()


@pytest.mark.slow
def test_an_agent_that_takes_the_lock_hears_every_answer(place: Place, rounds: int) -> None:
    with place.agent("lock", rounds) as agent:
        converse(place, agent, rounds)
    assert place.written_again() == 0, "nothing was erased"


@pytest.mark.slow
def test_an_agent_that_waits_with_us_hears_every_answer(place: Place, rounds: int) -> None:
    with place.agent("wait", rounds) as agent:
        for number in range(rounds):
            assert agent.line() == {"event": "asking", "round": number}
            wanted = place.answer(number)
            line = agent.line()
            assert (line["event"], line["code"]) == ("heard", (4, 0, 5)[number % 3]), line
            assert line["feedback"] == wanted.get("feedback", "")
            assert line["approvalReason"] == wanted.get("approvalReason", "")
        assert agent.line()["event"] == "end"
    place.untouched()


@pytest.mark.slow
def test_a_blind_agent_hears_every_answer_while_somebody_keeps_them(place: Place, rounds: int) -> None:
    with keeper(place), place.agent("blind", rounds) as agent:
        converse(place, agent, rounds)
    assert place.written_again() >= rounds // 2, "every other answer was erased"


@pytest.mark.slow
def test_else_the_next_command_says_what_a_blind_agent_overwrote(place: Place, rounds: int) -> None:
    erased: list[int] = []

    def lost(agent: Agent, number: int) -> None:
        if "was overwritten by another program" not in place.command("status"):
            agent.go_on()  # It lost patience before the person spoke.
            return
        erased.append(number)
        assert "was overwritten by another program; it is restored" in place.command("log", "where are we?")
        agent.go_on()

    with place.agent("blind", rounds, AGENT_READS="3") as agent:
        converse(place, agent, rounds, lost)
    assert set(range(0, rounds, 2)) <= set(erased)
