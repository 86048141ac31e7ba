"""What a driver does with a run, in process: the real conductor, ports in memory, skills that do as told."""

import asyncio
import json
from itertools import pairwise

import pytest

from loop_tui.driver import Exit, Options
from loop_tui.driver.conductor import MOST_REFUSED
from loop_tui.engine import changes, commands
from loop_tui.engine.retry import EXTERNAL_RETRIES
from loop_tui.engine.transaction import always, step
from loop_tui.model.definition import MANUAL, GateDefinition, LoopDefinition, PhaseDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Question
from loop_tui.model.lease import HEARTBEAT_S
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import Autonomy, GateStatus, GateType, RunStatus, SkillStatus
from loop_tui.model.transaction import Transaction
from loop_tui.runners.context import Context, EvidenceVoid, PhaseOutdated, SkillFailed, SkillResult
from tests.memory.clock import in_no_time
from tests.memory.lease import MemoryHeld

from .driven import SHIPPING, Driven, skill


def one_skill(**fields: object) -> LoopDefinition:
    phase = PhaseDefinition(id="WORK", skills=(skill("work"),))
    return LoopDefinition(id="little-loop", phases=(phase,), **fields)  # type: ignore[arg-type]


# --- from the start to the end


def test_a_run_goes_to_its_gate_and_from_there_to_its_archive() -> None:
    made = Driven()
    waiting = made.go()
    assert (waiting.code, waiting.reason) == (Exit.WAITING, "ship-gate waits for a person")
    assert waiting.todo == "--approve ship-gate"
    assert made.world.acted == ["commit-1", "push-1"]
    assert made.run.lease.current() is None
    made.tell(lambda state: commands.approve(state, SHIPPING, "ann"))
    done = made.go()
    assert (done.code, done.reason) == (Exit.COMPLETE, "success")
    assert str(done.archive) in made.archives
    (body,) = made.archives.values()
    assert body["documents"] == {"plan.md": b"the plan"}
    summary = body["summary"]
    assert isinstance(summary, dict)
    assert summary["outcome"] == "success"
    assert summary["gates"]["passed"] == ["readiness-gate", "ship-gate"]
    assert not made.run.store.exists()
    assert made.run.artifacts.note["archive"] == str(done.archive)
    assert made.world.acted == ["commit-1", "push-1"]
    assert made.stubs.started == ["plan", "verify", "commit", "push"]


def test_the_next_run_starts_fresh() -> None:
    made = Driven()
    made.go(approve=("ship-gate",))
    first = set(made.archives)
    made.go(approve=("ship-gate",))
    assert len(made.archives) == 2
    assert len({str(body["run"]) for body in made.archives.values()}) == 2
    assert first < set(made.archives)


def test_a_gate_named_beforehand_is_passed_by_name_and_only_in_this_run() -> None:
    made = Driven()
    assert made.go(approve=("ship-gate",)).code is Exit.COMPLETE
    assert "gate/preapproved ship-gate" in made.actions()
    assert made.go().code is Exit.WAITING


def test_a_start_that_would_be_refused_begins_no_run() -> None:
    made = Driven()
    refused = made.go(approve=("no-gate",))
    assert refused.code is Exit.USAGE
    assert "no gate no-gate" in refused.reason
    assert not made.run.store.exists()
    assert made.events == []


def test_a_jump_without_reasons_is_refused_and_begins_no_run() -> None:
    made = Driven()
    assert made.go(phase="SHIP").code is Exit.USAGE
    assert not made.run.store.exists()


def test_a_state_of_another_program_is_not_driven() -> None:
    made = Driven()
    execution = {"id": "e1", "loopId": "shipping-loop", "status": "active", "currentPhase": "PLAN", "phases": []}
    made.run.store.overwrite(json.dumps(execution))
    with pytest.raises(Problem, match="read-only here"):
        made.go()
    assert made.run.lease.current() is None
    assert made.stubs.started == []


def test_a_run_that_somebody_else_began_without_an_id_gets_one() -> None:
    made = Driven()
    made.run.store.overwrite('{"loop": "shipping-loop", "phase": "PLAN", "phases": {"PLAN": {"status": "pending"}}}')
    made.go()
    assert made.state.run
    assert "system/identified" in " ".join(made.actions())


