"""The context of a run: loaded beside its start, once, and given to whoever does a skill."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.driver import Exit
from loop_tui.model.definition import LoopDefinition, PhaseDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.runners.context import Context, SkillResult
from tests.memory.context import PATH, MemoryContext

from .driven import Driven, skill

LOOP = LoopDefinition(
    id="work-loop",
    phases=(PhaseDefinition(id="WORK", skills=(skill("first"), skill("second"), skill("by-hand", runner="manual"))),),
)


class Agent(MemoryContext):
    """Notes when it was loaded, and what each skill was given."""

    def __init__(self, says: str = "", trouble: Exception | None = None) -> None:
        super().__init__(says)
        self.trouble = trouble
        self.given: dict[str, Path | None] = {}

    async def load(self, module: str) -> str:
        if self.trouble is not None:
            raise self.trouble
        return await super().load(module)

    def notes(self) -> Callable[[Context], object]:
        async def work(ctx: Context) -> SkillResult:
            self.given[ctx.skill.id] = ctx.loaded
            return SkillResult("done")

        return work


def driven(context: Agent) -> Driven:
    made = Driven(LOOP, first=context.notes(), second=context.notes())  # type: ignore[arg-type]
    made.run.context = context
    return made


def test_the_context_is_written_once_at_the_start_and_given_to_later_skills() -> None:
    context = Agent("system bakery")
    run = driven(context)
    assert run.go().code is Exit.WAITING
    assert context.modules == [""]
    assert run.said.count("context.md: system bakery") == 1
    assert context.given["second"] == PATH
    context.says = "another"
    assert run.go().code is Exit.WAITING
    assert (context.written, context.modules) == ("system bakery", [""])


def test_commands_wait_for_the_context_that_they_are_given() -> None:
    context = Agent("system bakery")
    run = driven(context)
    run.stubs.id = "commands"
    skills = (skill("first", runner="commands"), skill("by-hand", runner="manual"))
    run.definition = LOOP.model_copy(update={"phases": (PhaseDefinition(id="WORK", skills=skills),)})
    assert run.go().code is Exit.WAITING
    assert context.given == {"first": PATH}


def test_a_run_of_which_nothing_is_known_says_nothing_and_asks_once() -> None:
    context = Agent()
    run = driven(context)
    run.go()
    run.go()
    assert "context" not in run.said
    assert context.given == {"first": None, "second": None}
    assert context.modules == [""]


def test_a_context_that_a_killed_driver_did_not_write_is_written_by_the_next() -> None:
    context = Agent("system bakery")
    run = driven(context)

    async def fails(ctx: Context) -> SkillResult:
        raise Problem("no flour", code=Code.SKILL_FAILED)

    run.stubs.work["first"] = fails
    run.go()
    context.written = ""  # It died just before.
    run.go()
    assert context.written == "system bakery"
    run.go()
    assert context.modules == ["", ""], "once it is written it stays"


@pytest.mark.parametrize(
    "trouble",
    [Problem("cannot be written", "context.md", code=Code.DISK_FULL), OSError(28, "no space"), RecursionError()],
)
def test_no_run_fails_for_want_of_a_context(trouble: Exception) -> None:
    context = Agent("system bakery", trouble)
    run = driven(context)
    assert run.go().code is Exit.WAITING
    assert run.said.count("the context was not loaded: ") == 1
    assert context.given == {"first": None, "second": None}


def test_a_run_of_a_module_is_told_of_that_module() -> None:
    context = Agent("module ovens")
    run = driven(context)
    load = run.run.store.create

    def create(state, *rest):  # type: ignore[no-untyped-def]
        return load(state.model_copy(update={"module": "ovens"}), *rest)

    run.run.store.create = create  # type: ignore[method-assign]
    run.go()
    assert context.modules == ["ovens"]
