"""Answers that were given with the start of a driver (SPEC section 5)."""

import pytest

from loop_tui.driver.options import Options
from loop_tui.model.evidence import Question

OPEN = Question(id="branch-3f2a", text="Which branch?")
STATED = Question(id="version-3f2a", text="Bump?", default="Y")


def test_yes_takes_the_stated_default_and_answers_nothing_else() -> None:
    yes = Options(yes=True)
    assert yes.answer_to(STATED) == "Y"
    assert yes.answer_to(STATED.model_copy(update={"default": ""})) == ""
    assert yes.answer_to(OPEN) is None
    assert Options().answer_to(STATED) is None


@pytest.mark.parametrize("key", ["branch-3f2a", "branch"])
def test_an_answer_goes_to_the_question_that_it_names(key: str) -> None:
    given = Options(yes=True, answers={key: "main"})
    assert given.answer_to(OPEN) == "main"
    assert given.answer_to(STATED) == "Y"
    assert Options(answers={"bran": "main"}).answer_to(OPEN) is None


@pytest.mark.parametrize("again", ["version-3f2a-2", "which-version-3f2a-6"])
def test_an_answer_that_would_not_do_is_not_given_again_but_a_new_one_is(again: str) -> None:
    asked, repeated = {STATED.id}, STATED.model_copy(update={"id": again, "text": "That would not do. Bump?"})
    given = Options(yes=True, answers={"version": "0.1.0"})
    assert given.answer_to(STATED) == "0.1.0"
    given.note_taken(STATED, asked)
    assert given.answer_to(repeated, asked) is None, "neither the same again, nor the default"
    assert Options(answers={"version": "0.9.0"}).answer_to(repeated, {*asked, again}) == "0.9.0"