def test_a_run_put_aside_by_hand_is_kept_before_the_next_begins() -> None:
    made = Driven()
    made.go()
    run = made.state.run
    made.run.store.overwrite(None)
    made.go()
    assert made.run.artifacts.put_aside == [run]


# --- one driver


def test_while_somebody_drives_nobody_else_does() -> None:
    made = Driven()
    held = made.run.lease.acquire("bob")
    other = made.go()
    assert (other.code, other.reason) == (Exit.WAITING, "driven by bob on memory")
    assert other.driver is not None
    assert not made.run.store.exists()
    held.release()  # type: ignore[union-attr]
    assert made.go().reason == "ship-gate waits for a person"


@pytest.mark.parametrize("skill", ["work", ""], ids=["skill", "run"])
def test_a_skill_that_somebody_claims_while_it_runs_is_stopped(skill: str) -> None:
    stopped: list[str] = []

    async def work(ctx: Context) -> SkillResult:
        made.tell(lambda state: commands.claim(state, skill, "codex"))
        try:
            await asyncio.sleep(HEARTBEAT_S * 1000)
        finally:
            stopped.append("work")
        return SkillResult()

    made = Driven(one_skill(), work=work)
    ended = made.go()
    assert (ended.code, ended.reason) == (Exit.WAITING, "work is claimed by codex")
    assert stopped == ["work"]
    made.tell(lambda state: commands.release(state, skill, "codex"))
    assert made.state.claims == ()


def test_a_driver_that_lost_its_lease_stops_what_it_does() -> None:
    stopped: list[str] = []

    async def work(ctx: Context) -> SkillResult:
        made.run.lease.take_over("bob")
        try:
            await asyncio.sleep(HEARTBEAT_S * 1000)
        finally:
            stopped.append("work")
        return SkillResult()

    made = Driven(one_skill(), work=work)
    with pytest.raises(Problem, match="now driven by bob"):
        made.go()
    assert stopped == ["work"]
    current = made.run.lease.current()
    assert current is not None
    assert current.name == "bob"


def test_the_heartbeat_goes_on_while_a_skill_works() -> None:
    beats: list[float] = []

    async def work(ctx: Context) -> SkillResult:
        for _ in range(3):
            await asyncio.sleep(HEARTBEAT_S + 0.1)
            record = made.run.lease.record
            beats.append(record.heartbeat if record else 0)
        return SkillResult()

    made = Driven(one_skill(), work=work)
    assert made.go().code is Exit.COMPLETE
    assert len(set(beats)) == 3


def test_whatever_goes_wrong_the_lease_is_given_back_and_said_in_the_log() -> None:
    async def work(ctx: Context) -> SkillResult:
        raise RuntimeError("a bug")

    made = Driven(one_skill(), work=work)
    with pytest.raises(RuntimeError):
        made.go()
    assert made.run.lease.current() is None
    assert "the driver failed: RuntimeError" in made.said


# --- failures and retries


def test_a_failure_waits_for_the_person_and_go_tries_that_skill_alone_again() -> None:
    tries: list[int] = []

    async def push(ctx: Context) -> SkillResult:
        tries.append(1)
        if len(tries) == 1:
            raise SkillFailed("no route to the remote", code=Code.NETWORK)
        return SkillResult()

    made = Driven(push=push)
    failed = made.go()
    assert (failed.code, failed.reason, failed.error) == (Exit.FAILED, "no route to the remote", Code.NETWORK)
    told = next(event for event in made.events if event.action == "failed")
    assert told.context["code"] == "network"
    assert made.state.status is RunStatus.FAILED
    assert made.go().code is Exit.WAITING
    assert len(tries) == 2
    assert made.stubs.started == ["plan", "verify", "commit", "push", "push"]


def test_an_external_failure_is_tried_again_by_itself_after_a_growing_while() -> None:
    moments: list[float] = []

    async def push(ctx: Context) -> SkillResult:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) < 4:
            raise SkillFailed("502 from the registry", kind="external", code=Code.NETWORK)
        return SkillResult()

    made = Driven(push=push)
    assert made.go().code is Exit.WAITING
    waits = [round(after - before) for before, after in pairwise(moments)]
    assert waits == [1, 2, 4]


