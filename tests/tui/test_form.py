"""The form of a question: filled in by keys alone, submitted only by a row that says so, or its own key."""

import json
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from loop_tui.engine import changes
from loop_tui.model.evidence import FormField, Question, QuestionKind
from loop_tui.tui.form.entries import FormEntries, RowKind
from loop_tui.tui.form.screen import FormScreen

from .runs import DISTRIBUTION, NARROW, WIDE, Run, Screen, new_run, on_screen

FIELDS = (
    FormField(name="name", label="Name", required=True),
    FormField(
        name="stack", label="Stack", choices=("node", "python"), required=True, value="node", source="package.json"
    ),
    FormField(name="databases", label="Databases", choices=("postgres", "redis"), several=True, value="redis"),
    FormField(name="risks", label="Risks"),
)
QUESTION = Question(id="requirements", kind=QuestionKind.FORM, text="What is it made of?", form=FIELDS)


def asking_form(project: Path) -> Run:
    run = new_run(project, DISTRIBUTION)
    run.tell(changes.phase_entered("INIT"), changes.asked(QUESTION))
    return run


def answer_of(run: Run) -> dict[str, str] | None:
    said = next(question.answer for question in run.state.questions if question.id == QUESTION.id)
    return json.loads(said) if said is not None else None


def rows(screen: Screen) -> list[str]:
    listed = screen.app.screen.query_one(OptionList)
    return [" ".join(str(listed.get_option_at_index(at).prompt).split()) for at in range(listed.option_count)]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_filled_in_and_submitted_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    run = asking_form(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, FormScreen), "the form")
        assert rows(screen) == [
            "Name required",
            "Stack node package.json",
            "Databases any of:",
            "[ ] postgres",
            "[x] redis",
            "Risks none",
            "Submit",
        ]
        await screen.press("enter", *"shop", "enter", "space", "down", "space", "down", "space", "down")
        assert rows(screen)[:6] == [
            "Name shop changed by you",
            "Stack python changed by you",
            "Databases any of: changed by you",
            "[x] postgres",
            "[ ] redis",
            "Risks none",
        ]
        assert answer_of(run) is None
        await screen.press("down", "enter")
        await screen.until(lambda: screen.spawned, "the next driver")

    await on_screen(use, tmp_path, DISTRIBUTION, size=size)
    assert answer_of(run) == {"name": "shop", "stack": "python", "databases": "postgres", "risks": ""}


async def test_what_is_missing_is_said_and_selected(tmp_path: Path) -> None:
    run = asking_form(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, FormScreen), "the form")
        await screen.press("down", "ctrl+s")
        form = screen.app.screen
        assert str(form.query_one("#wrong", Static).content) == "✗ Name: an answer is required"
        assert form.query_one(OptionList).highlighted == 0

    await on_screen(use, tmp_path, DISTRIBUTION)
    assert answer_of(run) is None


async def test_what_was_entered_stays_when_it_is_left(tmp_path: Path) -> None:
    asking_form(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, FormScreen), "the form")
        await screen.press("enter", *"shop", "enter", "enter", *"x", "escape", "escape")
        await screen.until(lambda: not isinstance(screen.app.screen, FormScreen), "the cockpit")
        await screen.press("3", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, FormScreen), "the form again")
        assert rows(screen)[0] == "Name shop changed by you"

    await on_screen(use, tmp_path, DISTRIBUTION)


async def test_letters_of_a_text_are_no_keys(tmp_path: Path) -> None:
    run = asking_form(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, FormScreen), "the form")
        await screen.press("enter", *"jkqgG", "space", "left", "down", "ctrl+s")
        assert screen.app.screen.query_one(Input).value == "jkqgG "
        await screen.press("enter")
        assert rows(screen)[0] == "Name jkqgG changed by you"

    await on_screen(use, tmp_path, DISTRIBUTION)
    assert answer_of(run) is None


def test_a_field_that_may_be_empty_turns_through_none() -> None:
    field = FormField(name="cache", choices=("redis", "none here"), value="")
    entries = FormEntries((field,))
    (row, _) = entries.rows
    seen = []
    for _ in range(4):
        entries.turn(row)
        seen.append(entries.values["cache"])
    assert seen == ["redis", "none here", "", "redis"]
    entries.turn(row, -1)
    assert entries.values["cache"] == ""


def test_a_value_that_is_no_choice_turns_to_the_first() -> None:
    entries = FormEntries((FormField(name="stack", choices=("node", "python"), required=True, value="cobol"),))
    assert entries.wrong() is not None
    entries.turn(entries.rows[0])
    assert entries.values["stack"] == "node"


def test_a_text_is_one_clean_line() -> None:
    entries = FormEntries(FIELDS)
    entries.set(FIELDS[0], " a\x1b[31m\n b ")
    assert entries.values["name"] == "a b"
    assert [row.kind for row in entries.rows][-1] is RowKind.SUBMIT
