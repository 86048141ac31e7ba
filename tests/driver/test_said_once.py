"""What a skill said of a check is not said again when the skill is over."""

from loop_tui.driver.output import Output, say_failure, say_result
from loop_tui.model.evidence import Check
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus
from loop_tui.runners.context import SkillResult
from tests.memory.clock import MemoryClock


class _Sink:
    def add_texts(self, at_ms: int, skill: str, level: LogLevel, texts: object, stream: int = 0) -> None:
        """Takes lines and keeps none."""

    def flush(self) -> None:
        """Has nothing to write."""


def test_a_verdict_that_was_told_is_not_told_again() -> None:
    told: list[LogLine] = []
    output = Output(_Sink(), (), told.append, MemoryClock())  # type: ignore[arg-type]
    output.say("v", "v", LogLevel.HEAD)
    output.say("v", "build: exit 0", LogLevel.OK)
    output.say("v", "test: exit 1", LogLevel.ERROR)
    checks = tuple(Check(name=name, status=CheckStatus.PASSED, summary="exit 0") for name in ("build", "test", "lint"))
    say_result(output, "v", SkillResult(summary="build: exit 0, test: exit 0", checks=checks), (), 1000)
    texts = [line.text for line in told[3:]]
    assert texts == ["test: passed exit 0", "lint: passed exit 0", "v done in 1.0s"]


def test_a_skill_whose_checks_are_red_is_done_without_a_tick() -> None:
    told: list[LogLine] = []
    output = Output(_Sink(), (), told.append, MemoryClock())  # type: ignore[arg-type]
    checks = tuple(Check(name=name, status=CheckStatus.FAILED, summary="exit 1") for name in ("build", "test"))
    say_result(output, "v", SkillResult(summary="verified", checks=checks), (), 1000)
    assert (told[-1].text, told[-1].level) == ("v ended in 1.0s 2 checks failed; verified", LogLevel.ERROR)


def test_why_a_skill_failed_does_not_say_again_what_its_program_printed() -> None:
    told: list[LogLine] = []
    output = Output(_Sink(), (), told.append, MemoryClock())  # type: ignore[arg-type]
    output.say("v", "unit: exit 1", LogLevel.ERROR)
    say_failure(output, "v", Problem("unit: exit 1\nboom", "npm test", "fix it", code=Code.CHECK_FAILED))
    say_failure(output, "v", Problem("the server said\nboom", code=Code.CHECK_FAILED))
    wanted = ["v failed: unit: exit 1: npm test (fix it)", "v failed: the server said", "boom"]
    assert [line.text for line in told[1:]] == wanted
