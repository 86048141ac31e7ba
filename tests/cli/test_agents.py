"""What agents and scripts say on the command line."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from loop_tui.__main__ import main
from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.model.log import LogLevel
from loop_tui.model.state import Blocked
from loop_tui.model.status import CheckStatus, RunStatus
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.storage.log.output_log import OUTPUT_NAME, read_from
from loop_tui.storage.state.claims import QUIET_AFTER_S, read_claims, write_claims
from loop_tui.storage.state.journal import JOURNAL_NAME, Journal
from tests.control.agents import GATE, client_of, elsewhere, put_back
from tests.tui.runs import INFRA, Run, asking, human_gate, new_run

HOSTILE = "see\x1b[2J https://ann:hunter2hunter2@example.org"


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        return str(self.lines[-1]["error"]["code"])


def command(run: Run, *argv: str) -> Said:
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = main([*argv, "--project", str(run.project), "--loop", run.definition.id])
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loops that a driver was started for; none of them is."""
    loops: list[str] = []

    def start(self: ProcessLauncher, project: Path, loop: str, begins: Sequence[str] = ()) -> int:
        loops.append(loop)
        return 0

    monkeypatch.setattr(ProcessLauncher, "start", start)
    return loops


def at_work(project: Path) -> Run:
    """A run whose first phase is open, with the document that its first skill has to leave."""
    run = new_run(project, INFRA)
    (project / "REQUIREMENTS.md").write_text("# What is needed\n")
    run.tell(changes.phase_entered(run.definition.phases[0].id))
    return run


def first(run: Run) -> tuple[str, tuple[str, ...]]:
    """The first phase, and its skills."""
    phase = run.definition.phases[0]
    return phase.id, tuple(s.id for s in phase.skills)


# --- claims


