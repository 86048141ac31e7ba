"""Saying once that a skill works much longer than it usually does, as earlier runs of the loop tell."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from loop_tui.model.clock import words
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState

if TYPE_CHECKING:
    from .conductor import Conductor

_AT_LEAST_MS = 5000
"""Nothing that is faster is slow: until then the archive is not asked."""


class SlowSkill:
    """Watches how long one skill of a run works; `worked_ms` says so, without what it waited for people."""

    def __init__(self, conductor: "Conductor", state: RunState, skill: str, worked_ms: Callable[[], int]) -> None:
        self._conductor, self._state, self._skill = conductor, state, skill
        self._worked_ms = worked_ms
        self._slow_from_ms: int | None = None
        self._usual_ms: int | None = None
        # Nobody waits for it: the driver watches on while the archive is read, and ends when its work does.
        self.asking = threading.Thread(target=self._ask, daemon=True)
        self._is_over = False

    def look(self) -> None:
        """Say it when it is time to."""
        if self._is_over or (worked_ms := self._worked_ms()) < _AT_LEAST_MS:
            return
        if self.asking.ident is None:
            self.asking.start()
        if self.asking.is_alive():
            return
        self._is_over = self._slow_from_ms is None
        if self._slow_from_ms is not None and worked_ms >= self._slow_from_ms:
            self._is_over = True
            said = f"{self._skill} is slow: {words(worked_ms)} so far, usually {words(self._usual_ms)}"
            self._conductor.output.say(self._skill, said, LogLevel.WARN)

    def _ask(self) -> None:
        """What earlier runs say. An archive that cannot be read says nothing."""
        from loop_tui.model.stats.usual import usual_of

        try:
            runs, _ = self._conductor.ports.archive.runs(loop=self._state.loop, system=self._state.system or None)
        except (Problem, OSError):
            return
        usual = usual_of(runs)
        self._usual_ms, self._slow_from_ms = usual.skills.get(self._skill), usual.unusual_from_ms(self._skill)
