"""A skill that works much longer than it usually does is named in the log, once."""

from types import SimpleNamespace
from typing import Any

import pytest

from loop_tui.driver.slow_skill import SlowSkill
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState


class Archive:
    """Runs in which `build` took a minute each; without a count it cannot be read. Implements `ports.ArchiveQuery`."""

    def __init__(self, count: int | None) -> None:
        self.count = count
        self.asked: list[tuple[str, str | None]] = []

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        self.asked.append((loop, system))
        if self.count is None:
            raise Problem("cannot be read", code=Code.ARCHIVE_UNREADABLE)
        return [RunSummary(completed_at="", durations={"build": 60_000})] * self.count, []


def watch(archive: Archive, *worked_ms: int, skill: str = "build") -> list[str]:
    """What is said of a skill that has worked so long at each look."""
    said: list[str] = []

    def say(of: str, text: str, level: LogLevel) -> None:
        assert (of, level) == (skill, LogLevel.WARN)
        said.append(text)

    conductor: Any = SimpleNamespace(ports=SimpleNamespace(archive=archive), output=SimpleNamespace(say=say))
    times = iter(worked_ms)
    slow = SlowSkill(conductor, RunState(loop="a-loop", system="widget"), skill, lambda: next(times))

    for _ in worked_ms:
        slow.look()
        if slow.asking.ident is not None:
            slow.asking.join()
    return said


def test_it_is_said_once_from_three_times_its_usual_on() -> None:
    archive = Archive(3)
    assert watch(archive, 1000, 6000, 179_999, 180_000, 180_200) == ["build is slow: 3m00s so far, usually 1m00s"]
    assert archive.asked == [("a-loop", "widget")]
    over = Archive(3)
    assert len(watch(over, 400_000, 400_200, 400_400)) == 1


def test_the_archive_is_not_asked_about_what_is_fast() -> None:
    archive = Archive(3)
    assert watch(archive, 0, 4999) == []
    assert archive.asked == []


@pytest.mark.parametrize(("count", "skill"), [(2, "build"), (0, "build"), (None, "build"), (3, "other")])
def test_where_too_few_runs_tell_nothing_is_said(count: int | None, skill: str) -> None:
    assert watch(Archive(count), 900_000, 900_200, skill=skill) == []