def test_whoever_continues_what_stayed_unreachable_asks_again_and_is_told_what_it_was() -> None:
    tries: list[int] = []

    async def push(ctx: Context) -> SkillResult:
        tries.append(1)
        if len(tries) <= 2 * (EXTERNAL_RETRIES + 1):
            raise SkillFailed("502 from the registry", "https://r.example", kind="external", code=Code.NETWORK)
        return SkillResult()

    made = Driven(push=push)
    for number in (1, 2):
        ended = made.go()
        assert (ended.code, made.state.status) == (Exit.FAILED, RunStatus.BLOCKED)
        assert len(tries) == number * (EXTERNAL_RETRIES + 1)
        assert "still unreachable after 5 retries: " in ended.reason
        assert "502 from the registry" in ended.reason
        assert "https://r.example" in ended.reason
        assert "loop-tui go" in ended.todo
    wanted = commands.go(made.state, made.definition, "you")
    assert not isinstance(wanted, Refusal)
    assert [change.action for change in wanted] == ["resumed"]
    assert made.go().code is Exit.WAITING
    assert made.state.status is RunStatus.ACTIVE


def test_a_security_finding_is_never_tried_again() -> None:
    async def push(ctx: Context) -> SkillResult:
        raise SkillFailed("a token in the commit", kind="security", code=Code.SECRETS_FOUND)

    made = Driven(push=push)
    blocked = made.go()
    assert (blocked.code, made.state.status) == (Exit.FAILED, RunStatus.BLOCKED)
    assert blocked.error is Code.SECRETS_FOUND
    assert made.go().code is Exit.FAILED
    assert made.stubs.started.count("push") == 1


def test_the_same_error_again_and_again_ends_blocked_and_says_what_was_tried() -> None:
    async def push(ctx: Context) -> SkillResult:
        raise SkillFailed("no disk left", code=Code.DISK_FULL)

    made = Driven(push=push)
    for _ in range(10):
        if made.go().reason.startswith("no disk left") is False:
            break
    assert made.state.status is RunStatus.BLOCKED
    blocked = made.state.blocked
    assert blocked is not None
    assert (blocked.last_error, blocked.attempts) == ("no disk left", made.stubs.started.count("push"))
    assert made.stubs.started.count("push") == 3


def test_a_skill_nobody_can_run_says_so() -> None:
    made = Driven(one_skill())
    made.stubs.id = "robot"
    with pytest.raises(Problem, match="no runner 'builtin' for work"):
        made.go()


# --- gates and evidence


def test_a_red_check_stops_at_the_gate_and_only_the_phase_of_the_gate_runs_again() -> None:
    made = Driven()
    made.red.add("test")
    failed = made.go()
    assert failed.code is Exit.FAILED
    assert failed.reason.startswith("readiness-gate did not pass: test: test")
    assert made.world.acted == []
    made.red.clear()
    assert made.go().reason == "ship-gate waits for a person"
    assert made.stubs.started == ["plan", "verify", "verify", "commit", "push"]


def test_a_check_that_nobody_ran_passes_no_gate() -> None:
    async def verify(ctx: Context) -> SkillResult:
        return SkillResult("checked", await made.checks("build"))

    made = Driven(verify=verify)
    assert "test: not checked" in made.go().reason
    assert made.world.acted == []


def test_files_that_changed_after_the_checks_void_the_gate_and_are_named() -> None:
    async def verify(ctx: Context) -> SkillResult:
        checks = await made.checks()
        if made.stubs.started.count("verify") == 1:
            made.run.workspace.files = {"a.txt": "changed while it was checked"}
        return SkillResult("checked", checks)

    made = Driven(verify=verify)
    made.run.workspace.files = {"a.txt": "not committed"}
    assert made.go().reason == "ship-gate waits for a person"
    assert made.stubs.started.count("verify") == 2
    assert "readiness-gate is no longer valid: tracked files changed after the checks: a.txt" in made.said


