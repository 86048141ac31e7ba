"""Who has the keyboard, in a real terminal: the focus after one's own go, answer keys from each pane, no hasty yes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.tui.widgets.guard import HELD_S
from tests.typing_soak import ESCAPE, Typist

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def typist(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Typist]:
    """An app at that place, which has read its run."""
    opened = Typist(request.param, tmp_path, 0)
    yield opened
    opened.end()


def at(place: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("typist", [place], indirect=True)


@at("asks")
def test_a_question_after_ones_own_go_has_the_focus_and_enter_is_said(typist: Typist) -> None:
    typist.type(" ")
    typist.sees("accept Y")
    assert typist.type("x")["focus"] == "AnswerInput#panel-input"


@at("asks")
def test_a_question_leaves_the_focus_alone_when_another_key_came_since(typist: Typist) -> None:
    typist.type(" j")
    typist.sees("Release 0.8.0?")
    assert typist.type("k")["focus"] == "PhaseTree#tree"


@at("gate")
def test_answer_keys_work_from_each_pane_and_no_enter_decides_at_once(typist: Typist) -> None:
    for pane in "123":
        typist.type(pane)
        typist.type("a")
        typist.sees("Approve infra-gate")
        typist.type(ESCAPE)
    typist.type("1")
    first = typist.sent
    typist.type("a\r\r\r")
    assert typist.did(first, typist.sent) == [f"answer('approve') by key {first}", *_enters(first)]
    while not any(note.get("did") == "Decided" for note in typist.notes):
        typist.type("\r")
    told = {note["did"]: note["at"] for note in typist.notes if "did" in note and note["key"] >= first}
    assert told["Decided"] - told["answer('approve')"] >= HELD_S


def _enters(first: int) -> list[str]:
    """They came to the panel, and had to wait there."""
    return [f"confirm by key {first + n}" for n in (1, 2, 3)]
