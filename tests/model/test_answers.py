"""What answers mean, for each kind of question."""

import pytest

from loop_tui.model.answers import chosen, complaint, confirmed, fields, yes_or_no
from loop_tui.model.evidence import FormField, Question, QuestionKind

CONFIRM = Question(id="q", kind=QuestionKind.CONFIRM, text="Sure?", default="n")
CHOICE = Question(id="q", kind=QuestionKind.CHOICE, text="Merged?", options=("merged", "stop"))
FORM = Question(
    id="q",
    kind=QuestionKind.FORM,
    text="What is it made of?",
    form=(
        FormField(name="name", required=True),
        FormField(name="stack", choices=("node", "python"), value="node", source="package.json:3"),
        FormField(name="databases", choices=("postgres", "redis"), several=True),
    ),
)
SECRET = Question(id="q", kind=QuestionKind.SECRET, text="Token?")
TEXT = Question(id="q", text="Message?")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("y", True), (" YES ", True), ("Y", True), ("n", False), ("No", False), ("", None), ("yep", None), ("0", None)],
)
def test_yes_and_no(text: str, meant: bool | None) -> None:
    assert yes_or_no(text) is meant


@pytest.mark.parametrize(
    ("answer", "default", "meant"),
    [
        ("y", "n", True),
        ("n", "Y", False),
        ("", "Y", True),
        ("", "n", False),
        ("", None, False),
        ("perhaps", "Y", False),
    ],
)
def test_a_confirmation_is_a_yes_or_none(answer: str, default: str | None, meant: bool) -> None:
    assert confirmed(CONFIRM.model_copy(update={"default": default}), answer) is meant


@pytest.mark.parametrize(
    ("answer", "option"),
    [("merged", "merged"), ("STOP", "stop"), ("n", "stop"), ("yes", "merged"), ("later", ""), ("", "")],
)
def test_a_choice_is_one_of_its_options(answer: str, option: str) -> None:
    assert chosen(CHOICE, answer) == option


def test_yes_and_no_choose_only_between_two() -> None:
    three = CHOICE.model_copy(update={"options": ("one", "two", "three")})
    assert chosen(three, "y") == ""


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"name": "ada"}', {"name": "ada", "stack": "node", "databases": ""}),
        ('{"name": "ada", "stack": "python"}', {"name": "ada", "stack": "python", "databases": ""}),
        ("", {"name": "", "stack": "node", "databases": ""}),
        ('{"name": "ada", "mail": "x"}', {}),
        ('{"name": 1}', {}),
        ('["name", "stack"]', {}),
        ("name=ada", {}),
        ("[" * 100_000, {}),
    ],
)
def test_a_form_is_filled_in_whole(answer: str, found: dict[str, str]) -> None:
    assert fields(FORM, answer) == found


@pytest.mark.parametrize(
    ("question", "answer", "complains"),
    [
        (CONFIRM, "y", False),
        (CONFIRM, "", False),
        (CONFIRM, "perhaps", True),
        (CONFIRM.model_copy(update={"default": None}), "", True),
        (CHOICE, "stop", False),
        (CHOICE, "later", True),
        (CHOICE, "", True),
        (FORM, '{"name": "ada"}', False),
        (FORM, '{"name": "ada", "databases": "redis, postgres"}', False),
        (FORM, '{"name": "ada", "databases": "redis, mongo"}', True),
        (FORM, '{"name": "ada", "stack": "cobol"}', True),
        (FORM, '{"name": " "}', True),
        (FORM, "", True),
        (FORM, "x", True),
        (SECRET, "hunter2", True),
        (TEXT, "anything", False),
        (TEXT, "", False),
    ],
)
def test_what_cannot_be_the_answer(question: Question, answer: str, complains: bool) -> None:
    found = complaint(question, answer)
    assert (found is not None) is complains
    assert found is None or all(found)


def test_a_secret_is_not_said_again() -> None:
    found = complaint(SECRET, "hunter2")
    assert found is not None
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize(("answer", "option"), [("y", "yes"), ("n", "no"), ("NO", "no")])
def test_yes_and_no_are_words_before_they_are_places(answer: str, option: str) -> None:
    assert chosen(CHOICE.model_copy(update={"options": ("no", "yes")}), answer) == option


def test_a_complaint_about_a_form_names_the_field() -> None:
    assert complaint(FORM, '{"stack": "cobol", "name": "a"}') == (
        "stack: 'cobol' is not one of: node, python",
        'for example {"stack": "node"}',
    )
