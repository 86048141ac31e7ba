"""How long a run worked, and how long it waited: for a person, or for somebody to let it go on (SCREEN "Words").

What a run waited says nothing of it: only working time is compared, charted and learnt from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .clock import ms_between

if TYPE_CHECKING:
    from .state import RunState


class Times(NamedTuple):
    """Milliseconds; None where the file does not tell. Together they are the time from the beginning to the end."""

    working_ms: int | None = None
    waiting_ms: int | None = None


def times_of(state: RunState, until: str, running_since: str = "") -> Times:
    """The times of a run up to a moment; `running_since` is when the skill that runs now began."""
    took = [entry.duration_ms for entry in state.skill_log if entry.duration_ms is not None]
    running = ms_between(running_since, until) if running_since else None
    whole = ms_between(state.started_at, until)
    if running is None and not took:
        return Times(None, whole)
    # Skills are done one after the other, and a question ends the driver: their times are what was worked.
    working = sum(took) + max(running or 0, 0)
    return Times(working, max(whole - working, 0) if whole is not None else None)
