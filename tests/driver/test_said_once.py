"""What a skill said of a check is not said again when the skill is over."""

from loop_tui.driver.output import Output, say_result
from loop_tui.model.evidence import Check
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.status import CheckStatus
from loop_tui.runners.context import SkillResult
from tests.memory.clock import MemoryClock


class _Sink:
    def add_texts(self, at_ms: int, skill: str, level: LogLevel, texts: object) -> None:
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
    assert texts == ["test: passed exit 0", "lint: passed exit 0", "v complete in 1.0s"]
