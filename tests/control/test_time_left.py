"""The time that is left, and what is slow, as `loop-tui status` says it; from real archives."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loop_tui.control.time_left import TimeLeft, time_left
from loop_tui.engine.begin import fresh_state
from loop_tui.fs.homes import claude_home
from loop_tui.model.clock import stamp
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import SkillStatus
from loop_tui.storage.definitions.catalog import builtin
from tests.past_runs import LOOP, put, worked

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = 60_000
DISTRIBUTION = builtin(LOOP)
SKILLS = [(phase.id, skill.id) for phase in DISTRIBUTION.phases for skill in phase.skills]


def begun(minutes: float, *questions: Question) -> RunState:
    """A run whose first skill began so long ago."""
    phase, skill = SKILLS[0]
    entry = SkillRun(
        skill=skill, phase=phase, status=SkillStatus.ACTIVE, started_at=stamp(NOW - timedelta(minutes=minutes))
    )
    state = fresh_state(DISTRIBUTION, run="r", system="widget", at="")
    return state.model_copy(update={"skill_log": (entry,), "questions": questions})


def earlier(count: int, skills: list[tuple[str, str]] = SKILLS) -> None:
    for day in range(count):
        put(claude_home(), worked([(phase, skill, 2 * MINUTE) for phase, skill in skills], day=day, system="widget"))


def test_the_time_left_counts_what_is_not_done_and_what_was_worked(tmp_path: Path) -> None:
    assert time_left(tmp_path, begun(1), NOW, is_driven=True) == TimeLeft()
    earlier(3)
    found = time_left(tmp_path, begun(0.5), NOW, is_driven=True)
    assert found.left_ms == (2 * len(SKILLS) - 0.5) * MINUTE
    assert found.lines() == [f"usually {2 * len(SKILLS)}m of work left"]
    stopped = time_left(tmp_path, begun(0.5), NOW, is_driven=False)
    assert stopped.left_ms == 2 * len(SKILLS) * MINUTE, "what was begun and stopped is done again"


def test_a_part_of_the_time_left_is_not_the_time_left(tmp_path: Path) -> None:
    earlier(3, SKILLS[:-1])
    assert time_left(tmp_path, begun(0.5), NOW, is_driven=True) == TimeLeft()


@pytest.mark.parametrize(("minutes", "is_slow"), [(5.9, False), (6, True)])
def test_three_times_its_usual_is_slow(tmp_path: Path, minutes: float, is_slow: bool) -> None:
    earlier(2)
    assert time_left(tmp_path, begun(minutes), NOW, is_driven=True).slow == "", "two runs tell nothing unusual"
    earlier(3)
    told = time_left(tmp_path, begun(minutes), NOW, is_driven=True)
    assert told.slow == (f"{SKILLS[0][1]} is slow: 6m00s so far, usually 2m00s" if is_slow else "")
    assert time_left(tmp_path, begun(minutes), NOW, is_driven=False).slow == "", "nobody works on it"


def test_waiting_for_a_secret_is_not_working(tmp_path: Path) -> None:
    earlier(3)
    asked = Question(
        id="token",
        kind=QuestionKind.SECRET,
        text="?",
        asked_at=stamp(NOW - timedelta(minutes=50)),
        answered_at=stamp(NOW - timedelta(minutes=1)),
    )
    assert time_left(tmp_path, begun(51, asked), NOW, is_driven=True).slow == ""