def test_what_was_checked_and_is_committed_still_counts_when_more_is_changed() -> None:
    async def verify(ctx: Context) -> SkillResult:
        checks = await made.checks()
        assert made.run.workspace.files is not None
        made.run.workspace.commit_all()
        made.run.workspace.files["a.txt"] = "the next thing"
        return SkillResult("checked", checks)

    made = Driven(verify=verify)
    assert made.go().code is Exit.WAITING
    assert made.stubs.started.count("verify") == 1


def test_files_that_never_stop_changing_end_the_driver_with_a_reason() -> None:
    async def verify(ctx: Context) -> SkillResult:
        checks = await made.checks()
        assert made.run.workspace.files is not None
        made.run.workspace.files["a.txt"] += "."
        return SkillResult("checked", checks)

    made = Driven(verify=verify)
    made.run.workspace.files = {"a.txt": "not committed"}
    with pytest.raises(Problem, match="keep changing"):
        made.go()
    assert made.world.acted == []


def test_a_skill_may_find_that_the_evidence_does_not_hold() -> None:
    async def commit(ctx: Context) -> SkillResult:
        if made.stubs.started.count("commit") == 1:
            raise EvidenceVoid("readiness-gate", "a hook changed a file")
        return SkillResult()

    made = Driven(commit=commit)
    assert made.go().reason == "ship-gate waits for a person"
    assert made.stubs.started == ["plan", "verify", "commit", "verify", "commit", "push"]
    assert "readiness-gate is no longer valid: a hook changed a file" in made.said


def test_a_skill_may_find_that_an_earlier_phase_has_to_be_done_again() -> None:
    async def verify(ctx: Context) -> SkillResult:
        if made.stubs.started.count("verify") == 1:
            raise PhaseOutdated(phase, "what was planned is gone", code=Code.TREE_CHANGED)
        return SkillResult("checked")

    made = Driven(verify=verify)
    phase = SHIPPING.phases[0].id
    made.go()
    assert made.stubs.started[:4] == ["plan", "verify", "plan", "verify"]
    assert f"back to {phase}: what was planned is gone" in made.said


def test_feedback_opens_the_phase_again_and_the_gate_asks_again() -> None:
    made = Driven()
    made.go()
    made.tell(lambda state: commands.request_changes(state, SHIPPING, "ann", "push it to the other branch"))
    again = made.go()
    assert again.reason == "ship-gate waits for a person"
    assert made.stubs.started[-2:] == ["commit", "push"]
    assert made.world.acted == ["commit-1", "push-1"]
    gate = made.state.gate("ship-gate")
    assert gate is not None
    assert gate.open


def test_an_optional_gate_is_skipped_where_the_run_asks_little() -> None:
    gate = GateDefinition(id="look-gate", after="WORK", type=GateType.HUMAN, required=False)
    made = Driven(one_skill(gates=(gate,)))
    assert made.go().code is Exit.COMPLETE
    supervised = Driven(one_skill(gates=(gate,)))
    assert supervised.go(autonomy=Autonomy.SUPERVISED).reason == "look-gate waits for a person"


def test_a_supervised_run_stops_at_each_phase_until_somebody_says_go() -> None:
    made = Driven()
    first = made.go(autonomy=Autonomy.SUPERVISED)
    assert (first.code, first.reason) == (Exit.WAITING, "VERIFY waits for `go`")
    assert made.go().reason == "SHIP waits for `go`"
    assert made.stubs.started == ["plan", "verify"]


def test_autonomy_said_at_a_resume_takes_effect_and_stands_in_file_and_journal() -> None:
    made = Driven()
    made.go(autonomy=Autonomy.SUPERVISED)
    resumed = made.go(autonomy=Autonomy.HYBRID)
    assert resumed.reason == "ship-gate waits for a person"
    assert made.state.autonomy is Autonomy.HYBRID
    assert json.loads(made.run.store.text)["autonomy"] == "hybrid"
    assert made.actions().count("system/autonomy-set hybrid") == 1
    made.events.clear()
    made.go(autonomy=Autonomy.HYBRID)
    assert made.actions() == [], "what holds already is no news"


