"""When a failure is tried again (SPEC section 4)."""

import pytest

from loop_tui.engine import changes
from loop_tui.engine.retry import EXTERNAL_RETRIES, LONGEST_DELAY_S, RESUMED, after_failure, fingerprint
from loop_tui.model.actions import Escalate, Retry, Wait
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Failure, RunState
from loop_tui.model.status import RunStatus

from .loops import Told


def failed(*errors: str, kind: str = "error", count: int = 0, **more: object) -> RunState:
    failures = tuple(Failure(stage="VERIFY", skill="verify", error=e, kind=kind) for e in errors)
    state = RunState(loop="l", status=RunStatus.FAILED, failures=failures, failure_count=count or len(failures))
    return state.model_copy(update=more)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 3.2 s", "took 17 s"),
        ("at 2026-01-01T10:00:00Z", "at 2026-02-03 11:12:13.5+02:00"),
        ("in /home/ann/x/y.js:10", "in /tmp/other/z.js:44"),
        ("commit 0123abcdef", "commit fedcba98765"),
        ("Boom  here", "boom here"),
    ],
)
def test_numbers_times_hex_and_paths_make_no_other_error(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


def test_other_words_are_another_error() -> None:
    assert fingerprint("cannot find module a") != fingerprint("cannot find module b")


def test_the_same_error_is_tried_twice_more() -> None:
    assert after_failure(failed("boom 1")) == Retry(phase="VERIFY", skill="verify", attempt=1)
    assert after_failure(failed("boom 1", "boom 2")) == Retry(phase="VERIFY", skill="verify", attempt=2)
    stop = after_failure(failed("boom 1", "boom 2", "boom 3"))
    assert isinstance(stop, Escalate)
    assert stop.blocked.attempts == 3
    assert stop.blocked.tried == ("VERIFY verify: boom 1", "VERIFY verify: boom 2", "VERIFY verify: boom 3")
    assert stop.blocked.action
    assert stop.blocked.resume


@pytest.mark.parametrize(("most", "tries"), [(-1, 0), (0, 0), (1, 1), (2, 2), (9, 2)])
def test_a_run_that_allows_fewer_retries_gets_fewer(most: int, tries: int) -> None:
    outcomes = [after_failure(failed(*["boom"] * count, max_retries=most)) for count in range(1, 5)]
    assert [isinstance(outcome, Retry) for outcome in outcomes] == [count < tries for count in range(4)]


def test_another_error_resets_the_count() -> None:
    assert after_failure(failed("boom", "boom", "crash")) == Retry(phase="VERIFY", skill="verify", attempt=1)


def test_a_fix_that_brings_the_other_error_back_is_not_retried() -> None:
    stop = after_failure(failed("boom", "crash", "boom"))
    assert isinstance(stop, Escalate)
    assert "back" in stop.blocked.reason


def test_security_findings_are_never_retried() -> None:
    assert isinstance(after_failure(failed("leak", kind="security")), Escalate)


def test_external_failures_back_off_and_give_up() -> None:
    delays = []
    for number in range(1, EXTERNAL_RETRIES + 1):
        action = after_failure(failed(*["no route"] * number, kind="external"))
        assert isinstance(action, Retry)
        assert action.automatic
        delays.append(action.delay_s)
    assert delays == [1, 2, 4, 8, 16]
    assert max(delays) <= LONGEST_DELAY_S
    assert isinstance(after_failure(failed(*["no route"] * (EXTERNAL_RETRIES + 1), kind="external")), Escalate)


def test_ten_failures_in_all_block() -> None:
    assert isinstance(after_failure(failed(*(f"error {w}" for w in "abcdefghij"))), Escalate)


def test_what_a_person_resumed_is_none_of_the_ten() -> None:
    before = failed(*(f"error {w}" for w in "abcdefghi"))
    resumed = tuple(f.model_copy(update={"resolution": RESUMED, "resolved_at": "then"}) for f in before.failures)
    after = before.model_copy(update={"failures": (*resumed, *failed("other").failures)})
    assert after_failure(after) == Retry(phase="VERIFY", skill="verify", attempt=1)
    solved = tuple(f.model_copy(update={"resolution": "passed on retry"}) for f in resumed)
    assert isinstance(after_failure(after.model_copy(update={"failures": (*solved, after.failures[-1])})), Escalate)


def test_a_person_who_resumes_starts_the_count_anew() -> None:
    run = Told()
    run.tell(changes.phase_entered("INIT"))
    for _ in range(3):
        run.tell(changes.skill_failed("INIT", "plan", "boom", "error", "", code=Code.CHECK_FAILED))
        if isinstance(run.next, Retry):
            run.tell(changes.phase_retried("INIT", "ann"))
    assert isinstance(run.next, Escalate)
    run.tell(changes.blocked(run.next.blocked))
    assert isinstance(run.next, Wait)
    run.tell(changes.resumed("ann"))
    run.tell(changes.skill_failed("INIT", "plan", "boom", "error", "", code=Code.CHECK_FAILED))
    assert isinstance(run.next, Retry)
    assert run.state.failure_count == 4


def test_a_failed_run_without_a_word_is_tried_where_it_stands() -> None:
    assert after_failure(RunState(loop="l", phase="X", status=RunStatus.FAILED)) == Retry(phase="X")
