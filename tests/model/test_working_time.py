"""Working time and waiting time of a run, told apart."""

from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import SkillStatus
from loop_tui.model.working_time import Times, times_of, waited_for_secrets


def at(seconds: int) -> str:
    return f"2026-01-02T03:{seconds // 60:02}:{seconds % 60:02}.000Z"


def state(*questions: Question) -> RunState:
    log = (
        SkillRun(skill="plan", duration_ms=10_000, started_at=at(0)),
        SkillRun(skill="publish", status=SkillStatus.ACTIVE, started_at=at(20)),
    )
    return RunState(loop="l", started_at=at(0), skill_log=log, questions=questions)


def secret(asked: int, answered: int | None = None) -> Question:
    known = {"answer": "", "answered_at": at(answered)} if answered is not None else {}
    return Question.model_validate(
        {"id": "otp", "kind": QuestionKind.SECRET, "skill": "publish", "text": "?", "asked_at": at(asked), **known}
    )


def test_while_a_secret_is_asked_for_only_the_waiting_grows() -> None:
    waiting = state(secret(25))
    assert times_of(waiting, at(25)) == Times(15_000, 10_000)
    assert times_of(waiting, at(85)) == Times(15_000, 70_000)


def test_what_was_waited_for_secrets_is_told_of_the_skill_that_runs() -> None:
    given = state(secret(25, 85), secret(90, 100))
    assert waited_for_secrets(given, at(20), at(110)) == 70_000
    assert waited_for_secrets(given, at(87), at(110)) == 10_000, "what was before it is of another skill"
    assert waited_for_secrets(given, "", at(110)) == 0
    assert waited_for_secrets(given, at(20), at(10)) == 0, "the clock was put back"


def test_an_open_answer_of_another_kind_says_nothing_of_the_skill() -> None:
    plain = Question(id="q", skill="publish", text="?", asked_at=at(25))
    assert times_of(state(plain), at(85)) == Times(10_000, 75_000)
