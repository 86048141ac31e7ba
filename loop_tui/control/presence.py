"""Who works on a run: our driver, somebody elsewhere, or nobody (SPEC section 3, "Who drives")."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from loop_tui.model.lease import LeaseRecord
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.storage.state.claims import is_quiet
from loop_tui.storage.state.store import Store


class Presence(Struct, frozen=True):
    """Who works on a run.

    `ours` is False for a run that somebody else began, or that cannot be shown to be ours, as `found` says. `by` is who
    claimed it, or a part of it. `working` is True while whoever works on it elsewhere was heard of lately, and `heard`
    is when that was, in seconds since 1970, or 0 where nobody knows; `since` is that moment as a person reads it.
    """

    ours: bool = True
    driver: LeaseRecord | None = None
    by: str = ""
    skill: str = ""
    working: bool = False
    heard: float = 0
    found: str = ""
    since: str = ""

    @property
    def elsewhere(self) -> bool:
        """True when somebody else than our driver has the run, or what comes next in it."""
        return not self.ours or bool(self.by)

    @property
    def word(self) -> str:
        """How it stands, in the words of the list of runs."""
        if not self.elsewhere:
            return "running" if self.driver is not None else "stopped"
        if self.working or self.driver is not None:
            return "working elsewhere"
        return f"quiet since {self.since}" if self.since else "quiet"


def presence_of(
    state: RunState, *, ours: bool, driver: LeaseRecord | None, heard: float, now: float, found: str = ""
) -> Presence:
    """Who works on a run in that state. `heard` is when somebody else wrote its file last."""
    claim = state.run_claim or next((c for c in state.claims if _is_next(state, c.phase, c.skill)), None)
    if ours and claim is not None:
        beat = max(claim.beat, heard)
        return Presence(
            True, driver, claim.by, claim.skill, not is_quiet(beat, now), beat, since=time_of_day(beat, now)
        )
    if ours:
        return Presence(True, driver)
    # On what is complete nobody works any more, however fresh it is.
    working = state.status is not RunStatus.COMPLETE and not is_quiet(heard, now)
    return Presence(False, driver, working=working, heard=heard, found=found, since=time_of_day(heard, now))


def presence_in(store: Store, state: RunState, driver: LeaseRecord | None, now: float) -> Presence:
    """Who works on the run that a store has in that state. Files are read only where they changed."""
    owner = store.owner()
    ours = owner.of(state.run)
    # Of a run of ours it is asked only where somebody has claimed a part of it.
    heard = store.heard() if not ours or state.claims else 0.0
    found = owner.found or ("" if ours else "its owner record is that of another run")
    return presence_of(state, ours=ours, driver=driver, heard=heard, now=now, found=found)


def _is_next(state: RunState, phase_id: str, skill_id: str) -> bool:
    """True for the first skill of the current phase that is not settled."""
    phase = state.phase_state(state.phase)
    first = next((s.id for s in phase.skills if not s.settled), "") if phase else ""
    return phase_id == state.phase and skill_id == first


def time_of_day(moment: float, now: float) -> str:
    """The time of day where the person is; with the date when it is another day. Nothing for a moment nobody knows."""
    if not moment:
        return ""
    try:
        then = datetime.fromtimestamp(moment, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    today = datetime.fromtimestamp(now, UTC).astimezone().date()
    return f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"
