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
