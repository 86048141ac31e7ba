"""Why a skill was invoked: what the log says of each beginning (SPEC section 3)."""

import pytest

from loop_tui.engine import changes
from loop_tui.engine.retry import fingerprint
from loop_tui.model.evidence import Question
from loop_tui.model.problem_codes import Code

from .loops import GREEN, RED, Told


def planned() -> Told:
    run = Told()
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "plan"))
    return run


def verified(checks: tuple = GREEN) -> Told:
    run = planned()
    run.tell(
        changes.skill_completed("INIT", "plan"),
        changes.phase_completed("INIT"),
        changes.phase_entered("VERIFY"),
        changes.skill_started("VERIFY", "verify"),
        changes.skill_completed("VERIFY", "verify", checks=checks),
        changes.phase_completed("VERIFY"),
    )
    return run


def reasons(run: Told, skill: str) -> list[str]:
    return [entry.reason for entry in run.state.skill_log if entry.skill == skill]


def failed(error: str) -> changes.Change:
    return changes.skill_failed("INIT", "plan", error, "error", fingerprint(error), code=Code.SKILL_FAILED)


def test_a_skill_that_is_next_says_so_and_keeps_it_when_it_is_done() -> None:
    run = planned()
    assert reasons(run, "plan") == ["next in INIT"]
    run.tell(changes.skill_completed("INIT", "plan", summary="planned"))
    assert reasons(run, "plan") == ["next in INIT"]
    assert run.state.skill_log[-1].summary == "planned"


def test_a_skill_that_failed_names_the_failure_on_one_short_line() -> None:
    run = planned()
    run.tell(
        failed(f"no plan\n{'x' * 500}"), changes.phase_retried("INIT", "ada"), changes.skill_started("INIT", "plan")
    )
    first, second = reasons(run, "plan")
    assert (first, second[:28]) == ("next in INIT", "retried after no plan xxxxxx")
    assert len(second) <= 200


def test_a_skill_whose_driver_died_was_interrupted() -> None:
    run = planned()
    run.tell(changes.skill_started("INIT", "plan"))
    assert reasons(run, "plan") == ["next in INIT", "run again: it was interrupted"]


def test_a_skill_that_goes_on_after_an_answer_was_invoked_for_the_reason_of_its_beginning() -> None:
    run = planned()
    run.tell(failed("no plan"), changes.phase_retried("INIT", "ada"), changes.skill_started("INIT", "plan"))
    run.tell(
        changes.asked(Question(id="q-1", skill="plan", text="Which?")),
        changes.answered("q-1", "this", "ada"),
        changes.skill_started("INIT", "plan"),
    )
    assert reasons(run, "plan") == ["next in INIT", "retried after no plan"]


def test_red_checks_are_why_a_skill_is_tried_again() -> None:
    run = verified(RED)
    run.tell(
        changes.gate_failed("readiness-gate", "red", "red", RED),
        changes.phase_retried("VERIFY", "ada"),
        changes.skill_started("VERIFY", "verify"),
    )
    assert reasons(run, "verify") == ["next in VERIFY", "retried after test: test failed"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (changes.gate_rejected("readiness-gate", "ada", "say\x1b[31m more"), "changes requested: say more"),
        (changes.phase_reopened("VERIFY", "ada"), "its phase was reopened by ada"),
        (changes.phase_reopened("VERIFY", "ada", "too old"), "its phase was reopened by ada: too old"),
        (changes.gate_voided("readiness-gate", "a.txt changed"), "readiness-gate was voided: a.txt changed"),
    ],
    ids=["changes", "phase", "phase-reason", "voided"],
)
def test_a_phase_that_was_opened_again_says_why_until_it_is_over(change: changes.Change, reason: str) -> None:
    run = verified()
    run.tell(change, changes.skill_started("VERIFY", "verify"))
    assert reasons(run, "verify")[-1] == reason
    run.tell(changes.skill_completed("VERIFY", "verify", checks=GREEN), changes.phase_completed("VERIFY"))
    phase = run.state.phase_state("VERIFY")
    assert phase is not None
    assert phase.reopened == ""


def test_a_phase_that_nobody_reached_yet_was_not_opened_again() -> None:
    run = verified()
    run.tell(changes.phase_reopened("INIT", "ada"))
    assert [bool(p.reopened) for p in run.state.phases] == [True, True, False, False]


def test_a_failure_after_the_phase_was_opened_again_is_the_newer_reason() -> None:
    run = planned()
    run.tell(changes.phase_reopened("INIT", "ada"), changes.skill_started("INIT", "plan"))
    run.tell(failed("no plan"), changes.phase_retried("INIT", "ada"), changes.skill_started("INIT", "plan"))
    assert reasons(run, "plan")[-1] == "retried after no plan"


def test_what_was_opened_again_counts_more_than_a_failure_before() -> None:
    run = planned()
    run.tell(failed("no plan"), changes.phase_reopened("INIT", "ada"), changes.skill_started("INIT", "plan"))
    assert reasons(run, "plan")[-1] == "its phase was reopened by ada"


def test_a_skill_that_only_claims_to_be_done_is_done_again_for_what_is_missing() -> None:
    run = Told()
    run.tell(changes.phase_entered("INIT"), changes.skill_completed("INIT", "plan"))
    run.tell(changes.skill_reopened("INIT", "plan", "plan.md does not exist"), changes.skill_started("INIT", "plan"))
    assert reasons(run, "plan") == ["next in INIT", "run again: plan.md does not exist"]
