"""How long a run usually takes still, and whether its skill is slow, for who asks without a screen (SPEC section 7)."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.paths import claude_home, project_name
from loop_tui.model.clock import ms_between, stamp, words
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.stats.usual import Usual
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.model.working_time import waited_for_secrets

from .shipped import runs_here
from .usual import usual_here

_MINUTE_MS = 60_000


class TimeLeft(Struct, frozen=True):
    """`left_ms` is None where earlier runs do not tell of everything that is not done; `slow` says what is, or nothing.

    Both are working time: what waits for a person takes as long as the person does.
    """

    left_ms: int | None = None
    slow: str = ""

    def lines(self) -> list[str]:
        """What is worth a line each, for people."""
        minutes = -(-self.left_ms // _MINUTE_MS) * _MINUTE_MS if self.left_ms else 0
        left = [f"usually {words(minutes).removesuffix('00s')} of work left"] if minutes else []
        return [*left, *([self.slow] if self.slow else [])]


def time_left(project: Path, state: RunState, now: datetime, *, is_driven: bool) -> TimeLeft:
    """What earlier runs tell of a run in that state. An archive that cannot be read tells nothing."""
    undone = state.undone_skills
    if not undone:
        return TimeLeft()
    system = state.system or project_name(project)
    try:
        usual = usual_here(runs_here(claude_home(), state.loop, system), project, state.loop, system)
    except Problem:
        return TimeLeft()
    begun = [entry for entry in state.skill_log if entry.status is SkillStatus.ACTIVE] if is_driven else []
    if not begun:
        return TimeLeft(usual.left_ms(undone))
    skill, since, until = begun[-1].skill, begun[-1].started_at, stamp(now)
    worked_ms = max((ms_between(since, until) or 0) - waited_for_secrets(state, since, until), 0)
    return TimeLeft(usual.left_ms(undone, skill, worked_ms), _slow(usual, skill, worked_ms))


def _slow(usual: Usual, skill: str, worked_ms: int) -> str:
    slow_from_ms = usual.unusual_from_ms(skill)
    if slow_from_ms is None or worked_ms < slow_from_ms:
        return ""
    return f"{one_line(skill, 60)} is slow: {words(worked_ms)} so far, usually {words(usual.skills[skill])}"