def test_a_skill_is_claimed_and_given_back(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    skill = first(run)[1][0]
    assert command(run, "claim", skill, "--as", "codex").code == 0
    assert [(c.skill, c.by) for c in run.state.claims] == [(skill, "codex")]
    refused = command(run, "claim", skill, "--as", "other", "--json")
    assert (refused.code, refused.error) == (2, "claimed")
    assert command(run, "heartbeat", "--as", "codex").code == 0
    assert command(run, "heartbeat", "--as", "other", "--json").error == "not-allowed"
    assert command(run, "release", skill, "--as", "codex", "--no-go").code == 0
    assert run.state.claims == ()


def test_one_skill_or_the_whole_run_is_claimed(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    skill = first(run)[1][0]
    for argv in (("claim",), ("claim", skill, "--run"), ("release", skill, "--run")):
        assert command(run, *argv, "--json").error == "usage"
    assert command(run, "claim", "--run", "--json").lines[0]["action"] == "claimed"
    assert run.state.run_claim is not None


@pytest.mark.parametrize("name", ["checks", "Checks", "\x1b[2J"])
def test_nobody_goes_by_the_name_of_the_checks(tmp_path: Path, name: str) -> None:
    run = at_work(tmp_path)
    assert command(run, "claim", "--run", "--as", name, "--json").error == "usage"
    assert run.state.claims == ()


def ripe(project: Path) -> Run:
    """A run of the distribution loop whose next skill is ours to do."""
    run = new_run(project)
    run.tell(changes.phase_entered("INIT"))
    return run


def test_what_is_given_back_is_driven_on(tmp_path: Path, started: list[str]) -> None:
    run = ripe(tmp_path)
    for argv in (("claim", "release-planner"), ("claim", "--run")):
        command(run, *argv, "--as", "codex")
        assert started == []
        command(run, "release", "--as", "codex")
        assert len(started) == 1
        started.clear()
    command(run, "claim", "--run", "--as", "codex")
    command(run, "release", "--run", "--as", "codex", "--no-go")
    assert started == []


def test_what_was_quiet_for_too_long_waits_for_a_person(tmp_path: Path, started: list[str]) -> None:
    run = ripe(tmp_path)
    command(run, "claim", "release-planner", "--as", "codex")
    (claim,) = read_claims(run.store.run_dir, 0)
    write_claims(run.store.run_dir, [claim.model_copy(update={"beat": time.time() - QUIET_AFTER_S - 1})])
    said = command(run, "release", "--as", "codex")
    assert (said.code, started) == (0, [])
    assert "`loop-tui go`" in said.out
    assert run.state.claims == ()
    command(run, "go")
    assert len(started) == 1


VERBS: dict[str, Sequence[str]] = {
    "claim": ("claim", "--run"),
    "heartbeat": ("heartbeat",),
    "release": ("release", "--run"),
    "done": ("done", "scaffold"),
    "block": ("ask", "Why?", "--block"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_run_elsewhere_has_nothing_to_claim(tmp_path: Path, verb: str) -> None:
    run = elsewhere(human_gate(tmp_path))
    before = run.store.path.read_bytes()
    said = command(run, *VERBS[verb], "--json")
    assert (said.code, said.error, said.err.count("\n")) == (2, "elsewhere", 1)
    assert run.store.path.read_bytes() == before


# --- done


def test_what_a_skill_left_behind_is_recorded(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    phase, (skill, *_) = first(run)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/notes.md").write_text("# Notes\n")
    command(run, "claim", skill, "--as", "codex")
    said = command(
        run, "done", skill, "--as", "codex", "--deliverable", "docs/notes.md", "--check", "lint=passed:3 files",
        "--check", "test=failed", "--reference", HOSTILE, "--summary", "as asked", "--no-go", "--json",
    )  # fmt: skip
    assert said.code == 0, said
    left = next(d for d in run.state.deliverables if d.name == "notes.md")
    assert (left.path, left.size_bytes, left.skill) == ("docs/notes.md", 8, skill)
    assert left.sha256 == hashlib.sha256(b"# Notes\n").hexdigest()
    entry = run.state.skill_log[-1]
    assert (entry.phase, entry.summary) == (phase, "as asked")
    assert [(c.name, c.status, c.summary, c.reported_by) for c in entry.checks] == [
        ("lint", CheckStatus.PASSED, "3 files", "codex"),
        ("test", CheckStatus.FAILED, "", "codex"),
    ]
    assert entry.references == ("see https://[masked]@example.org",)
    assert json.loads(run.store.path.read_text())["skillsLog"][-1]["references"] == list(entry.references)
    assert run.state.claims == ()


BAD: dict[str, tuple[str, str]] = {
    "absent": ("no-such.md", "file-unreadable"),
    "empty": ("empty.md", "deliverable-missing"),
    "above": ("../outside.md", "path-unsafe"),
    "absolute": ("/etc/hosts", "path-unsafe"),
    "link": ("link.md", "path-unsafe"),
    "folder": ("folder", "file-unreadable"),
    "pipe": ("pipe", "file-unreadable"),
    "device": ("zero", "path-unsafe"),
    "git": (".git/config", "path-unsafe"),
    "git by a link": ("history", "path-unsafe"),
    "secrets": (".env", "path-unsafe"),
    "secrets by a link": ("notes.md", "path-unsafe"),
    "key": ("deploy.pem", "path-unsafe"),
}


@pytest.mark.parametrize("bad", BAD)
def test_only_files_of_the_project_are_deliverables(tmp_path: Path, bad: str) -> None:
    project = tmp_path / "project"
    run = at_work(project)
    (tmp_path / "outside.md").write_text("not yours")
    (project / "link.md").symlink_to(tmp_path / "outside.md")
    (project / "empty.md").touch()
    (project / "folder").mkdir()
    os.mkfifo(project / "pipe")
    (project / "zero").symlink_to("/dev/zero")
    (project / ".git").mkdir(exist_ok=True)
    for name in (".git/config", ".env", "deploy.pem"):
        (project / name).write_text("token = hunter2")
    (project / "history").symlink_to(".git/config")
    (project / "notes.md").symlink_to(".env")
    path, code = BAD[bad]
    before = run.store.path.read_bytes()
    assert command(run, "done", first(run)[1][0], "--deliverable", path, "--json").error == code
    assert run.store.path.read_bytes() == before


@pytest.mark.parametrize("check", ["lint", "lint=", "lint=green", "=passed", "lint=Passed"])
def test_a_check_passed_or_failed(tmp_path: Path, check: str) -> None:
    run = at_work(tmp_path)
    assert command(run, "done", first(run)[1][0], "--check", check, "--json").error == "usage"


def test_complete_is_the_short_form_of_done(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    _, (skill, *_) = first(run)
    assert command(run, "complete", skill, "--summary", "by hand", "--no-go").code == 0
    assert run.state.skill_log[-1].summary == "by hand"


def test_a_manual_skill_is_not_done_without_its_document(tmp_path: Path) -> None:
    run = new_run(tmp_path, INFRA)
    run.tell(changes.phase_entered("INIT"))
    said = command(run, "complete", "requirements", "--json", "--no-go")
    assert (said.code, said.error) == (2, "deliverable-missing")
    (tmp_path / "REQUIREMENTS.md").write_text("# What is needed\n")
    assert command(run, "complete", "requirements", "--no-go").code == 0


def test_a_phase_that_is_done_with_it_is_left_on_a_claimed_run(tmp_path: Path, started: list[str]) -> None:
    run = ripe(tmp_path)
    (tmp_path / "release-scope.md").write_text("scope")
    command(run, "claim", "--run", "--as", "codex")
    assert command(run, "done", "release-planner", "--as", "codex", "--deliverable", "release-scope.md").code == 0
    assert run.state.phase == "VERIFY"
    assert started == []
    (tmp_path / "verification-report.md").write_text("all well")
    args = ("--deliverable", "verification-report.md", "--check", "build=passed")
    assert command(run, "done", "code-verification", "--as", "codex", *args).code == 0
    assert len(started) == 1, "a driver that runs the checks of the gate"


# --- log


def test_what_is_said_is_in_the_journal_and_on_the_screen(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    skill = first(run)[1][0]
    command(run, "claim", skill, "--as", "codex")
    before = run.store.path.read_bytes()
    assert command(run, "log", HOSTILE, "--level", "warn", "--as", "codex").code == 0
    assert run.store.path.read_bytes() == before
    lines, _ = read_from(run.store.run_dir / OUTPUT_NAME, 0)
    assert [(line.skill, line.level, line.text) for line in lines] == [
        (skill, LogLevel.WARN, "codex: see https://[masked]@example.org")
    ]
    noted = Journal(run.store.run_dir / JOURNAL_NAME).read()[-1]
    assert (noted.action, noted.context["level"], noted.context["by"]) == ("noted", "warn", "codex")
    assert "hunter2" not in (run.store.run_dir / JOURNAL_NAME).read_text()
    assert "\x1b" not in (run.store.run_dir / OUTPUT_NAME).read_text()


def test_elsewhere_it_is_in_the_journal_alone(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    before = run.store.path.read_bytes()
    assert command(run, "log", "hello").code == 0
    assert run.store.path.read_bytes() == before
    assert Journal(run.store.run_dir / JOURNAL_NAME).read()[-1].context["text"] == "hello"
    assert not (run.store.run_dir / OUTPUT_NAME).exists()


def test_nothing_and_unknown_levels_are_refused(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    assert command(run, "log", " ", "--json").error == "usage"
    assert command(run, "log", "x", "--level", "loud", "--json").error == "usage"


# --- ask


def test_a_question_is_asked_once(tmp_path: Path) -> None:
    run = at_work(tmp_path)
    said = command(run, "ask", "Which database?", "--choices", "postgres", "sqlite", "--default", "sqlite")
    asked = said.out.splitlines()[-1]
    assert asked.startswith("which-database-")
    assert command(run, "ask", "Which database?", "--choices", "postgres", "sqlite").out.splitlines() == [asked]
    assert command(run, "ask", "Which cache?").code == 0
    assert [(q.text, q.options) for q in run.state.pending_questions] == [
        ("Which database?", ("postgres", "sqlite")),
        ("Which cache?", ()),
    ]
    assert command(run, "answer", asked, "oracle", "--json").error == "usage"
    assert command(run, "answer", asked, "--no-go").code == 0
    found = run.state.question(asked)
    assert found is not None
    assert found.answer == "sqlite"
    waited = command(run, "ask", "Which database?", "--choices", "postgres", "sqlite", "--wait")
    assert (waited.code, waited.out) == (0, "sqlite\n")


@pytest.mark.parametrize(
    "argv",
    [
        ("What", "now?"),
        ("What?", "--choices"),
        ("What?", "--choices", "A"),
        ("What?", "--choices", "A", "a"),
        ("What?", "--choices", "A", "B", "--default", "C"),
        ("What?", "--timeout", "1"),
        (" ",),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(tmp_path: Path, argv: tuple[str, ...]) -> None:
    run = at_work(tmp_path)
    assert command(run, "ask", *argv, "--json").error == "usage"
    assert run.state.questions == ()


def test_a_question_may_block_the_run_and_its_answer_lifts_that(tmp_path: Path, started: list[str]) -> None:
    run = ripe(tmp_path)
    asked = command(run, "ask", "May I?", "--block", "--as", "codex", "--json").lines[-1]["question"]
    state = run.state
    assert (state.status, state.blocked and state.blocked.reason) == (RunStatus.BLOCKED, "May I?")
    assert command(run, "ask", "May I?", "--block").code == 0, "the same once more"
    assert command(run, "ask", "Really?", "--block", "--json").error == "not-allowed"
    assert command(run, "go", "--json").error == "not-allowed"
    assert command(run, "answer", asked, "yes").code == 0
    assert (run.state.status, run.state.blocked) == (RunStatus.ACTIVE, None)
    assert len(started) == 1


def test_an_answer_in_the_file_lifts_it_with_the_next_go(tmp_path: Path, started: list[str]) -> None:
    run = ripe(tmp_path)
    command(run, "ask", "May I?", "--block")
    found = json.loads(run.store.path.read_text())
    found["clarifications"]["pending"][0]["answer"] = "yes"
    run.store.path.write_text(json.dumps(found))
    assert run.state.status is RunStatus.BLOCKED
    assert command(run, "go").code == 0
    assert (run.state.status, len(started)) == (RunStatus.ACTIVE, 1)


def test_an_answer_to_something_else_lifts_nothing(tmp_path: Path) -> None:
    run = asking(tmp_path)
    run.tell(changes.blocked(Blocked(reason="three failures")))
    assert command(run, "answer", "bump-1", "y", "--no-go").code == 0
    assert run.state.status is RunStatus.BLOCKED


def test_nor_does_an_answer_to_another_question(tmp_path: Path) -> None:
    run = asking(tmp_path)
    command(run, "ask", "May I?", "--block")
    assert command(run, "answer", "bump-1", "y", "--no-go").code == 0
    assert run.state.status is RunStatus.BLOCKED
    assert command(run, "answer", "-", "y", "--no-go").code == 0
    assert run.state.status is RunStatus.ACTIVE


# --- wait


EXITS: dict[str, tuple[Callable[[Run], object], int, str]] = {
    "approved": (lambda run: client_of(run).approve(GATE, "fine"), 0, "fine\n"),
    "changes": (lambda run: client_of(run).request_changes("a\ntable", GATE), 4, "a\ntable\n"),
    "rejected": (lambda run: client_of(run).reject(GATE), 5, ""),
    "timeout": (lambda run: None, 124, ""),
    "over": (lambda run: client_of(run).abort("no use"), 1, ""),
}


@pytest.mark.parametrize("kind", EXITS)
def test_the_exit_code_says_what_was_said(tmp_path: Path, kind: str) -> None:
    run = elsewhere(human_gate(tmp_path)) if kind != "over" else human_gate(tmp_path)
    say, code, out = EXITS[kind]
    say(run)
    said = command(run, "wait", GATE, "--timeout", "0")
    assert (said.code, said.out, said.err.count("\n")) == (code, out, 1)
    told = command(run, "wait", GATE, "--timeout", "0", "--json")
    assert (told.code, told.lines[-1]["outcome"], told.err) == (code, kind, "")


def test_wait_names_what_it_does_not_know(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    said = command(run, "wait", "no-such", "--json")
    assert (said.code, said.error) == (2, "name-unknown")
    assert command(run, "wait", "--after", "2026-01-01T00:00:00Z", "--json").error == "usage"
    assert command(run, "wait", GATE, "--after", "yesterday", "--json").error == "usage"
    assert command(new_run(tmp_path / "other"), "wait", "--timeout", "0").code == 124


# --- status, and what was overwritten


def test_status_tells_a_script_what_it_needs(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    command(run, "claim", "--run", "--as", "codex")
    told = command(run, "status", "--json").lines[0]
    assert (told["ours"], told["presence"], told["overwritten"], told["waits"]) == (True, "working elsewhere", [], GATE)
    assert [(c["by"], c["skill"]) for c in told["claims"]] == [("codex", "")]
    gate = told["gates"][0]
    assert (gate["id"], gate["status"], gate["decision"], gate["decisions"]) == (GATE, "pending", "", 0)
    assert [g["seen"] != "" for g in told["gates"]] == [True, False]
    text = command(run, "status").out
    assert f"--seen {gate['seen']}" in text
    assert "claimed: the run by codex" in text
    assert command(run, "changes", "a table", "--seen", gate["seen"], "--no-go").code == 0
    gate = command(run, "status", "--json").lines[0]["gates"][0]
    assert (gate["status"], gate["decision"], gate["feedback"], gate["seen"]) == ("rejected", "changes", "a table", "")
    assert gate["feedbackAt"]
    assert gate["feedbackBy"]


def test_status_says_whose_the_run_is(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    told = command(run, "status", "--json").lines[0]
    assert told["ours"] is False
    assert told["presence"] in command(run, "status").out
    assert "not yours: it has no owner record" in command(run, "status").out


@pytest.fixture
def erased(tmp_path: Path) -> Run:
    """An approval that another program wrote over."""
    run = elsewhere(human_gate(tmp_path))
    text = run.store.path.read_text()
    client_of(run).approve(GATE, "fine")
    put_back(run, text)
    return run


def test_status_says_that_an_answer_was_overwritten(erased: Run) -> None:
    before = erased.store.path.read_bytes()
    assert "was overwritten by another program" in command(erased, "status").out
    assert len(command(erased, "status", "--json").lines[0]["overwritten"]) == 1
    assert erased.store.path.read_bytes() == before, "looking writes nothing"


def test_the_next_command_writes_it_again_and_says_so(erased: Run) -> None:
    said = command(erased, "log", "hello", "--json")
    assert said.err.endswith("was overwritten by another program; it is restored\n")
    assert len(said.lines) == 1
    gate = erased.state.gate(GATE)
    assert gate is not None
    assert (gate.status.value, gate.reason) == ("approved", "fine")
    assert command(erased, "log", "hello").err == ""


def test_what_is_answered_anew_is_not_answered_for_them(erased: Run) -> None:
    said = command(erased, "changes", "a table")
    assert (said.code, said.err.count("written again")) == (0, 0)
    assert "was overwritten by another program" in said.err
    gate = erased.state.gate(GATE)
    assert gate is not None
    assert (gate.decision, gate.feedback) == ("changes", "a table")


LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("claim", "--run", "--as", LONG), "a name may have at most 60 characters, not 100,000"),
        (("ask", LONG), "the question has 100,000 characters, at most 2,000 are allowed"),
        (
            ("ask", "which?", "--choices", LONG, "--choices", "b"),
            "a choice has 100,000 characters, at most 200 are allowed",
        ),
        (("log", LONG), "the line has 100,000 characters, at most 20,000 are allowed"),
        (("changes", LONG), "the feedback has 100,000 characters, at most 20,000 are allowed"),
        (("approve", "--reason", LONG), "the reason has 100,000 characters, at most 20,000 are allowed"),
        (("abort", "--reason", LONG), "the reason has 100,000 characters, at most 20,000 are allowed"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_what_is_said_has_a_length(tmp_path: Path, argv: tuple[str, ...], what: str) -> None:
    run = human_gate(tmp_path)
    before = run.store.path.read_bytes()
    said = command(run, *argv)
    assert said.code == 2
    assert what in said.err
    assert len(said.err) < 400
    assert run.store.path.read_bytes() == before


def test_the_one_open_question_needs_no_name(tmp_path: Path) -> None:
    run = asking(tmp_path)
    assert command(run, "answer", "n").code == 0
    assert [question.answer for question in run.state.questions] == ["n"]


def test_an_answer_that_is_missing_is_no_default(tmp_path: Path) -> None:
    run = asking(tmp_path)
    assert command(run, "answer", "--json").error == "usage"
    assert [question.answer for question in run.state.questions] == [None]


def test_where_two_questions_are_open_a_text_alone_answers_none(tmp_path: Path) -> None:
    run = asking(tmp_path)
    run.tell(changes.asked(Question(id="other", skill="", text="Which one?")))
    assert command(run, "answer", "n").code == 2
    assert [question.answer for question in run.state.questions] == [None, None]