def test_a_run_that_becomes_autonomous_takes_the_default_of_the_question_that_waits() -> None:
    answers: list[str] = []
    made = asking(answers, default="red")
    assert made.go().code is Exit.WAITING
    assert made.go(autonomy=Autonomy.AUTONOMOUS).code is Exit.COMPLETE
    assert answers == ["red"]


def test_a_run_that_becomes_autonomous_still_asks_what_has_no_default() -> None:
    made = asking([])
    made.go()
    assert made.go(autonomy=Autonomy.AUTONOMOUS).code is Exit.WAITING
    assert made.state.pending_questions


# --- questions


def asking(made_answer: list[str], **fields: object) -> Driven:
    async def work(ctx: Context) -> SkillResult:
        question = Question.model_validate({"id": "which-1", "text": "Which one?", **fields})
        made_answer.append(await ctx.do.ask(question))
        return SkillResult()

    return Driven(one_skill(), work=work)


def test_a_question_ends_the_driver_and_the_answer_is_used_by_the_next() -> None:
    got: list[str] = []
    made = asking(got)
    waiting = made.go()
    assert (waiting.code, waiting.reason) == (Exit.WAITING, "Which one?")
    assert waiting.todo == "--answer which-1=TEXT"
    assert asking([], default="this").go().todo == "--answer which-1=TEXT, or --yes for its default"
    choices = asking([], kind="choice", options=["this", "that"]).go()
    assert choices.todo == "--answer which-1=this (or that)"
    made.tell(lambda state: commands.answer(state, "which-1", "this", "bob"))
    assert made.go().code is Exit.COMPLETE
    assert got == ["this"]


def test_an_answer_may_be_given_beforehand_by_the_part_of_the_id_before_its_facts() -> None:
    got: list[str] = []
    assert asking(got).go(answers={"which": "that"}).code is Exit.COMPLETE
    assert got == ["that"]


def test_an_answer_that_comes_while_the_lease_is_still_held_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[str] = []
    made = asking(got)
    release, answered = MemoryHeld.release, list[bool]()

    def late(held: MemoryHeld) -> None:
        if not answered:
            answered.append(True)
            made.tell(lambda state: commands.answer(state, "which-1", "this", "bob"))
        release(held)

    monkeypatch.setattr(MemoryHeld, "release", late)
    assert made.go().code is Exit.COMPLETE, "whoever answered started nobody, for there was a driver"
    assert got == ["this"]


def test_a_secret_comes_from_the_environment_and_is_never_written() -> None:
    got: list[str] = []
    made = asking(got, kind="secret")
    waiting = made.go(answers={"which-1": "hunter2hunter2"}, yes=True)
    assert (waiting.code, waiting.todo) == (
        Exit.WAITING,
        "--secret, with the name which-1: the secret is read from standard input",
    )
    assert "It is not read from --answer" in made.said
    assert [(q.id, q.answer) for q in made.state.questions] == [("which-1", None)]
    assert "hunter2" not in made.said + (made.run.store.text or "")
    made.environment = {"LOOP_TUI_WHICH_1_SECRET": "hunter2hunter2"}
    assert made.go().code is Exit.COMPLETE
    assert got == ["hunter2hunter2"]
    assert "hunter2" not in made.said + str(made.archives)


def test_an_answer_that_cannot_be_one_is_not_taken() -> None:
    got: list[str] = []
    made = asking(got, kind="confirm", default="n")
    waiting = made.go(answers={"which": "perhaps"}, yes=True)
    assert waiting.code is Exit.WAITING
    assert "'perhaps' is not yes or no: answer y or n" in made.said
    assert made.go(answers={"which": "perhaps"}).code is Exit.WAITING, "nor by the driver that goes on"
    with pytest.raises(AssertionError, match="not yes or no"):
        made.tell(lambda state: commands.answer(state, "which-1", "perhaps", "bob"))
    made.tell(lambda state: commands.answer(state, "which-1", "y", "bob"))
    assert made.go().code is Exit.COMPLETE
    assert got == ["y"]


def write_answer(made: Driven, text: str) -> None:
    """Write an answer beside the open question, as somebody does in an editor."""
    document = json.loads(made.run.store.text or "")
    (asked,) = document["clarifications"]["pending"]
    asked["answer"] = text
    made.run.store.overwrite(json.dumps(document))


