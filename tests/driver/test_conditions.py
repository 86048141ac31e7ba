"""A driver at a conditional gate: it looks, records what it found, and asks only where the gate applies."""

import json

import pytest

from loop_tui.driver import Exit
from loop_tui.engine import commands
from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import GateState
from loop_tui.model.status import GateStatus, GateType
from loop_tui.runners.context import Context, SkillResult
from tests.memory import MemoryWorkspace

from .driven import Driven, skill
from .reaper import Reaper, drive

SITE = TargetDefinition(id="site", kind="http-health")


def loop_when(*when: str, targets: tuple[TargetDefinition, ...] = (), required: bool = True) -> LoopDefinition:
    gate = GateDefinition(id="data-gate", after="WORK", type=GateType.CONDITIONAL, when=when, required=required)
    phases = (PhaseDefinition(id="WORK", skills=(skill("work"),)), PhaseDefinition(id="SHIP", skills=(skill("send"),)))
    return LoopDefinition(id="conditional-loop", phases=phases, gates=(gate,), targets=targets)


def apart(made: Driven) -> Driven:
    """The project on a branch of its own that has changed nothing yet."""
    made.run.workspace.left_at = dict(made.run.workspace.files or {})
    return made


def gate_of(made: Driven) -> GateState:
    gate = made.state.gate("data-gate")
    assert gate is not None
    return gate


def test_where_nothing_changed_that_it_is_about_nobody_is_asked() -> None:
    made = apart(Driven(loop_when("changed:migrations/**")))
    done = made.go()
    assert done.code is Exit.COMPLETE
    assert made.stubs.started == ["work", "send"]
    assert "gate/not-applicable data-gate" in made.actions()
    (body,) = made.archives.values()
    assert body["summary"]["gates"] == {"passed": [], "failed": [], "skipped": ["data-gate"]}  # type: ignore[index]


def test_the_file_and_the_log_say_why_nobody_was_asked() -> None:
    made = apart(Driven(loop_when("changed:migrations/**"), send=_failing))
    made.go()
    assert "data-gate not applicable: nothing in migrations/ changed since main" in made.said
    written = json.loads(made.run.store.text or "")["gates"]["data-gate"]
    assert written["status"] == "skipped"
    assert written["required"] is True
    assert "not applicable: nothing in migrations/ changed since main" in written.values()


async def _failing(ctx: Context) -> SkillResult:
    raise Problem("not today", code=Code.CHECK_FAILED)


def test_what_a_skill_changed_makes_it_wait_with_the_reason() -> None:
    async def work(ctx: Context) -> SkillResult:
        made.run.workspace.files = {"a.txt": "one", "migrations/0001.sql": "drop"}
        return SkillResult("migrated")

    made = apart(Driven(loop_when("changed:migrations/**"), work=work))
    waiting = made.go()
    assert (waiting.code, waiting.reason) == (Exit.WAITING, "data-gate waits for a person")
    assert waiting.todo == "--approve data-gate"
    assert gate_of(made).status is GateStatus.PENDING
    assert gate_of(made).applies == "migrations/0001.sql changed since main"
    assert json.loads(made.run.store.text or "")["gates"]["data-gate"]["applies"] == gate_of(made).applies
    assert made.go().code is Exit.WAITING
    assert made.actions().count("gate/applies data-gate") == 1
    made.tell(lambda state: commands.approve(state, made.definition, "ann"))
    assert made.go().code is Exit.COMPLETE


def test_the_gate_is_judged_anew_when_its_phase_was_done_again() -> None:
    made = apart(Driven(loop_when("changed:migrations/**")))
    made.run.workspace.files = {"migrations/0001.sql": "drop"}
    made.go()
    made.tell(lambda state: commands.request_changes(state, made.definition, "ann", "no drop, please"))
    made.run.workspace.files = {"a.txt": "one"}
    assert made.go().code is Exit.COMPLETE
    judgements = ["gate/applies data-gate", "gate/not-applicable data-gate"]
    assert [action for action in made.actions() if action in judgements] == judgements


@pytest.mark.parametrize(("targets", "code"), [((), Exit.COMPLETE), ((SITE,), Exit.WAITING)])
def test_a_deploy_target_of_the_loop_is_asked_about(targets: tuple[TargetDefinition, ...], code: Exit) -> None:
    made = Driven(loop_when("deploy-target", targets=targets))
    assert made.go().code is code


def test_a_condition_about_no_files_asks_nothing_of_git() -> None:
    class Untouched(MemoryWorkspace):
        async def changed_since_base(self) -> ChangedFiles:
            raise AssertionError("asked")

    made = Driven(loop_when("deploy-target"))
    made.run.workspace = Untouched()
    assert made.go().code is Exit.COMPLETE


@pytest.mark.parametrize("files", [None, {"a.txt": "one"}])
def test_where_it_cannot_be_told_a_person_is_asked_and_told_why(files: dict[str, str] | None) -> None:
    made = Driven(loop_when("changed:migrations/**"))
    made.run.workspace.files = files
    assert made.go().code is Exit.WAITING
    assert gate_of(made).applies.startswith("it is unknown which files changed: there is no ")


def test_a_gate_named_beforehand_that_does_not_apply_is_not_passed_by_anybody() -> None:
    made = apart(Driven(loop_when("changed:migrations/**"), send=_failing))
    made.go(approve=("data-gate",))
    assert (gate_of(made).status, gate_of(made).by) == (GateStatus.SKIPPED, "")


def test_a_gate_named_beforehand_that_applies_is_passed() -> None:
    made = Driven(loop_when("deploy-target", targets=(SITE,)))
    assert made.go(approve=("data-gate",)).code is Exit.COMPLETE


def test_a_person_who_answers_while_the_driver_looks_is_heard() -> None:
    class Slow(MemoryWorkspace):
        async def changed_since_base(self) -> ChangedFiles:
            made.tell(lambda state: commands.reject(state, made.definition, "bob"))
            return ChangedFiles("main")

    made = Driven(loop_when("changed:migrations/**"))
    made.run.workspace = Slow()
    waiting = made.go()
    assert (waiting.code, waiting.reason) == (Exit.WAITING, "data-gate was rejected by bob")


@pytest.mark.parametrize("at", range(1, 60, 3))
def test_a_driver_that_dies_anywhere_leaves_the_gate_to_the_next(at: int) -> None:
    made = apart(Driven(loop_when("changed:migrations/**")))
    drive(made, Reaper(at))
    made.run.lease.die()
    while made.run.store.exists() or not made.archives:
        drive(made, Reaper())
    assert made.stubs.started[-1] == "send"
    (body,) = made.archives.values()
    assert body["summary"]["gates"]["skipped"] == ["data-gate"]  # type: ignore[index]
