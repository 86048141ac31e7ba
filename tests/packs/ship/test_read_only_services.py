"""What a dry run takes for an answer."""

import pytest

from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.state import RunState
from loop_tui.packs.ship.dry_run.read_only_services import ReadOnlyServices
from loop_tui.runners.context import Asked

SURE = Question(id="sure-1", kind=QuestionKind.CONFIRM, text="Sure?", default="y")


def answered(text: str) -> ReadOnlyServices:
    return ReadOnlyServices(RunState(loop="ship", questions=(SURE.model_copy(update={"answer": text}),)))


async def test_an_answer_of_the_run_counts() -> None:
    assert await answered("n").ask(SURE) == "n"


async def test_one_that_the_driver_would_not_take_does_not() -> None:
    with pytest.raises(Asked):
        await answered("perhaps").ask(SURE)