@pytest.mark.parametrize(
    ("fields", "wrong", "said"),
    [
        ({"kind": "confirm", "default": "y"}, "perhaps", "'perhaps' is not yes or no: answer y or n"),
        (
            {"kind": "choice", "options": ("this", "that")},
            "both",
            "not an allowed answer: one of: this, that",
        ),
    ],
)
@pytest.mark.parametrize("autonomy", [None, Autonomy.AUTONOMOUS])
def test_a_wrong_answer_written_by_hand_is_asked_for_again(
    fields: dict[str, object], wrong: str, said: str, autonomy: Autonomy | None
) -> None:
    got: list[str] = []
    made = asking(got, **fields)
    made.go()
    write_answer(made, wrong)
    waiting = made.go(autonomy=autonomy)
    assert (waiting.code, got) == (Exit.WAITING, [])
    assert said in made.said
    assert [q.id for q in made.state.pending_questions] == ["which-1"]
    write_answer(made, right := "y" if fields["kind"] == "confirm" else "that")
    assert made.go().code is Exit.COMPLETE
    assert got == [right]


@pytest.mark.parametrize("table", [{"answer": "hunter2"}, {"default": "hunter2"}])
def test_a_secret_that_somebody_wrote_into_the_file_goes_no_further(table: dict[str, str]) -> None:
    made = asking([])
    made.go()
    document = json.loads(made.run.store.text or "")
    document["clarifications"]["pending"].append({"id": "token", "kind": "secret", "text": "Token?", **table})
    made.run.store.overwrite(json.dumps(document))
    made.tell(lambda state: commands.answer(state, "which-1", "this", "ann"))
    told = made.run.store.transact(step(made.definition, always(changes.answered("token", "x", "ann"))))
    assert isinstance(told, Refusal), "its answer is not stored"
    assert made.state.question("token") is not None
    assert "hunter2" not in f"{told} {made.run.store.journal}"


def test_a_bad_answer_is_not_given_again_to_the_question_that_asks_anew() -> None:
    got: list[str] = []

    async def work(ctx: Context) -> SkillResult:
        got.append(await ctx.do.ask(Question(id="which-1", text="Which one?")))
        got.append(await ctx.do.ask(Question(id="which-1-2", text="That is none. Which one?")))
        return SkillResult()

    made = Driven(one_skill(), work=work)
    assert made.go(answers={"which-1": "bad"}).reason == "That is none. Which one?"
    assert made.go(answers={"which-1": "bad", "which-1-2": "good"}).code is Exit.COMPLETE
    assert got == ["bad", "bad", "good"]


@pytest.mark.parametrize("options", [{"yes": True}, {"autonomy": Autonomy.AUTONOMOUS}], ids=["yes", "autonomous"])
def test_a_default_is_not_taken_for_an_answer_that_would_not_do(options: dict[str, object]) -> None:
    got: list[str] = []

    async def work(ctx: Context) -> SkillResult:
        got.append(await ctx.do.ask(Question(id="which-1", text="Which one?", default="theirs")))
        got.append(await ctx.do.ask(Question(id="which-1-2", text="That is none. Which one?", default="theirs")))
        return SkillResult()

    made = Driven(one_skill(), work=work)
    asked = made.go(answers={"which-1": "mine"}, **options)
    assert (asked.code, asked.reason) == (Exit.WAITING, "That is none. Which one?")
    assert got == ["mine"]


def test_an_answer_given_beforehand_answers_what_an_earlier_driver_asked() -> None:
    got: list[str] = []
    made = asking(got)
    made.go()
    assert made.go(answers={"which-1": "late"}).code is Exit.COMPLETE
    assert got == ["late"]


def test_yes_takes_a_default_and_no_question_without_one() -> None:
    got: list[str] = []
    assert asking(got, default="0.8.0").go(yes=True).code is Exit.COMPLETE
    assert got == ["0.8.0"]
    assert asking(got).go(yes=True).code is Exit.WAITING


