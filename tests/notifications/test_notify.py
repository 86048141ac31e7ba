"""People who are away are told how a run ended: once, with the command that answers, and without hurting the run."""

import asyncio
import importlib.util
import json
import os
import shlex
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from loop_tui.cli.packs import packs, runners
from loop_tui.cli.wiring import run_ports
from loop_tui.driver import DriveResult, Exit, Options, drive
from loop_tui.engine import changes
from loop_tui.fs.paths import DRIVER_LOG, ensure_run_folder, run_folder
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Question
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import MASK, secrets_in
from loop_tui.model.state import Blocked, RunState
from loop_tui.notifications import notify
from loop_tui.notifications.notify import Message, News, message_of
from loop_tui.process.environment import clean_environment
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.definitions.loop_toml import parse_toml
from loop_tui.storage.log.output_log import OUTPUT_NAME
from tests.tui.runs import INFRA, asking, human_gate, new_run, red_gate

SECRET = "hunter2-hunter2"


@dataclass
class Hook:
    """A webhook on this machine: what was posted to it, and how it answers."""

    port: int = 0
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"json://bot:{SECRET}@127.0.0.1:{self.port}/hook"

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, notify.VARIABLE: self.url}


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A real HTTP server on a free port."""
    found = Hook()
    found.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append(json.loads(body))
            found.arrived.set()
            found.answering.wait(60)
            self.send_response(found.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    found.answering.set()
    server.shutdown()
    server.server_close()


def commands_loop(*steps: str, targets: bool = False) -> LoopDefinition:
    """A loop of one phase whose one skill runs these programs."""
    text = 'id = "little-loop"\n[[phases]]\nid = "DO"\n[[phases.skills]]\nid = "work"\nrunner = "commands"\n'
    for step in steps:
        text += f'[[phases.skills.steps]]\nname = "{step}"\nrun = ["{step}"]\n'
    text += '[[targets]]\nid = "local"\nkind = "local"\n' if targets else ""
    return parse_toml(text, "little.toml")


def log_of(project: Path, loop: str) -> str:
    path = run_folder(project, loop) / OUTPUT_NAME
    return path.read_text() if path.exists() else ""


# --- what is said ---------------------------------------------------------------------------------------------------


def test_a_waiting_gate_names_run_gate_and_the_command_that_answers(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    message = message_of(run.state, run.definition, tmp_path)
    assert message is not None
    assert message.news is News.NEEDS_YOU
    assert message.title == "loop-tui needs you: infra-gate (widget-gauge)"
    first, approve, change = message.text.split("\n")
    assert first == "infra-loop of widget-gauge, run run-1: infra-gate waits for a person"
    assert shlex.split(approve) == ["loop-tui", "approve", "-C", str(tmp_path), "-l", INFRA, "infra-gate"]
    assert shlex.split(change)[:2] == ["loop-tui", "changes"]


def test_a_question_names_the_skill_the_choices_and_its_default(tmp_path: Path) -> None:
    run = asking(tmp_path)
    message = message_of(run.state, run.definition, tmp_path)
    assert message is not None
    assert "release-planner asks: Release 0.8.0? (Y / n)" in message.text
    assert message.text.endswith(" bump-1 Y")
    assert message.title == "loop-tui needs you: release-planner (widget-gauge)"


def test_a_failure_names_what_failed_and_why(tmp_path: Path) -> None:
    run = red_gate(tmp_path)
    message = message_of(run.state, run.definition, tmp_path)
    assert message is not None
    assert message.news is News.FAILED
    assert message.title == "loop-tui failed: readiness-gate (widget-gauge)"
    assert "test: 1 of 14 failed" in message.text
    assert "loop-tui go " in message.text


def test_blocked_says_so_and_how_to_resume(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.tell(changes.phase_entered("INIT"), changes.blocked(Blocked(reason="ten failures", action="look at CI")))
    message = message_of(run.state, run.definition, tmp_path)
    assert message is not None
    assert message.news is News.BLOCKED
    assert "INIT is BLOCKED: ten failures (look at CI)" in message.text
    assert "loop-tui resume " in message.text


def test_the_end_is_shipped_for_a_loop_with_targets_and_complete_for_any_other(tmp_path: Path) -> None:
    ship = find(tmp_path, "distribution-loop").definition
    for definition, news in ((ship, News.SHIPPED), (ship.model_copy(update={"targets": ()}), News.COMPLETE)):
        message = message_of(RunState(loop=ship.id, run="r"), definition, tmp_path, archived=True)
        assert message is not None
        assert message.news is news


def test_what_a_person_did_on_purpose_is_no_news(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    run.tell(changes.paused("ada"))
    assert message_of(run.state, run.definition, tmp_path) is None
    aborted = run.state.model_copy(update={"aborted": "enough"})
    assert message_of(aborted, run.definition, tmp_path, archived=True) is None


def test_the_same_gate_is_another_occasion_after_its_phase_ran_again(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    before = message_of(run.state, run.definition, tmp_path)
    later = [p.model_copy(update={"completed_at": "2026-02-03T04:05:06.000Z"}) for p in run.state.phases]
    after = message_of(run.state.model_copy(update={"phases": tuple(later)}), run.definition, tmp_path)
    assert before is not None
    assert after is not None
    assert before.key != after.key


def test_hostile_text_and_secrets_do_not_get_into_a_message(tmp_path: Path) -> None:
    text = "\x1b]52;c;AAAA\x07Really\r\n\x9b31m?\u202e token ghp_" + "a" * 36 + f" {SECRET} [red]"
    run = asking(tmp_path, text, question="-q\x1b[2J; rm -rf ~")
    state = run.state.model_copy(update={"system": "wid\x07get\nX: y"})
    message = message_of(state, run.definition, tmp_path, secrets=(SECRET,))
    assert message is not None
    said = message.title + message.text
    assert SECRET not in said
    assert "ghp_" not in said
    assert MASK in said
    assert not any(c < " " or "\x7f" <= c <= "\x9f" or c == "\u202e" for c in said.replace("\n", ""))
    assert message.text.count("\n") == 1
    # Pasted into a shell, it stays one argument, and none that looks like an option.
    assert shlex.split(message.text.split("\n")[1])[-3:] == ["--", "-q; rm -rf ~", "Y"]


# --- sending --------------------------------------------------------------------------------------------------------


def test_urls_stand_apart_and_are_secrets_that_no_program_gets() -> None:
    env = {notify.VARIABLE: "json://u:longsecret@a/b,c  tgram://token/chat,\nslack://x/y "}
    assert notify.urls_in(env) == ("json://u:longsecret@a/b,c", "tgram://token/chat", "slack://x/y")
    assert notify.urls_in({}) == notify.urls_in({notify.VARIABLE: " , "}) == ()
    assert "tgram://token/chat" in secrets_in(env)
    assert notify.VARIABLE not in clean_environment(env)


MESSAGE = Message(News.NEEDS_YOU, "title", "text", "run/gate")


async def told(run_dir: Path, environment: Mapping[str, str], **more: Any) -> tuple[bool, list[str]]:
    warned: list[str] = []
    run_dir.mkdir(exist_ok=True)
    sent = await notify.tell(MESSAGE, run_dir, environment, warned.append, **more)
    return sent, warned


async def test_a_message_goes_out_once(tmp_path: Path, hook: Hook) -> None:
    assert await told(tmp_path, hook.environment) == (True, [])
    assert await told(tmp_path, hook.environment) == (False, [])
    assert [(m["title"], m["message"], m["type"]) for m in hook.got] == [("title", "text", "warning")]
    assert SECRET not in (tmp_path / notify.NOTIFIED).read_text()


async def test_off_by_default(tmp_path: Path) -> None:
    assert await told(tmp_path, {}) == (False, [])
    assert not list(tmp_path.glob(notify.NOTIFIED))


async def test_a_refused_message_is_one_line_without_the_url_and_is_tried_again(tmp_path: Path, hook: Hook) -> None:
    hook.status = 500
    sent, warned = await told(tmp_path, {notify.VARIABLE: f"{hook.url} nonsense://{SECRET}"})
    assert not sent
    assert warned == ["not notified: json, nonsense did not accept the message"]
    hook.status = 200
    assert await told(tmp_path, hook.environment) == (True, [])


async def test_one_of_two_is_enough_to_be_told(tmp_path: Path, hook: Hook) -> None:
    environment = {notify.VARIABLE: f"json://127.0.0.1:9/nobody {hook.url}"}
    sent, warned = await told(tmp_path, environment)
    assert sent
    assert len(warned) == 1
    assert await told(tmp_path, environment) == (False, [])


async def test_a_service_that_never_answers_does_not_hold_the_driver(tmp_path: Path, hook: Hook) -> None:
    hook.answering.clear()
    sent, warned = await told(tmp_path, hook.environment, timeout_s=0.2)
    assert not sent
    assert warned == ["not notified: json did not accept the message"]
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "notify")


async def test_a_run_folder_that_cannot_be_written_is_one_line(tmp_path: Path, hook: Hook) -> None:
    (tmp_path / notify.NOTIFIED).mkdir()
    sent, warned = await told(tmp_path, hook.environment)
    assert sent
    assert len(warned) == 1
    assert warned[0].startswith("notified, but this cannot be recorded: ")


async def test_apprise_prints_no_url(tmp_path: Path, hook: Hook, capfd: pytest.CaptureFixture[str]) -> None:
    hook.status = 503
    await told(tmp_path, {notify.VARIABLE: f"{hook.url} json://{SECRET}.invalid/{SECRET} tgram://{SECRET}"})
    captured = capfd.readouterr()
    assert SECRET not in captured.out + captured.err


# --- the driver -----------------------------------------------------------------------------------------------------


async def driven(project: Path, definition: LoopDefinition, hook: Hook) -> tuple[DriveResult, list[str]]:
    lines: list[LogLine] = []
    ports = run_ports(project, definition, hook.environment)
    outcome = await drive(
        definition,
        Options(),
        ports,
        environment=hook.environment,
        on_line=lines.append,
        runners=runners(),
        packs=packs(),
    )
    return outcome, [line.text for line in lines if line.level is LogLevel.WARN]


async def test_the_driver_tells_of_a_gate_once_and_not_again_after_a_restart(tmp_path: Path, hook: Hook) -> None:
    run = human_gate(tmp_path)
    for _ in range(2):
        outcome, warned = await driven(tmp_path, run.definition, hook)
        assert outcome.code is Exit.WAITING
        assert not warned
    assert [m["title"] for m in hook.got] == ["loop-tui needs you: infra-gate (widget-gauge)"]
    assert SECRET not in "".join(p.read_text() for p in run.store.run_dir.iterdir() if p.is_file())


async def test_the_lease_is_free_while_the_message_is_on_its_way(tmp_path: Path, hook: Hook) -> None:
    run = human_gate(tmp_path)
    hook.answering.clear()
    driver = asyncio.create_task(driven(tmp_path, run.definition, hook))
    assert await asyncio.to_thread(hook.arrived.wait, 60)
    assert not driver.done()
    # Whoever answers now starts a driver, and that one gets the run.
    run.tell(changes.gate_approved("infra-gate", "ada"))
    ports = run_ports(tmp_path, run.definition, {})
    second = await drive(run.definition, Options(), ports, environment={}, runners=runners(), packs=packs())
    assert second.driver is None
    assert second.state is not None
    assert second.state.phase == "IMPLEMENT"
    hook.answering.set()
    assert (await driver)[0].code is Exit.WAITING


async def test_a_failure_is_told_and_so_is_the_next_one(tmp_path: Path, hook: Hook) -> None:
    definition = commands_loop("false")
    for _ in range(2):
        outcome, _ = await driven(tmp_path, definition, hook)
        assert outcome.code is Exit.FAILED
    assert [(m["title"], m["type"]) for m in hook.got] == [(f"loop-tui failed: work ({tmp_path.name})", "failure")] * 2
    assert "loop-tui go " in hook.got[0]["message"]


async def test_the_end_is_told_and_nothing_is_left_in_the_way_of_the_next_run(tmp_path: Path, hook: Hook) -> None:
    definition = commands_loop("true", targets=True)
    for number in (1, 2):
        # As a driver in the background is started: its own log is there before anything else.
        (ensure_run_folder(tmp_path, "little-loop") / DRIVER_LOG).touch()
        outcome, _ = await driven(tmp_path, definition, hook)
        assert outcome.code is Exit.COMPLETE
        assert len(hook.got) == number
    assert {m["title"] for m in hook.got} == {f"loop-tui shipped: little-loop ({tmp_path.name})"}
    assert not (run_folder(tmp_path, "little-loop") / "abandoned").exists()


async def test_a_shipped_run_whose_message_is_lost_is_shipped(tmp_path: Path, hook: Hook) -> None:
    hook.status = 500
    outcome, warned = await driven(tmp_path, commands_loop("true"), hook)
    assert outcome.code is Exit.COMPLETE
    assert warned == ["not notified: json did not accept the message"]
    # A log here would look like a run that somebody took the state file of.
    assert log_of(tmp_path, "little-loop") == ""


async def test_a_driver_that_stops_is_told(tmp_path: Path, hook: Hook) -> None:
    run = new_run(tmp_path)
    run.store.path.write_text("{")
    with pytest.raises(Problem):
        await driven(tmp_path, run.definition, hook)
    assert hook.got[0]["title"] == f"loop-tui failed: the driver ({tmp_path.name})"
    assert "distribution-state.json" in hook.got[0]["message"]


async def test_without_apprise_there_is_one_line_and_the_run_goes_on(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "apprise" else real(name))
    monkeypatch.setitem(sys.modules, "apprise", None)
    run = human_gate(tmp_path)
    outcome, warned = await driven(tmp_path, run.definition, hook)
    assert outcome.code is Exit.WAITING
    assert len(warned) == 1
    assert "pip install 'loop-tui[notify]'" in warned[0]
    assert log_of(tmp_path, INFRA).count("loop-tui[notify]") == 1
    assert not hook.got


def test_a_question_without_default_shows_where_the_text_goes(tmp_path: Path) -> None:
    run = asking(tmp_path, default=None)
    state = run.state
    assert isinstance(state.questions[0], Question)
    message = message_of(state, run.definition, tmp_path)
    assert message is not None
    assert message.text.endswith(" bump-1 TEXT")