def test_an_autonomous_run_takes_the_stated_default_and_says_so() -> None:
    got: list[str] = []
    made = asking(got, default="0.8.0")
    assert made.go(autonomy=Autonomy.AUTONOMOUS).code is Exit.COMPLETE
    assert got == ["0.8.0"]
    assert asking(got, default="0.8.0").go().code is Exit.WAITING


# --- what people say meanwhile


def test_a_pause_waits_for_the_skill_and_stops_before_the_next() -> None:
    async def commit(ctx: Context) -> SkillResult:
        made.tell(lambda state: commands.pause(state, "bob"))
        return SkillResult()

    made = Driven(commit=commit)
    paused = made.go()
    assert (paused.code, paused.reason) == (Exit.WAITING, "paused")
    assert made.stubs.started[-1] == "commit"
    made.tell(lambda state: commands.resume(state, "bob"))
    assert made.go().reason == "ship-gate waits for a person"


def test_a_pause_stops_a_skill_that_loses_nothing_at_once() -> None:
    async def push(ctx: Context) -> SkillResult:
        if made.stubs.started.count("push") == 1:
            made.tell(lambda state: commands.pause(state, "bob"))
            await asyncio.sleep(3600)
        return SkillResult()

    made = Driven(push=push)
    made.stubs.stoppable = frozenset({"push"})
    assert made.go().reason == "paused"
    made.tell(lambda state: commands.resume(state, "bob"))
    assert made.go().reason == "ship-gate waits for a person"
    assert made.stubs.started.count("push") == 2


@pytest.mark.parametrize("way", ["skip", "abort"])
def test_who_puts_the_running_skill_away_stops_it(way: str) -> None:
    stopped: list[str] = []

    async def push(ctx: Context) -> SkillResult:
        if way == "skip":
            made.tell(lambda state: commands.skip(state, "push", "not today", "bob"))
        else:
            made.tell(lambda state: commands.abort(state, "enough", "bob"))
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.append("push")
        return SkillResult()

    made = Driven(push=push)
    outcome = made.go()
    assert stopped == ["push"]
    if way == "skip":
        assert outcome.reason == "ship-gate waits for a person"
        known = made.state.phases[2].skill("push")
        assert known is not None
        assert (known.status, known.reason) == (SkillStatus.SKIPPED, "not today")
    else:
        assert (outcome.code, outcome.reason) == (Exit.FAILED, "abandoned")
        (body,) = made.archives.values()
        assert body["summary"]["outcome"] == "abandoned"  # type: ignore[index]
        assert not made.run.store.exists()


def test_a_state_that_vanishes_under_a_running_skill_ends_the_driver() -> None:
    async def push(ctx: Context) -> SkillResult:
        made.run.store.overwrite(None)
        await asyncio.sleep(3600)
        return SkillResult()

    made = Driven(push=push)
    with pytest.raises(Problem, match=r"removed while it was running: shipping-state\.json"):
        made.go()
    assert not made.run.store.exists()


def test_a_half_written_state_under_a_running_skill_stops_nothing() -> None:
    async def push(ctx: Context) -> SkillResult:
        whole = made.run.store.text
        assert whole is not None
        made.run.store.overwrite(whole[:100])
        await asyncio.sleep(10)
        made.run.store.overwrite(whole)
        return SkillResult()

    made = Driven(push=push)
    assert made.go().reason == "ship-gate waits for a person"


# --- a second writer


def test_what_a_second_writer_writes_in_between_is_kept() -> None:
    made = Driven()
    names = iter(range(10_000))

    def interrupt() -> None:
        number = next(names)
        if number % 2 or made.run.store.text is None:
            return
        document = json.loads(made.run.store.text)
        document["theirs"] = number
        made.run.store.overwrite(json.dumps(document, indent=2) + "\n")

    made.run.store.interrupt = interrupt
    assert made.go().reason == "ship-gate waits for a person"
    assert json.loads(made.run.store.text or "")["theirs"] >= 0
    assert made.world.acted == ["commit-1", "push-1"]


def test_a_refusal_is_decided_again_on_what_is_there_now() -> None:
    refused: list[int] = []

    async def verify(ctx: Context) -> SkillResult:
        if not refused:
            refused.append(1)
            made.tell(lambda state: commands.skip(state, "verify", "checked by hand", "bob"))
        return SkillResult("checked", await made.checks())

    made = Driven(verify=verify)
    failed = made.go()
    assert failed.code is Exit.FAILED
    assert "not checked" in failed.reason


def test_a_state_that_refuses_without_end_ends_the_driver() -> None:
    made = Driven(one_skill())
    asked: list[int] = []

    def refuse(wanted: Transaction) -> Refusal:
        asked.append(1)
        return Refusal(reason="not now")

    async def work(ctx: Context) -> SkillResult:
        made.run.store.transact = refuse  # type: ignore[method-assign]
        return SkillResult()

    made.stubs.work["work"] = work
    with pytest.raises(Problem, match="not now") as raised:
        made.go()
    assert raised.value.todo == "check what else writes this file"
    assert len(asked) == MOST_REFUSED + 1


# --- manual skills and deliverables


def by_hand() -> LoopDefinition:
    phase = PhaseDefinition(id="WORK", skills=(skill("draw", "drawing.md", runner=MANUAL),))
    return LoopDefinition(id="hand-loop", phases=(phase,))


def test_a_manual_skill_waits_and_its_deliverable_is_noticed_where_it_lies() -> None:
    made = Driven(by_hand())
    waiting = made.go()
    assert waiting.reason == "draw is done by you or an agent"
    made.tell(lambda state: commands.complete(state, made.definition, "draw", "bob"))
    missing = made.go()
    assert (missing.code, missing.todo) == (Exit.WAITING, "write drawing.md, then run loop-tui go")
    made.run.artifacts.in_project["drawing.md"] = b"lines"
    done = made.go()
    assert done.code is Exit.COMPLETE
    (body,) = made.archives.values()
    assert body["summary"]["deliverables"] == ["drawing.md"]  # type: ignore[index]


def test_a_skill_of_ours_that_somebody_marked_as_done_without_its_deliverable_is_done_again() -> None:
    made = Driven()
    made.run.store.overwrite(
        json.dumps(
            {
                "loop": "shipping-loop",
                "phase": "PLAN",
                "phases": {"PLAN": {"status": "active", "skills": ["plan"]}},
                "skillExecution": {"PLAN": {"required": ["plan"], "completed": ["plan"], "skipped": []}},
            }
        )
    )
    made.go()
    assert "plan" in made.stubs.started
    assert "plan is run again: plan.md is missing" in made.said


async def test_two_runs_in_one_process_do_not_know_of_each_other() -> None:
    one, two = Driven(), Driven()
    outcomes = await asyncio.gather(one.drive(), two.drive(Options(by="bob", approve=("ship-gate",))))
    assert [outcome.code for outcome in outcomes] == [Exit.WAITING, Exit.COMPLETE]
    gate = one.state.gate("ship-gate")
    assert gate is not None
    assert gate.status is GateStatus.PENDING


def test_a_cancelled_driver_gives_the_lease_back_and_the_next_goes_on() -> None:
    async def push(ctx: Context) -> SkillResult:
        if made.stubs.started.count("push") == 1:
            driver.cancel()
            await asyncio.sleep(3600)
        return SkillResult()

    made = Driven(push=push)
    driver: asyncio.Task[object]

    async def work() -> None:
        nonlocal driver
        driver = asyncio.ensure_future(made.drive())
        with pytest.raises(asyncio.CancelledError):
            await driver

    in_no_time(work())
    assert made.run.lease.current() is None
    assert made.go().reason == "ship-gate waits for a person"
    made.tell(always(changes.gate_approved("ship-gate", "ann")))
    assert made.go().code is Exit.COMPLETE


def test_a_clock_that_is_put_back_does_not_change_how_long_a_skill_took() -> None:
    made = Driven()

    async def verify(ctx: Context) -> SkillResult:
        made.run.clock.pass_by(90)
        made.run.clock.put_back(3600)
        return SkillResult()

    made.stubs.work["verify"] = verify
    made.go()
    (done,) = [e for e in made.events if (e.subject, e.category, e.action) == ("verify", "skill", "completed")]
    assert done.duration_ms == 90_000
